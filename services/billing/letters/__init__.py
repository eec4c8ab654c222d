"""Letters on paper for households that no e-mail reaches: what waits, and what was printed."""
