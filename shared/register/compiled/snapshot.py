"""The register as it stood at one moment, and how it is read from JSON."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from shared.contracts.sections.care.town_diets import USUAL_DIETS, TownDiet, TownDiets
from shared.json_values import JsonMapping, JsonObject
from shared.register.calendar import TownCalendar, TypedDays
from shared.register.completeness import Needs
from shared.register.entitlement import Activity
from shared.register.providers.offices import Administrator, Cooks, FrontDesk, Provider, Role
from shared.register.providers.regies import Finance, PaymentPlanLimits, Regie
from shared.register.queues import events_queues
from shared.register.retention import Announced, Conversations, Section
from shared.register.row_types_of_register import Call, Delivery, Entitlement, Principal
from shared.register.town import (
    ApiParticulier,
    Commune,
    Counter,
    Identity,
    Legal,
    OpenIdProvider,
    Town,
    TownNotice,
)
from shared.register.treatments import Treatment

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Row = TypeVar("Row", bound=DataclassInstance)
    Key = TypeVar("Key", bound=Hashable)
    Value = TypeVar("Value", bound=Hashable)


@dataclass(frozen=True)
class Snapshot:
    """The register as it stood in the file at one moment, with what is looked up often."""

    town: Town
    communes: tuple[Commune, ...]
    principals: tuple[Principal, ...]
    calls: tuple[Call, ...]
    deliveries: tuple[Delivery, ...]
    entitlements: tuple[Entitlement, ...]
    providers: tuple[Provider, ...]
    sections: tuple[Section, ...]
    treatments: tuple[Treatment, ...]
    calendar: TownCalendar
    completeness: tuple[Needs, ...] = ()
    front_desk: FrontDesk | None = None
    conversations: Conversations = field(default_factory=Conversations)
    former: tuple[Provider, ...] = ()
    """Providers off the broker, for what families still have of them: names, bills, régies."""
    announced: tuple[Announced, ...] = ()
    diets: TownDiets = USUAL_DIETS

    @property
    def handles_data_requests(self) -> bool:
        """Say whether anybody here answers what persons ask of their data."""
        return self.front_desk is not None and self.front_desk.handles_data_requests

    @cached_property
    def granted_projections(self) -> frozenset[tuple[str, str]]:
        return frozenset((row.principal, row.projection) for row in self.entitlements)

    @cached_property
    def callers(self) -> Mapping[tuple[str, str], frozenset[str]]:
        return _gather_by_key(((call.callee, call.method), call.caller) for call in self.calls)

    @cached_property
    def askers(self) -> Mapping[str, frozenset[str]]:
        """Return who may ask a principal anything, by the principal."""
        return _gather_by_key((call.callee, call.caller) for call in self.calls)

    def events_queues_of(self, principal: str) -> list[str]:
        """Return the queues in which a principal's events wait."""
        return events_queues(principal, self._event_queues.get(principal, 1))

    @cached_property
    def _event_queues(self) -> Mapping[str, int]:
        return {row.name: row.event_queues for row in self.principals}

    @cached_property
    def consumers(self) -> Mapping[tuple[str, str], frozenset[Delivery]]:
        return _gather_by_key(((row.source, row.event), row) for row in self.deliveries)

    @cached_property
    def sources(self) -> Mapping[tuple[str, str], frozenset[str]]:
        return _gather_by_key(((row.consumer, row.event), row.source) for row in self.deliveries)


def parse_register(register: JsonMapping) -> Snapshot:
    """Read the parsed JSON; a key that this release does not know is left aside."""
    return Snapshot(
        town=_parse_town(register["town"]),
        communes=tuple(_parse_commune(row) for row in register["communes"]),
        principals=tuple(_parse_row(Principal, row) for row in register["principals"]),
        calls=tuple(_parse_row(Call, row) for row in register["calls"]),
        deliveries=tuple(_parse_row(Delivery, row) for row in register["events"]),
        entitlements=tuple(_parse_row(Entitlement, row) for row in register["entitlements"]),
        providers=tuple(_parse_provider(row) for row in register["providers"]),
        sections=tuple(_parse_row(Section, row) for row in register["sections"]),
        treatments=tuple(register["treatments"]),
        completeness=tuple(_parse_row(Needs, row) for row in register.get("completeness", ())),
        front_desk=_parse_front_desk(register.get("front_desk")),
        conversations=_parse_row(Conversations, register.get("conversations", {})),
        calendar=_parse_calendar(register["calendar"]),
        former=tuple(_parse_provider(row) for row in register.get("former", ())),
        announced=tuple(_parse_announced(row) for row in register.get("announced", ())),
        diets=_parse_diets(register.get("diets")),
    )


def _parse_row(kind: type[Row], row: JsonMapping, **made: Any) -> Row:
    known = {f.name: row[f.name] for f in fields(kind) if f.name in row and f.name not in made}
    return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in known.items()}, **made)


def _gather_by_key(pairs: Iterable[tuple[Key, Value]]) -> Mapping[Key, frozenset[Value]]:
    gathered: defaultdict[Key, set[Value]] = defaultdict(set)
    for key, value in pairs:
        gathered[key].add(value)
    return {key: frozenset(values) for key, values in gathered.items()}


_TOWN_BLOCKS: Mapping[str, type[Any]] = {
    "counter": Counter,
    "legal": Legal,
    "identity": Identity,
    "families_openid": OpenIdProvider,
    "agents_openid": OpenIdProvider,
    "api_particulier": ApiParticulier,
}
"""Blocks that a town may leave out."""


def _parse_town(row: JsonMapping) -> Town:
    fields = dict(row)
    made: JsonObject = {
        name: _parse_row(kind, fields[name])
        for name, kind in _TOWN_BLOCKS.items()
        if fields.get(name)
    }
    notices = tuple(_parse_notice(each) for each in fields.get("notices", ()))
    return _parse_row(Town, fields, notices=notices, **made)


def _parse_notice(row: JsonMapping) -> TownNotice:
    until = row.get("until")
    return _parse_row(TownNotice, row, until=date.fromisoformat(until) if until else None)


def _parse_commune(row: JsonMapping) -> Commune:
    until = row["member_to"]
    return Commune(
        row["insee"],
        row["name"],
        date.fromisoformat(row["member_from"]),
        date.fromisoformat(until) if until else None,
    )


def _parse_calendar(row: JsonMapping) -> TownCalendar:
    days = (
        _parse_row(
            TypedDays,
            each,
            first=date.fromisoformat(each["first"]),
            last=date.fromisoformat(each["last"]),
        )
        for each in row["days"]
    )
    return _parse_row(TownCalendar, row, days=tuple(days))


def _parse_front_desk(row: JsonMapping | None) -> FrontDesk | None:
    if row is None:
        return None
    return _parse_row(
        FrontDesk,
        row,
        roles=tuple(_parse_role(role) for role in row["roles"]),
        administrator=_parse_row(Administrator, row["administrator"]),
    )


def _parse_role(row: JsonMapping) -> Role:
    return _parse_row(Role, row, permissions=tuple(row.get("acts", ())))


def _parse_announced(row: JsonMapping) -> Announced:
    return _parse_row(Announced, row, valid_from=date.fromisoformat(row["valid_from"]))


def _parse_diets(rows: Iterable[Mapping[str, object]] | None) -> TownDiets:
    if rows is None:  # a register of the release before
        return USUAL_DIETS
    return TownDiets(tuple(_parse_row(TownDiet, row) for row in rows))


def _parse_provider(row: JsonMapping) -> Provider:
    cooks = row.get("cooks")
    return _parse_row(
        Provider,
        row,
        activities=tuple(_parse_row(Activity, each) for each in row["activities"]),
        roles=tuple(_parse_role(role) for role in row["roles"]),
        administrator=_parse_row(Administrator, row["administrator"]),
        regies=tuple(_parse_regie(each) for each in row.get("regies", ())),
        cooks=_parse_row(Cooks, cooks) if cooks else None,
    )


def _parse_regie(row: JsonMapping) -> Regie:
    finance, plans = row.get("finance"), row.get("payment_plans")
    return _parse_row(
        Regie,
        row,
        finance=_parse_row(Finance, finance) if finance else None,
        payment_plans=_parse_row(PaymentPlanLimits, plans) if plans else None,
    )
