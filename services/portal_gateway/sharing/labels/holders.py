"""« Qui sait quoi »: the holders of each projection, and how far it was delivered (rule R5)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from services.portal_gateway.labels import dossier as record_labels
from shared.contracts.dossier.guardians import Holding, WhoKnowsAnswer
from shared.register import ProviderNotFound, Register
from shared.web.language.provider_badges import Mark, badge_by_code, badges_of_providers

SENT, RECEIVED, SEEN = "sent", "received", "seen"
URGENT = ("care_core", "allergies", "treatments", "health_sheet")
"""Health: where the named function has not seen it, the family reads whom to call."""


@dataclass(frozen=True)
class Holder:
    """One provider that holds a projection, and since when."""

    mark: Mark
    purpose: str
    state: str
    at: datetime
    role: str = ""
    awaited: bool = False
    """A function there still has to mark it as seen."""
    urgent: bool = False


@dataclass(frozen=True)
class KnownProjection:
    """One projection: its recorded lines, its holders, and the child's services without it."""

    projection: str
    label: str
    recorded: list[str]
    holders: list[Holder] = field(default_factory=list)
    without: list[Mark] = field(default_factory=list)


@dataclass(frozen=True)
class EndedService:
    """A service that no longer follows the child."""

    mark: Mark
    closed_at: datetime
    erased_at: datetime | None
    receipt: int | None


def projections_held_and_unheld(
    register: Register, answer: WhoKnowsAnswer, recorded: dict[str, list[str]]
) -> tuple[list[KnownProjection], list[KnownProjection]]:
    """
    Return the projections with a holder, then those without, both in reading order.

    `recorded` has the lines of each projection as the family entered them; a projection without
    lines has nothing to send.
    """
    running = [mark.code for mark in badges_of_providers(register, linked_provider_codes(answer))]
    rows = [
        KnownProjection(
            projection=projection,
            label=str(label),
            recorded=recorded.get(projection, []),
            holders=_holders_of_projection(register, answer.holdings, projection, running),
            without=_providers_without_projection(register, answer.holdings, projection, running),
        )
        for projection, label in record_labels.PROJECTIONS.items()
    ]
    held_rows = [row for row in rows if row.holders]
    return held_rows, [row for row in rows if not row.holders]


def ended_services(register: Register, answer: WhoKnowsAnswer) -> list[EndedService]:
    """Return the services that no longer follow the child, the last one first."""
    open_again = linked_provider_codes(answer)
    gone = [
        EndedService(
            badge_by_code(register, link["provider"]),
            link["closed_at"],
            link["erased_at"],
            link["receipt"],
        )
        for link in answer.links
        if link["closed_at"] is not None and link["provider"] not in open_again
    ]
    return sorted(gone, key=lambda row: row.closed_at, reverse=True)


@dataclass(frozen=True)
class LinkedService:
    """A service that has the child, since when and how that came about."""

    mark: Mark
    origin: str
    since: datetime


def linked_services(register: Register, answer: WhoKnowsAnswer) -> list[LinkedService]:
    """Return the services that have the child, in the register's order, and why each has it."""
    links = {link["provider"]: link for link in answer.links if link["closed_at"] is None}
    return [
        LinkedService(
            mark,
            str(record_labels.ORIGINS.get(links[mark.code]["origin"], "")),
            links[mark.code]["opened_at"],
        )
        for mark in badges_of_providers(register, links)
    ]


def linked_provider_codes(answer: WhoKnowsAnswer) -> set[str]:
    """Return the codes of the providers that have the child."""
    return {link["provider"] for link in answer.links if link["closed_at"] is None}


def _holders_of_projection(
    register: Register, holdings: Iterable[Holding], projection: str, running: list[str]
) -> list[Holder]:
    rows = {
        row["provider"]: row
        for row in holdings
        if row["projection"] == projection and row["filled"]
    }
    return [_holder_of_row(register, rows[code]) for code in running if code in rows]


def _holder_of_row(register: Register, row: Holding) -> Holder:
    provider, projection = row["provider"], row["projection"]
    state, at = _delivery_state(row)
    awaited = state != SEEN and _does_any_role_mark_as_seen(register, provider, projection)
    return Holder(
        mark=badge_by_code(register, provider),
        purpose=record_labels.purpose_of_projection(register, provider, projection),
        state=state,
        at=at,
        role=record_labels.role_label(register, provider, row["seen_by"]) if state == SEEN else "",
        awaited=awaited,
        urgent=awaited and projection in URGENT,
    )


def _delivery_state(row: Holding) -> tuple[str, datetime]:
    if row["seen_at"] is not None:
        return SEEN, row["seen_at"]
    if row["received_at"] is not None:
        return RECEIVED, row["received_at"]
    return SENT, row["sent_at"]


def _providers_without_projection(
    register: Register, holdings: Iterable[Holding], projection: str, running: list[str]
) -> list[Mark]:
    holders = {row["provider"] for row in holdings if row["projection"] == projection}
    return [badge_by_code(register, code) for code in running if code not in holders]


def _does_any_role_mark_as_seen(register: Register, code: str, projection: str) -> bool:
    try:
        provider = register.provider(code)
    except ProviderNotFound:
        return False
    return any(projection in role.marks_seen for role in provider.roles)
