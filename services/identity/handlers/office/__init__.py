"""Requests of an office about its agents and their rights."""
