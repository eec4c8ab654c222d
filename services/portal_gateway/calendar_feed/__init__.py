"""The booked days of a guardian's children, for the calendar of its telephone."""
