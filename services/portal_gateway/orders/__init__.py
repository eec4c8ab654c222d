"""Orders that wait for a provider that does not answer."""
