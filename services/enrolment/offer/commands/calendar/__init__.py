"""Days of the calendar, and what a change of one does to bookings."""
