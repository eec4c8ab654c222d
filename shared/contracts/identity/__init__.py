"""Messages that identity owns."""
