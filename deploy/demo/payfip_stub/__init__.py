"""
A stand-in for PayFiP, for demonstrations and tests: it pays nobody.

Written from what is known of the service, and from nothing of ours: neither our client nor our
description of it is read here. `python -m deploy.payfip_stub --port N` runs it.
"""
