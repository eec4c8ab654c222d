"""Direct debit: mandates, runs of debits, rejects. Pure: accounts, sequences."""
