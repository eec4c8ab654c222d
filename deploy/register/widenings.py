"""
Widenings of a town file: more of a child to more providers, for more, or longer than in force.

Pure. Narrowing needs nobody; what rules R1 and R2 require is the town file's own check. What a
provider that is new here receives is no widening: it has no family yet.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace

from deploy.register.town_file.providers import ProviderEntry
from deploy.register.town_file.town import Town
from shared.contracts.portal_gateway.widening_approvals import digest_of_differences
from shared.json_values import JsonMapping
from shared.register import Section
from shared.register.entitlement import ON_OCCASION as OCCASIONAL
from shared.register.entitlement import Activity, required_projections
from shared.register.retention import ACTIVITIES, ACTIVITY_RETENTION, CONVERSATIONS

PROJECTION, PURPOSE, RETENTION = "projection", "purpose", "retention"
ON_REQUEST = "on_request"
"""A provider would take something where a guardian has it sent, or for another purpose."""
ON_OCCASION, FOOD = "on_occasion", "food"
"""A provider would receive diet and allergies where a session has food, or for another purpose."""
_BESIDES = (ON_REQUEST, ON_OCCASION)
KEPT = "{0.retention}, {0.reference_date}"
_DAYS = {"day": 1.0, "month": 30.44, "year": 365.25}

InForce = JsonMapping
"""
`providers`: purposes by projection by provider; `on_request`: those of what it takes where a
guardian has it sent; `activities`: theirs, as they are offered;
`sections`: lengths by section, and of what providers keep beside them.
"""


@dataclass(frozen=True, slots=True)
class Widening:
    """One thing that would be known more widely; `provider` is "" for a section kept longer."""

    kind: str
    provider: str
    what: str
    before: str
    after: str

    @property
    def key(self) -> str:
        """Return the key of exactly this difference."""
        return digest_of_widenings([self])[:32]

    def widening_in_words(self) -> str:
        """Say the widening to who approves it."""
        if self.kind == PROJECTION:
            return f"{self.provider} would receive {self.what}, for: {self.after}"
        if self.kind == ON_REQUEST:
            return f"{self.provider} would take {self.what} from a guardian, for: {self.after}"
        if self.kind == ON_OCCASION:
            return f"{self.provider} would receive diet and allergies on occasion: {self.after}"
        if self.kind == PURPOSE:
            return f"{self.provider} would use {self.what} for: {self.after} (now: {self.before})"
        return f"{self.what} would be kept: {self.after} (now: {self.before})"


def digest_of_widenings(widenings: Iterable[Widening]) -> str:
    """Return the SHA-256 of exactly these differences, in whatever order."""
    return digest_of_differences(asdict(each) for each in widenings)


def granted_by_town_file(town: Town, but: Collection[str] = ()) -> dict[str, object]:
    """Return what a town file grants, without the providers `but`."""
    providers = [provider for provider in town.providers if provider.code not in but]
    return {
        "providers": {p.code: dict(p.entitlements) for p in providers},
        "on_request": {p.code: dict(p.on_request) for p in providers},
        "on_occasion": {p.code: {FOOD: p.on_occasion} if p.on_occasion else {} for p in providers},
        "activities": {
            p.code: [_activity_row(activity) for activity in p.activities] for p in providers
        },
        "sections": {section.code: KEPT.format(section) for section in town.sections}
        | _kept_by_providers(town.activity_retention, town.conversations.retention),
    }


def granted_by_register(register: JsonMapping) -> dict[str, object]:
    """Return what a register grants, for a town applied before widenings were looked at."""
    providers: dict[str, dict[str, str]] = {row["code"]: {} for row in register["providers"]}
    besides: dict[str, dict[str, dict[str, str]]] = {
        kind: {code: {} for code in providers} for kind in _BESIDES
    }
    for row in register["entitlements"]:
        code, purpose = row["provider"], row["purpose"]
        if row.get("on_request"):
            besides[ON_REQUEST][code][row["projection"]] = purpose
        elif row.get("on_occasion"):
            besides[ON_OCCASION][code][FOOD] = purpose
        else:
            providers[code][row["projection"]] = purpose
    kept = {row["code"]: KEPT.format(Section(**row)) for row in register["sections"]}
    kept |= _kept_by_providers(
        register["town"].get("activity_retention", ACTIVITY_RETENTION),
        register["conversations"]["retention"],
    )
    offered = {row["code"]: row["activities"] for row in register["providers"]}
    return {
        "providers": providers,
        **besides,
        "activities": offered,
        "sections": kept,
    }


def _kept_by_providers(activities: str, conversations: str) -> dict[str, str]:
    return {
        ACTIVITIES: f"{activities}, end_of_school_year",
        CONVERSATIONS: f"{conversations}, end_of_last_link",
    }


def widenings_between(before: InForce, after: InForce) -> list[Widening]:
    """Return what is wider after than before, in the order of the town file."""
    found = []
    for code, purposes in after["providers"].items():
        known = before["providers"].get(code)
        if known is None:
            continue
        for projection, purpose in purposes.items():
            if projection not in known:
                found.append(Widening(PROJECTION, code, projection, "", purpose))
            elif purpose != known[projection]:
                found.append(Widening(PURPOSE, code, projection, known[projection], purpose))
        for kind in _BESIDES:
            taken = before.get(kind, {}).get(code, {})
            found += [
                Widening(kind, code, what, taken.get(what, ""), purpose)
                for what, purpose in after[kind].get(code, {}).items()
                if what not in known and purpose != taken.get(what)
            ]
    for section, kept in after["sections"].items():
        known = before["sections"].get(section, kept)
        if _is_longer(known, kept):
            found.append(Widening(RETENTION, "", section, known, kept))
    return found


def town_without_widenings(town: Town, pending: Iterable[Widening], before: InForce) -> Town:
    """
    Return the town as it is while these widenings are not in force.

    An activity that requires what is held back (rule R2) stays as it was, or waits: nobody serves a
    meal without knowing the allergies.
    """
    waiting = list(pending)
    kept = {w.what: w.before for w in waiting if w.kind == RETENTION}
    return replace(
        town,
        providers=tuple(
            _provider_as_before(provider, mine, before)
            if (mine := [w for w in waiting if w.provider == provider.code])
            else provider
            for provider in town.providers
        ),
        sections=tuple(
            _section_as_before(section, kept[section.code]) if section.code in kept else section
            for section in town.sections
        ),
        activity_retention=_length_before(kept, ACTIVITIES, town.activity_retention),
        conversations=replace(
            town.conversations,
            retention=_length_before(kept, CONVERSATIONS, town.conversations.retention),
        ),
    )


def codes_of_waiting_activities(
    provider: ProviderEntry, announced: Iterable[JsonMapping]
) -> set[str]:
    """Return a provider's activities that need what is announced of it, and not in force yet."""
    coming = {
        (row["kind"], row["what"])
        for row in announced
        if row["provider"] == provider.code and not row["before"]
    }
    withheld = {what for kind, what in coming if kind in (PROJECTION, ON_REQUEST)}
    if (ON_OCCASION, FOOD) in coming:
        withheld |= set(OCCASIONAL)
    return {each.code for each in provider.activities if _does_activity_need_any(each, withheld)}


def _provider_as_before(
    provider: ProviderEntry, waiting: Collection[Widening], before: InForce
) -> ProviderEntry:
    withheld = {w.what for w in waiting if w.kind == PROJECTION}
    purposes = {w.what: w.before for w in waiting if w.kind == PURPOSE}
    entitlements = {
        projection: purposes.get(projection, purpose)
        for projection, purpose in provider.entitlements.items()
        if projection not in withheld
    }
    later = {w.what: w.before for w in waiting if w.kind == ON_REQUEST}
    on_request = {
        projection: later.get(projection, purpose)
        for projection, purpose in provider.on_request.items()
        if later.get(projection, purpose)
    }
    withheld |= provider.on_request.keys() - on_request.keys()
    fed = {w.what: w.before for w in waiting if w.kind == ON_OCCASION}
    on_occasion = fed.get(FOOD, provider.on_occasion)
    if provider.on_occasion and not on_occasion:
        withheld |= set(OCCASIONAL) - entitlements.keys() - on_request.keys()
    activities = _activities_as_before(provider, withheld, before)
    offered = {activity.code for activity in activities}
    return replace(
        provider,
        entitlements=entitlements,
        on_request=on_request,
        on_occasion=on_occasion,
        activities=activities,
        roles=tuple(
            replace(
                role,
                projections=tuple(p for p in role.projections if p not in withheld),
                marks_seen=tuple(p for p in role.marks_seen if p not in withheld),
            )
            for role in provider.roles
        ),
        regies=tuple(
            replace(regie, activities=tuple(a for a in regie.activities if a in offered))
            for regie in provider.regies
        ),
    )


def _activities_as_before(
    provider: ProviderEntry, withheld: Collection[str], before: InForce
) -> tuple[Activity, ...]:
    """Return the activities offered while these projections are withheld, each as it was."""
    known = {
        row["code"]: _activity_of_row(row) for row in before["activities"].get(provider.code, ())
    }
    return tuple(
        activity
        for wanted in provider.activities
        for activity in [
            known.get(wanted.code) if _does_activity_need_any(wanted, withheld) else wanted
        ]
        if activity is not None and not _does_activity_need_any(activity, withheld)
    )


def _does_activity_need_any(activity: Activity, projections: Collection[str]) -> bool:
    return bool(required_projections([activity]).keys() & set(projections))


def _activity_row(activity: Activity) -> dict[str, object]:
    return asdict(activity) | {"tags": list(activity.tags)}


def _activity_of_row(row: JsonMapping) -> Activity:
    return Activity(row["code"], row["label"], row["regime"], tuple(row["tags"]))


def _length_before(kept: Mapping[str, str], what: str, length: str) -> str:
    """Return how long something is kept while a longer time waits for its day."""
    return kept[what].partition(", ")[0] if what in kept else length


def _section_as_before(section: Section, before: str) -> Section:
    retention, reference_date = before.split(", ")
    return replace(section, retention=retention, reference_date=reference_date)


def _is_longer(before: str, after: str) -> bool:
    """Return whether a retention became longer; another reference date counts as longer."""
    (length, since), (longer, then) = before.split(", "), after.split(", ")
    return since != then or _days_of_length(longer) > _days_of_length(length)


def _days_of_length(length: str) -> float:
    number, unit = length.split()
    return int(number) * _DAYS[unit.rstrip("s")]
