"""Enrolment of one provider: its offer, places, bookings and roll call."""
