"""Tables of money that is collected: payments, direct debits, the public treasury."""
