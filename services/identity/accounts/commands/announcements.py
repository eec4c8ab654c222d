"""Who is told when a person's account or rights change, and what of it."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from services.identity.accounts import queries
from services.identity.accounts.rules import accounts
from services.identity.accounts.rules.dated_rights import EVER_AFTER
from services.identity.models import Account, DatedRight
from shared.contracts import identity as contracts
from shared.database import Write
from shared.register import ProviderNotFound, Register
from shared.register.declarations import BILLING, DOSSIER, FRONT_DESK, PORTAL
from shared.register.entitlement import REGIE

Told = list[dict[str, Any]]

HEAR_OF_FAMILIES = (BILLING, DOSSIER, PORTAL)


def tell_subject_changed(write: Write, account: Account, register: Register, day: date) -> None:
    """
    Tell the new state of an account to whoever needs it, and to nobody else.

    For a family these are the dossier, billing and the portal; for an agent the offices where it
    has or had rights, each with its own, and billing with the régies that it holds. Of an agent of
    the front desk everybody hears, without name or rights, whether a session that it opened for a
    family still stands; the dossier hears its rights. Whom the register does not list as a hearer
    is left out.
    """
    account.version += 1
    hearers = {row.consumer for row in register.consumers(contracts.OWNER, "subject_changed")}
    rights = queries.rights_of(write, account.subject)
    heard = dict(_audience(account, rights, register, day))
    named = set(heard)
    heard = _front_desk(rights, register, day) | heard
    for principal, told in heard.items():
        if principal in hearers:
            write.publish(
                contracts.subject_changed,
                to=principal,
                subject=account.subject,
                kind=account.kind,
                name=account.name if principal in named else _desk_label(register),
                version=account.version,
                not_before=account.not_before,
                active=account.active,
                rights=told,
            )


def _audience(
    account: Account, rights: Iterable[DatedRight], register: Register, day: date
) -> Iterator[tuple[str, Told]]:
    if account.kind == accounts.FAMILY:
        yield from ((principal, []) for principal in HEAR_OF_FAMILIES)
        return
    by_provider: dict[str, Told] = {}
    for right in rights:
        told = by_provider.setdefault(right.provider, [])
        if right.stands and not queries.period_of(right).is_past(day):
            told.append(as_told(right))
    for provider, told in by_provider.items():
        principal = _principal_of(provider, register)
        if principal:
            yield principal, told
    yield from _to_billing(rights, by_provider, register)


def _front_desk(rights: Iterable[DatedRight], register: Register, day: date) -> dict[str, Told]:
    """Return who hears of an agent of the front desk, and what; nobody of any other agent."""
    held = [right for right in rights if right.provider == FRONT_DESK]
    if not held:
        return {}
    present = [r for r in held if r.stands and not queries.period_of(r).is_past(day)]
    callees = [BILLING, PORTAL, *(each.principal for each in register.running_providers)]
    return {DOSSIER: [as_told(right) for right in present]} | {callee: [] for callee in callees}


def _desk_label(register: Register) -> str:
    desk = register.now.front_desk
    return desk.label if desk else FRONT_DESK


def _to_billing(
    rights: Iterable[DatedRight], by_provider: Mapping[str, Told], register: Register
) -> Iterator[tuple[str, Told]]:
    """
    Tell billing who holds, or held, a régie: a right `regie_<provider>`, and no other of its roles.
    """
    held = {(right.provider, right.role) for right in rights}
    if any(_collects(register, *each) for each in held):
        yield (
            BILLING,
            [
                told
                for provider, several in by_provider.items()
                for told in _regie_at(provider, several, register)
            ],
        )


def _regie_at(provider: str, several: Told, register: Register) -> Told:
    """Return the régie's right once for each day on which it begins: of two roles the longest."""
    longest: dict[date, dict[str, Any]] = {}
    for told in several:
        if _collects(register, provider, told["role"]):
            day = told["valid_from"]
            longest[day] = max(longest.get(day, told), told, key=_last_day)
    return [told | {"role": f"regie_{provider}"} for told in longest.values()]


def _last_day(told: Mapping[str, Any]) -> date:
    return told["valid_to"] or EVER_AFTER


def _collects(register: Register, provider: str, role: str) -> bool:
    try:
        known = register.office(provider).role(role)
    except ProviderNotFound:
        return False
    return known is not None and REGIE in known.acts


def as_told(right: DatedRight) -> dict[str, Any]:
    """Return a right as it travels."""
    return {"role": right.role, "valid_from": right.valid_from, "valid_to": right.valid_to}


def _principal_of(provider: str, register: Register) -> str | None:
    try:
        return register.office(provider).principal
    except ProviderNotFound:
        return None  # it left the town; its principal is gone from the broker
