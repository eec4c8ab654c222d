"""Recipients, deliveries and readings, as a family sees them."""
