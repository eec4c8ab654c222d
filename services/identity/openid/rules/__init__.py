"""Rules of signing in elsewhere. Pure."""
