"""
The billing of one régie's month: drafted household by household, looked at, issued.

Both are done in chunks by billing's worker. A chunk is one transaction, and what it writes follows
from what stood in the database before: a run that crashes anywhere ends, done again, as one that
did not.
"""
