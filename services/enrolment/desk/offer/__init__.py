"""Pages of the offer and the calendar."""
