"""Agents and their rights, and codes at the town's word."""
