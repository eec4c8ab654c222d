"""Sessions: sign-in, tokens, passing between desks, accompanied sessions."""
