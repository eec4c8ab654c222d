"""Unpriced quantities of closed sessions, published to billing."""
