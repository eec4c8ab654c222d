"""What families and this provider write to each other."""
