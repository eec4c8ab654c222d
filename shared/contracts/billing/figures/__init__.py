"""Sums over many bills: what a provider earns, a family spends, a benefit fund pays for."""
