"""Accounts, bills and régies of the stored cards."""
