"""Billing: the only service that knows quotients and prices (rule R11)."""
