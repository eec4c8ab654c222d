"""Persons behind requests: signed tokens, signed orders, and account status at callees."""

from shared.contracts.identity.signature_types_and_claims import LIFETIME
from shared.person.account_replica import (
    SUBJECTS,
    account_status_lookup,
    account_status_of,
    apply_subject_changed,
    holds_role,
    name_of_subject,
    rights_on,
    roles_on,
    sort_key_of_right,
    subject_tables,
)
from shared.person.signed_orders import OrderVerifier, digest_of_request, sign_order
from shared.person.token_check import AccountStatus, TokenCheck
from shared.person.tokens import Claims, Verifier, issue_token
