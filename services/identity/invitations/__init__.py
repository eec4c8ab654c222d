"""Activation, and credentials of guardians."""
