"""Who is behind a request: signed tokens, and what each callee keeps of the people it knows."""

from shared.person.signed_orders import ActVerifier, digest_of, sign_act
from shared.person.subjects import (
    apply_subject_changed,
    holds,
    name_of,
    roles_on,
    standing_of,
    standings,
    subject_tables,
)
from shared.person.token_check import Standing, TokenGate
from shared.person.tokens import LIFETIME, Claims, Verifier, issue

__all__ = [
    "LIFETIME",
    "ActVerifier",
    "Claims",
    "Standing",
    "TokenGate",
    "Verifier",
    "apply_subject_changed",
    "digest_of",
    "holds",
    "issue",
    "name_of",
    "roles_on",
    "sign_act",
    "standing_of",
    "standings",
    "subject_tables",
]
