"""What `preau apply` makes: databases, permissions on the broker, passwords and keys."""
