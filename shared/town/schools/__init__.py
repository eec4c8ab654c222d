"""Schools of the town as their providers publish them, for who names one on a page or in a file."""
