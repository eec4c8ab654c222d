"""Readings of the kitchen: menus, needs of days, orders at both ends, waste."""
