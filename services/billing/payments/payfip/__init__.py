"""
PayFiP, the French Treasury's online payment, as a small client of our own: decision 0016.

`types` has what is said, `rules` what a field must hold, `client` asks. What it answers is
believed only as far as it was asked for: payments/rules/payfip_verdicts.py.
"""
