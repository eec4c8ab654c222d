"""Placements, rulings on barred adults, protected households, record holds after a death."""
