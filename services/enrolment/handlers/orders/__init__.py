"""Orders of families: made as a request, or signed while this provider was down."""
