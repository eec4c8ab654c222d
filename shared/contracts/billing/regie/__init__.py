"""Contracts for a régisseur: payers, the counter, runs, letters, the public treasury."""
