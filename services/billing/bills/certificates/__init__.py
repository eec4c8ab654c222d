"""Tax certificates: payments of a year for the care of small children."""
