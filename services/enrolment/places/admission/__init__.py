"""Admission: ages, waiting list and allocation."""
