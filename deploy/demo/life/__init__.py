"""
Months of a demonstration's life: bookings, marks, bills and payments, through the services' own
doors.
"""
