"""Direct debit: mandates, runs of debits, rejects."""
