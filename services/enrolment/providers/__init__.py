"""Succession of a provider, first publication, end of a trial."""
