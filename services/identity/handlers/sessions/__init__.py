"""Requests that open a session: sign-in, activation, passing between desks, accompanying."""
