"""Requests of a régie: payers, runs, counter."""
