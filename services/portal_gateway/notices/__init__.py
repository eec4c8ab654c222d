"""News, e-mail preferences and their rounds."""
