"""Who is written to by e-mail when something new was not seen: decided here, posted by identity."""
