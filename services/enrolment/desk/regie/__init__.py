"""Pages of the régie: the régisseur's own token opens them at billing."""
