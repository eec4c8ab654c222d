"""Places of a provider, by subject: what families do, read and are sent, and what is imported."""
