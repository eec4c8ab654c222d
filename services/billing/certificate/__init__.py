"""Tax certificates: what was paid in a year for the care of small children."""
