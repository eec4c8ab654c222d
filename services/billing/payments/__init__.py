"""
Money that comes: opened at PayFiP, asked for, taken at the counter, allocated, taken back.

What is decided without a database is pure: results, schedule, opening, allocation.
"""
