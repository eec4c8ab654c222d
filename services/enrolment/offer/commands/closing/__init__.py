"""Closures of sessions by the provider, and the bookings that each puts aside."""
