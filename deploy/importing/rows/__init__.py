"""Rows of a file as what the services take: families, past years, bills, quotients, places."""
