"""Shared by all services: the register, the contracts, the bus, the database."""
