"""Who is behind a request: signed tokens, and what each callee keeps of the people it knows."""

from shared.person.signed_orders import OrderVerifier, digest_of, sign_act
from shared.person.subjects import (
    account_status_of,
    account_statuses,
    apply_subject_changed,
    holds,
    name_of,
    roles_on,
    subject_tables,
)
from shared.person.token_check import AccountStatus, TokenCheck
from shared.person.tokens import LIFETIME, Claims, Verifier, issue

__all__ = [
    "LIFETIME",
    "AccountStatus",
    "Claims",
    "OrderVerifier",
    "TokenCheck",
    "Verifier",
    "account_status_of",
    "account_statuses",
    "apply_subject_changed",
    "digest_of",
    "holds",
    "issue",
    "name_of",
    "roles_on",
    "sign_act",
    "subject_tables",
]
