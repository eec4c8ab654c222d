"""The portal at the front desk: a family's own session for twenty minutes, an agent beside it."""
