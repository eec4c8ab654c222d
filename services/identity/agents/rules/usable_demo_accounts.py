"""Accounts of a town of demonstration that can be used. Pure."""

from collections.abc import Sequence

from services.identity.accounts.rules import account_kinds, passwords, second_factor
from services.identity.accounts.rules.dated_rights import ADMINISTRATOR
from shared.contracts.errors import BadRequest
from shared.contracts.identity.accounts import ReadyAccount, WeakPassword
from shared.register import ProviderNotFound, Register


def require_usable_accounts(ready: Sequence[ReadyAccount], register: Register) -> None:
    """Raise BadRequest or WeakPassword for an account that could not be used."""
    for account in ready:
        kind = account["kind"]
        if kind == account_kinds.AGENT and not second_factor.is_totp_secret(account["totp_secret"]):
            raise BadRequest(errors={"totp_secret": ["Un agent a besoin d’un second facteur."]})
        if kind == account_kinds.FAMILY and (account["rights"] or account["totp_secret"]):
            raise BadRequest(errors={"kind": ["Une famille n’a ni droit ni second facteur."]})
        if passwords.is_too_weak(
            account["password"], kind, account_kinds.fold_login(account["login"])
        ):
            raise WeakPassword(least=passwords.LEAST[kind])
        for right in account["rights"]:
            _require_role(register, right["provider"], right["role"])


def _require_role(register: Register, provider: str, role: str) -> None:
    try:
        known = register.office(provider).role(role)
    except ProviderNotFound:
        raise BadRequest(errors={"rights": ["Ce service n’existe pas."]}) from None
    if known is None and role != ADMINISTRATOR:
        raise BadRequest(errors={"rights": ["Ce service n’a pas de fonction de ce nom."]})
