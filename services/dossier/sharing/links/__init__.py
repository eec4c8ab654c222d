"""Links of a child with a provider: opened, closed, deliveries acknowledged."""
