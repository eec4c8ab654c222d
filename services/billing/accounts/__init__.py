"""A payer's account: disputes, arrears, a file that one agent holds."""
