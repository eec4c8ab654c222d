"""
Compiler of the register: the town file and the code's declarations become rows for all to read.

Pure but for `write_register`: the same town, declarations and states give the same bytes.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from deploy.instance.instance import replace_file
from deploy.register.town_file.providers import ProviderEntry
from deploy.register.town_file.town import Town
from deploy.register.treatments.compiler import treatment_entries
from deploy.services import SINGLE, SPECS
from shared.json_values import JsonObject
from shared.register import (
    ENDED,
    LEAVING,
    REVOKED,
    RUNNING,
    STATES,
    SUSPENDED,
    TRIAL,
    Announced,
    Commune,
    FrontDesk,
    Role,
    TownNotice,
)
from shared.register.calendar import TownCalendar
from shared.register.declarations import (
    CATERERS,
    CUSTOMERS,
    DOSSIER,
    ENROLMENT,
    IDENTITY,
    OPS,
    PROJECTION_EVENT,
    Answers,
    DeclarationRefused,
    Subscribes,
    expand_symbols,
    fixed_principals,
    principals_running_service,
)
from shared.register.entitlement import (
    CARE_CORE,
    ON_OCCASION,
    PROJECTIONS,
    SPECIAL,
    allowed_projections,
    codes_of_activities_receiving,
)

Row = JsonObject
Declaration = Answers | Subscribes

AWAY_FROM_TRIALS = frozenset(spec.name for spec in SPECS.values() if not spec.with_trials)
"""Services for real families: no call and no event joins them to a provider on trial."""
BESIDE_CATERERS = frozenset({IDENTITY, OPS})
"""Principals that a call or event may join a caterer to, beside the orders of its customers."""
OPS_SLOTS = 4
NOT_SHARED: Mapping[str, int] = {}
"""Each principal has one queue of events."""


@dataclass(frozen=True)
class _Apart:
    """Principals that messages keep apart: trials from real families, caterers from children."""

    trials: Collection[str]
    caterers: Mapping[str, Collection[str]]

    def are_kept_apart(self, one: str, other: str) -> bool:
        """Say whether no message may join these two."""
        pair = {one, other}
        if pair.intersection(self.caterers) and not pair & BESIDE_CATERERS:
            return True
        return bool(pair.intersection(self.trials) and pair & AWAY_FROM_TRIALS)

    def is_event_kept_from(self, event: Subscribes, source: str, consumer: str) -> bool:
        """Say whether an event does not go from the one to the other."""
        if CUSTOMERS in event.sources:
            return source not in self.caterers.get(consumer, ())
        if CATERERS in event.sources:
            return consumer not in self.caterers.get(source, ())
        untried = source in self.trials and event.event in SPECS[event.service].not_of_trials
        return untried or self.are_kept_apart(source, consumer)


def compile_register(
    town: Town,
    declarations: Iterable[Declaration],
    states: Mapping[str, str],
    announced: Iterable[Announced] = (),
    *,
    copies: int = 1,
    event_queues: Mapping[str, int] = NOT_SHARED,
) -> Row:
    """
    Give the register of a town; `states` holds the providers that do not simply run.

    Each service runs as so many `copies`, which share its slots. The events of a principal wait in
    as many queues as `event_queues` says, and else in one.

    A revoked provider is on no binding: its name and régies are among the `former`. A suspended one
    keeps its events and, of the dossier's stream, the care core (rule R6); it neither calls nor is
    called, nor does one that leaves. One on trial has nothing to do with the portal and billing.
    `announced` are widenings not yet in force. Raises DeclarationRefused.
    """
    _refuse_unknown_states(states)
    present = _town_with_providers_in_states(
        town, states, RUNNING, TRIAL, ENDED, SUSPENDED, LEAVING
    )
    running = _town_with_providers_in_states(town, states, RUNNING, TRIAL, ENDED)
    former = _town_with_providers_in_states(town, states, REVOKED)
    on_trial = _town_with_providers_in_states(town, states, TRIAL)
    apart = _Apart({p.principal for p in on_trial.providers}, present.caterers)
    declared = list(declarations)
    subscribed = [d for d in declared if isinstance(d, Subscribes)]
    entitlements = _entitlement_rows(present, states)
    register: Row = {
        "town": _town_row(town),
        "communes": [_commune_row(commune) for commune in town.communes],
        "principals": _principal_rows(present, copies, event_queues),
        "calls": _call_rows([d for d in declared if isinstance(d, Answers)], running, apart),
        "events": _event_rows(subscribed, present, entitlements, apart),
        "entitlements": entitlements,
        "providers": _provider_rows(town, present.providers, states),
        "sections": [asdict(section) for section in town.sections],
        "calendar": _calendar_row(town.calendar),
        "completeness": [_with_lists(asdict(needs)) for needs in town.completeness],
        "front_desk": _front_desk_row(town.front_desk),
        "conversations": asdict(town.conversations),
        "former": _provider_rows(town, former.providers, states),
        "announced": _announced_rows(announced, present),
        "diets": [_with_lists(asdict(diet)) for diet in town.diets],
    }
    return register | {"treatments": treatment_entries(register, town)}


def write_register(register: Row, path: Path) -> bool:
    """Replace the file in one step, if its content changes; return whether it did."""
    content = json.dumps(register, ensure_ascii=False, indent=1) + "\n"
    if path.exists() and path.read_text("utf-8") == content:
        return False
    replace_file(path, content, mode=0o644)
    return True


def _refuse_unknown_states(states: Mapping[str, str]) -> None:
    if unknown := set(states.values()) - set(STATES):
        raise ValueError(f"unknown states of providers: {sorted(unknown)}")


# --- Rows ---


def _town_with_providers_in_states(town: Town, states: Mapping[str, str], *wanted: str) -> Town:
    kept = tuple(p for p in town.providers if states.get(p.code, RUNNING) in wanted)
    return replace(town, providers=kept)


def _town_row(town: Town) -> Row:
    shown = ("code", "name", "demo", "help_phone", "help_hours", "help_hours_en", "school_year")
    keys = (*shown, "activity_retention")
    door = {"at_the_door": town.at_the_door} if town.at_the_door else {}
    return (
        {key: getattr(town, key) for key in keys}
        | door
        | {
            "counter": asdict(town.counter) if town.counter else None,
            "legal": asdict(town.legal) if town.legal else None,
            "identity": asdict(town.identity) if town.identity else None,
            **{
                each: _with_lists(asdict(provider))
                for each in ("families_openid", "agents_openid", "api_particulier")
                if (provider := getattr(town, each)) is not None
            },
            "notices": [_notice_row(notice) for notice in town.notices],
        }
    )


def _notice_row(notice: TownNotice) -> Row:
    return asdict(notice) | {"until": notice.until.isoformat() if notice.until else None}


def _calendar_row(calendar: TownCalendar) -> Row:
    days = [
        {**asdict(each), "first": each.first.isoformat(), "last": each.last.isoformat()}
        for each in calendar.days
    ]
    return {**asdict(calendar), "days": days}


def _commune_row(commune: Commune) -> Row:
    return {
        "insee": commune.insee,
        "name": commune.name,
        "member_from": commune.member_from.isoformat(),
        "member_to": commune.member_to.isoformat() if commune.member_to else None,
    }


def _principal_rows(town: Town, copies: int, event_queues: Mapping[str, int]) -> list[Row]:
    rows = [_principal_row(name, name, None, copies) for name in fixed_principals(town, SINGLE)]
    rows += [_principal_row(p.principal, ENROLMENT, p.code, copies) for p in town.providers]
    for row in rows:
        if (count := event_queues.get(row["name"], 1)) > 1:
            row["event_queues"] = count
    return _unique_sorted(rows, "name")


def _principal_row(name: str, service: str, provider: str | None, copies: int) -> Row:
    spec = SPECS.get(service)
    return {
        "name": name,
        "service": service,
        "provider": provider,
        "reply_slots": (spec.reply_slots if spec else OPS_SLOTS) * copies,
        "push_slots": (spec.push_slots if spec else 0) * copies,
    }


def _call_rows(methods: Iterable[Answers], town: Town, apart: _Apart) -> list[Row]:
    """Give one row per caller and callee; a principal never calls itself."""
    rows = [
        {
            "caller": caller,
            "callee": callee,
            "method": method.method,
            "version": method.version,
            "right": method.right,
        }
        for method in methods
        for callee in principals_running_service(method.service, town, SINGLE)
        for caller in expand_symbols(method.callers, town, SINGLE)
        if caller != callee and not apart.are_kept_apart(caller, callee)
    ]
    _refuse_clashing_declarations(rows, "caller", "callee", "method", "version")
    return _unique_sorted(rows, "caller", "callee", "method", "version")


def _event_rows(
    events: Iterable[Subscribes], town: Town, entitlements: list[Row], apart: _Apart
) -> list[Row]:
    rows = [
        {
            "source": source,
            "event": event.event,
            "version": event.version,
            "key": key,
            "consumer": consumer,
        }
        for event in events
        for source in expand_symbols(event.sources, town, SINGLE)
        for consumer in principals_running_service(event.service, town, SINGLE)
        for key in _routing_keys(event, consumer, entitlements)
        if source != consumer and not apart.is_event_kept_from(event, source, consumer)
    ]
    _refuse_clashing_declarations(rows, "source", "consumer", "key", "version")
    return _unique_sorted(rows, "source", "consumer", "key", "version")


def _routing_keys(event: Subscribes, consumer: str, entitlements: list[Row]) -> list[str]:
    if not event.addressed:
        return [f"event.{event.event}"]
    if (event.owner, event.event) != (DOSSIER, PROJECTION_EVENT):
        return [f"event.{consumer}.{event.event}"]
    granted = [row["projection"] for row in entitlements if row["principal"] == consumer]
    return [f"event.{consumer}.{projection}" for projection in granted]


def _entitlement_rows(town: Town, states: Mapping[str, str]) -> list[Row]:
    return [
        _entitlement_row(provider, projection)
        for provider in sorted(town.providers, key=lambda p: p.code)
        for projection in PROJECTIONS
        if projection
        in {**provider.entitlements, **provider.on_request, **_projections_on_occasion(provider)}
        and (projection == CARE_CORE or states.get(provider.code, RUNNING) != SUSPENDED)
    ]


def _entitlement_row(provider: ProviderEntry, projection: str) -> Row:
    of_itself = {
        "provider": provider.code,
        "principal": provider.principal,
        "projection": projection,
        "purpose": provider.entitlements.get(projection, ""),
        "legal_basis": provider.legal_basis_for(projection),
        "reason": allowed_projections(provider.activities).get(projection, ""),
        "on_request": False,
        "on_occasion": False,
        "activities": list(codes_of_activities_receiving(projection, provider.activities)),
    }
    if projection in provider.entitlements:
        return of_itself
    return of_itself | _conditional_grounds(provider, projection) | {"activities": []}


def _conditional_grounds(provider: ProviderEntry, projection: str) -> Row:
    """Say for what, and on what ground, a provider has something for some children and days."""
    purposes, bases, reasons = [], [], []
    if asked := provider.on_request.get(projection):
        purposes.append(asked)
        bases.append(CONSENT_TO_HEALTH if projection in SPECIAL else CONSENT)
        reasons.append("R4 allows: a guardian has it sent for one child, up to a day")
    if eaten := _projections_on_occasion(provider).get(projection):
        purposes.append(eaten)
        bases.append(provider.legal_basis_for(projection))
        reasons.append("R3 requires: who is booked at a session with food, for some days")
    return {
        "purpose": " ; ".join(purposes),
        "legal_basis": " ; ".join(bases),
        "reason": "; ".join(reasons),
        "on_request": bool(asked),
        "on_occasion": bool(eaten),
    }


def _projections_on_occasion(provider: ProviderEntry) -> dict[str, str]:
    return dict.fromkeys(ON_OCCASION, provider.on_occasion) if provider.on_occasion else {}


CONSENT = "RGPD art. 6-1-a : consentement"
CONSENT_TO_HEALTH = f"{CONSENT} ; art. 9-2-a : consentement explicite"
"""Legal basis of a guardian's grant: for a purpose, up to a day, withdrawn as easily."""


def _provider_rows(
    town: Town, providers: Iterable[ProviderEntry], states: Mapping[str, str]
) -> list[Row]:
    return [_provider_row(town, each, states.get(each.code, RUNNING)) for each in providers]


def _provider_row(town: Town, provider: ProviderEntry, state: str) -> Row:
    """
    Give what services and desks need; the order of the town file is that of the screens.

    Its `place` there stays where another one goes: by it the ports of its desk are counted.
    """
    keys = ("code", "principal", "label", "short_label", "letter", "hue", "kind", "controller")
    return {key: getattr(provider, key) for key in keys} | {
        "phone": provider.phone,
        "place": town.providers.index(provider),
        "state": state,
        "activities": [_with_lists(asdict(activity)) for activity in provider.activities],
        "roles": [_role_row(role) for role in provider.roles],
        "administrator": asdict(provider.administrator),
        "regies": [_with_lists(asdict(regie)) for regie in provider.regies],
        "cooks": _with_lists(asdict(provider.cooks)) if provider.cooks else None,
    }


def _front_desk_row(desk: FrontDesk | None) -> Row | None:
    if desk is None:
        return None
    return asdict(desk) | {"roles": [_role_row(role) for role in desk.roles]}


def _announced_rows(announced: Iterable[Announced], present: Town) -> list[Row]:
    providers = {provider.code for provider in present.providers}
    return [
        asdict(each) | {"valid_from": each.valid_from.isoformat()}
        for each in announced
        if not each.provider or each.provider in providers
    ]


def _role_row(role: Role) -> Row:
    row = _with_lists(asdict(role))
    row["acts"] = row.pop("permissions")
    return row


def _with_lists(row: Row) -> Row:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in row.items()}


def _unique_sorted(rows: Iterable[Row], *keys: str) -> list[Row]:
    unique = {json.dumps(row, sort_keys=True): row for row in rows}
    return sorted(unique.values(), key=lambda row: [row[key] for key in keys])


def _refuse_clashing_declarations(rows: Iterable[Row], *keys: str) -> None:
    """Refuse two declarations that say different things of one binding."""
    seen: dict[tuple[object, ...], Row] = {}
    for row in rows:
        name = tuple(row[key] for key in keys)
        if seen.setdefault(name, row) != row:
            raise DeclarationRefused("declared twice, differently: " + " ".join(map(str, name)))
