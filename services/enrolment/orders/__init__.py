"""Orders that families signed while this provider was down."""
