"""Pages of the staff: a week at a site, and how activities are declared."""
