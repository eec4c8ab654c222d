"""A household for the town's front desk: what an agent sees of it here, and acts on its days."""
