"""The demonstration's invented families, agents, offer and prices."""
