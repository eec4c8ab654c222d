"""Devices and their PINs."""
