"""Bills and credit notes: issued once, never changed, corrected by credit notes."""
