"""Applications of families and the agents' decisions on them."""
