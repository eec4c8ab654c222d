"""Messages that billing owns."""
