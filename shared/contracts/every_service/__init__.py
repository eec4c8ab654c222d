"""Contracts that every service answers alike: operations, comparison, held data, pushes."""
