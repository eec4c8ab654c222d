"""
Public finance: lots for the public accountant, their files, and what comes back from there.

Pure: budget, pieces, batch, ormc, pes_keys, return_file.
"""
