"""Requests of persons on their data (GDPR, articles 15 to 22): filed, answered, forgotten."""
