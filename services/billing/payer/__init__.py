"""Whoever owes: households as pricing takes them, quotients, shares, accounts, arrears."""
