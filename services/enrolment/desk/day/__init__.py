"""Pages of the day: board, alerts, closures."""
