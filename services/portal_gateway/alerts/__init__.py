"""Alerts to a guardian at once: on its devices, or by SMS where it has none."""
