"""Loading of a demonstration into a town that runs."""
