"""Bookings and absences of a child's sessions."""
