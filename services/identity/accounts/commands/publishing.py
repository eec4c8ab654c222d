"""Publishes the state of an account to the principals that need it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from services.identity.accounts import queries
from services.identity.accounts.rules import account_kinds
from services.identity.accounts.rules.dated_rights import EVER_AFTER
from services.identity.models import Account, DatedRight
from shared.contracts.identity import accounts as contracts
from shared.contracts.message import Event
from shared.database import Write
from shared.register import ProviderNotFound, Register
from shared.register.declarations import BILLING, DOSSIER, FRONT_DESK, PORTAL
from shared.register.entitlement import REGIE

Rights = list[contracts.DatedRight]

KNOW_FAMILIES = (BILLING, DOSSIER, PORTAL)


def publish_subject_changed(write: Write, account: Account, register: Register, day: date) -> None:
    """
    Publish the new state of an account to whoever needs it, and to nobody else.

    For a family these are the dossier, billing and the portal; for an agent the offices where it
    has or had rights, each with its own, and billing with the régies that it holds; billing
    receives besides whether e-mails reach a family. Of an agent of the front desk every callee
    receives, without name or rights, whether a session that it opened for a family is still open;
    the dossier receives its rights. A principal that the register does not list as a subscriber is
    left out.
    """
    account.version += 1
    rights = queries.rights_of_person(write, account.subject)
    for principal, event in events_by_principal(account, rights, register, day).items():
        write.publish(contracts.subject_changed, event, to=principal)
    if account.kind == account_kinds.FAMILY and _consumers_of_event(
        register, contracts.email_reach_changed
    ):
        write.publish(contracts.email_reach_changed, event_of_email_reach(account))


def event_of_email_reach(account: Account) -> contracts.EmailReachChanged:
    """Return whether e-mails reach a guardian, at the present version of the account."""
    by_email = queries.is_reached_by_email(account)
    return contracts.EmailReachChanged(account.subject, account.version, by_email)


def events_by_principal(
    account: Account, rights: Sequence[DatedRight], register: Register, day: date
) -> dict[str, contracts.SubjectChanged]:
    """Return what each principal is sent of an account at its present version."""
    subscribers = _consumers_of_event(register, contracts.subject_changed)
    audience = dict(_rights_by_principal(account, rights, register, day))
    named = set(audience)
    audience = _front_desk_rights(rights, register, day) | audience
    return {
        principal: contracts.SubjectChanged(
            subject=account.subject,
            kind=account.kind,
            name=account.name if principal in named else _front_desk_label(register),
            version=account.version,
            not_before=account.not_before,
            active=account.active,
            rights=published,
            anew_from=account.anew_from,
        )
        for principal, published in audience.items()
        if principal in subscribers
    }


def _consumers_of_event(register: Register, event: Event[Any]) -> set[str]:
    return {row.consumer for row in register.consumers(contracts.OWNER, event.name)}


def _rights_by_principal(
    account: Account, rights: Iterable[DatedRight], register: Register, day: date
) -> Iterator[tuple[str, Rights]]:
    if account.kind == account_kinds.FAMILY:
        yield from ((principal, []) for principal in KNOW_FAMILIES)
        return
    by_provider: dict[str, Rights] = {}
    for right in rights:
        present = by_provider.setdefault(right.provider, [])
        if right.active and not queries.period_of_right(right).is_past(day):
            present.append(right_as_published(right))
    for provider, present in by_provider.items():
        principal = _principal_of_provider(provider, register)
        if principal:
            yield principal, present
    yield from _rights_for_billing(rights, by_provider, register)


def _front_desk_rights(
    rights: Iterable[DatedRight], register: Register, day: date
) -> dict[str, Rights]:
    """Return the rights that each principal receives of an agent of the front desk."""
    rights_at_desk = [right for right in rights if right.provider == FRONT_DESK]
    if not rights_at_desk:
        return {}
    present = [
        r for r in rights_at_desk if r.active and not queries.period_of_right(r).is_past(day)
    ]
    callees = [BILLING, PORTAL, *(provider.principal for provider in register.running_providers)]
    nothing: dict[str, Rights] = {callee: [] for callee in callees}
    return {DOSSIER: [right_as_published(right) for right in present]} | nothing


def _front_desk_label(register: Register) -> str:
    desk = register.now.front_desk
    return desk.label if desk else FRONT_DESK


def _rights_for_billing(
    rights: Iterable[DatedRight], by_provider: Mapping[str, Rights], register: Register
) -> Iterator[tuple[str, Rights]]:
    """
    Yield for billing the régies that are held, or were: `regie_<provider>`, and no other role.
    """
    held = {(right.provider, right.role) for right in rights}
    if any(_is_regie_role(register, *right_held) for right_held in held):
        yield (
            BILLING,
            [
                regie
                for provider, present in by_provider.items()
                for regie in _longest_regie_right_by_day(provider, present, register)
            ],
        )


def _longest_regie_right_by_day(provider: str, present: Rights, register: Register) -> Rights:
    """Return the régie's right once for each day on which it begins: of two roles the longest."""
    longest: dict[date, contracts.DatedRight] = {}
    for right in present:
        if _is_regie_role(register, provider, right["role"]):
            day = right["valid_from"]
            longest[day] = max(longest.get(day, right), right, key=_last_day)
    return [right | {"role": f"regie_{provider}"} for right in longest.values()]


def _last_day(right: contracts.DatedRight) -> date:
    return right["valid_to"] or EVER_AFTER


def _is_regie_role(register: Register, provider: str, role: str) -> bool:
    try:
        known = register.office(provider).role(role)
    except ProviderNotFound:
        return False
    return known is not None and REGIE in known.permissions


def right_as_published(right: DatedRight) -> contracts.DatedRight:
    """Return a right as it travels."""
    return contracts.DatedRight(
        role=right.role,
        place=right.place,
        valid_from=right.valid_from,
        valid_to=right.valid_to,
    )


def _principal_of_provider(provider: str, register: Register) -> str | None:
    try:
        return register.office(provider).principal
    except ProviderNotFound:
        return None  # it left the town; its principal is gone from the broker
