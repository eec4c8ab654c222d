"""What happens to a message that came: envelope, authorization, handler, dead letters."""
