"""The pages of every desk, one file per subject."""
