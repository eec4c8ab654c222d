"""Retention: due dates, and erasure with a proof from each provider."""
