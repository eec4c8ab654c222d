"""Prices open to everybody: published grids, found, compared, simulated; no person in any of it."""
