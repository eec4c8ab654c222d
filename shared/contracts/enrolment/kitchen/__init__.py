"""Contracts of the kitchen: menus, and orders of meals."""
