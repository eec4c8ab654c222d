"""Who is behind a request: signed tokens, and what each callee keeps of the people it knows."""

from shared.person.gate import Standing, TokenGate
from shared.person.subjects import (
    apply_subject_changed,
    holds,
    name_of,
    roles_on,
    standing_of,
    standings,
    subject_tables,
)
from shared.person.tokens import LIFETIME, Claims, Verifier, issue

__all__ = [
    "LIFETIME",
    "Claims",
    "Standing",
    "TokenGate",
    "Verifier",
    "apply_subject_changed",
    "holds",
    "issue",
    "name_of",
    "roles_on",
    "standing_of",
    "standings",
    "subject_tables",
]
