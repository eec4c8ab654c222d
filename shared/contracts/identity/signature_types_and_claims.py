"""Signatures of identity: tokens of persons, and orders, each with its type and claims."""

from datetime import timedelta

TOKEN, ORDER = "JWT", "preau-act+jwt"
CLAIMS = {
    TOKEN: frozenset({"sub", "azp", "kind", "iat", "exp", "act"}),
    ORDER: frozenset({"sub", "azp", "kind", "iat", "act", "by"}),
}
"""Claims that each may have; a token's `act` is the agent beside the family, as an order's `by`."""

LIFETIME = timedelta(seconds=300)
"""Lifetime of a token; a session renews it."""
