"""What families are told, and the acts they left while this provider was down."""
