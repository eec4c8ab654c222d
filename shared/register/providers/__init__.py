"""Providers of the register: offices, régies, states."""
