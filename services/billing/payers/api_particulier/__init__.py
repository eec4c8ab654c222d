"""
API Particulier, the State's way to the quotients of CAF and MSA: decision 0212.

`rules` has what is asked and what an answer says, `client` asks.
"""
