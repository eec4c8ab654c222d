"""A mail server that keeps what it is given in files, for a town of demonstration and for tests."""
