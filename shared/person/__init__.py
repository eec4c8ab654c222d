"""Persons behind requests: signed tokens, signed orders, and account status at callees."""

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
