"""Figures of this provider: sums over closed sessions and applications, naming nobody."""
