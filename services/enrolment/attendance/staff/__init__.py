"""Staff: who works when at which site, and whether that is enough for the children there."""
