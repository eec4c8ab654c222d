"""Papers that families keep once, and what guardians allow (decision 0107)."""
