"""Pages without an account: the town, its laws, prices."""
