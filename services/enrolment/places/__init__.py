"""Applications, places, bookings and absences."""
