"""Trial, succession and offboarding of a provider."""
