"""Parts that several pages share: downloads, households, lines, parsing."""
