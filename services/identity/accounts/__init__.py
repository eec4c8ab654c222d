"""Accounts: people, passwords, failed tries, dated rights."""
