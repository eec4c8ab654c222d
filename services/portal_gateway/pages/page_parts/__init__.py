"""Parts that several pages share: downloads, lines, parsing."""
