"""Hand-overs with another service: this side of them, and what both have ticked (rule R12)."""
