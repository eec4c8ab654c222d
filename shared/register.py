"""
The one register: who may ask what of whom, who hears what, who receives which projection, and why.

`deploy` compiles it from the town file and the code's declarations; everybody else reads it here.
"""

from __future__ import annotations

import json
import os
import time
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from shared.completeness import Needs
from shared.declarations import FRONT_DESK
from shared.entitlement import Activity

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Row = TypeVar("Row", bound=DataclassInstance)
    Key = TypeVar("Key", bound=Hashable)
    Value = TypeVar("Value", bound=Hashable)

RUNNING, SUSPENDED, REVOKED = "running", "suspended", "revoked"
TRIAL, ENDING_TRIAL = "trial", "ending_trial"
LEAVING, ENDED = "leaving", "ended"
STATES = (
    RUNNING,
    TRIAL,  # has invented children alone, and no way to families or to billing
    ENDING_TRIAL,  # off the broker while the data of its trial are deleted
    SUSPENDED,  # of the dossier's stream the care core alone (rule R6); no calls
    LEAVING,  # being revoked: hears what it must erase, gives its receipts, no calls
    ENDED,  # a successor has taken over: takes no child, collects what is still owed
    REVOKED,  # off the broker; its name and its régies stay readable
)

# From when a section's retention runs, and how a family reads it.
REFERENCE_DATES: Mapping[str, str] = {
    "last_session": "la dernière séance",
    "end_of_last_link": "la fin de la dernière inscription",
    "end_of_school_year": "la fin de l’année scolaire",
    "end_of_measure": "la fin de la mesure",
}
_UNITS = {"day": "jour", "month": "mois", "year": "an"}


def length_in_words(retention: str) -> str:
    """Return a length of time as families read it: « 30 jours », « 1 an »."""
    number, unit = retention.split()
    word = _UNITS[unit.rstrip("s")]
    plural = "s" if int(number) > 1 and not word.endswith("s") else ""
    return f"{number}\u00a0{word}{plural}"


class ProviderNotFound(LookupError):
    """No provider of this town has that code."""


class PrincipalNotFound(LookupError):
    """No service of this town has that name on the broker."""


@dataclass(frozen=True, slots=True)
class Town:
    code: str
    name: str
    demo: bool
    help_phone: str
    help_hours: str
    school_year: str


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune's membership: from a day on, up to the day on which it no longer belongs."""

    insee: str
    name: str
    member_from: date
    member_to: date | None = None

    def belongs_on(self, day: date) -> bool:
        return self.member_from <= day and (self.member_to is None or day < self.member_to)


@dataclass(frozen=True, slots=True)
class Principal:
    name: str
    service: str
    provider: str | None
    reply_slots: int
    push_slots: int = 0
    """How many of its processes may hold pages open."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request that `caller` may send: rpc.<callee>.<method> on out.<caller>."""

    caller: str
    callee: str
    method: str
    version: int
    right: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event of `source` that reaches `consumer` under this routing key."""

    source: str
    event: str
    version: int
    key: str
    consumer: str


@dataclass(frozen=True, slots=True)
class Entitlement:
    """
    One projection that one provider receives; or besides, for some children and days alone.

    `on_request`: where a guardian has it sent (rule R4). `on_occasion`: of who is booked at a
    session that has food (rule R3). Neither is sent without the act that says so.
    """

    provider: str
    principal: str
    projection: str
    purpose: str
    legal_basis: str
    reason: str
    on_request: bool = False
    on_occasion: bool = False

    @property
    def of_itself(self) -> bool:
        return not (self.on_request or self.on_occasion)


@dataclass(frozen=True, slots=True)
class Role:
    code: str
    label: str
    projections: tuple[str, ...]
    marks_seen: tuple[str, ...]
    acts: tuple[str, ...] = ()
    """What the role may do, of shared.entitlement.ACTS."""


@dataclass(frozen=True, slots=True)
class Finance:
    """
    What public finance asks of a régie, beside its prices.

    The authorising officer who issues its titres (art. L1617-5 4° CGCT), with the ways and limits
    of appeal; the budget codes of lines whose tariff gives none; and for PES v2 the codes by which
    the public accountant knows the collectivity. `period` is the digit `Per` of a debt ("quarter",
    or the digit itself) and `key1` what its first key is made of ("nature", "bordereau", or "" for
    no such key): both to be agreed with the accountant. A direct debit needs `ics`, `iban`, `bic`.
    """

    first_name: str
    name: str
    quality: str
    appeal: str
    nature: str = ""
    function: str = ""
    service: str = ""
    product: str = ""
    post: str = ""
    collectivity: str = ""
    budget: str = ""
    period: str = "quarter"
    key1: str = ""
    ics: str = ""
    iban: str = ""
    bic: str = ""
    notice_days: int = 14


@dataclass(frozen=True, slots=True)
class Regie:
    """
    What a provider collects under one account: a régie, or titres of the public accountant.

    `number` (1 to 999) and `prefix` name it in the numbers of its documents; `channel` is "regie"
    or "titre". `numcli` is its client number at PayFiP, "" where it has none, and `payfip` how far
    that contract is: "test", "activation" or "production". Amounts are cents; below `least_cents`
    nothing is billed but carried forward (no titre under 15 €, art. D1611-1 CGCT).
    """

    code: str
    number: int
    prefix: str
    label: str
    deed: str
    channel: str
    siret: str
    address: str
    activities: tuple[str, ...]
    numcli: str = ""
    payfip: str = "test"
    due_days: int = 30
    least_cents: int = 0
    till_ceiling_cents: int = 0
    finance: Finance | None = None


@dataclass(frozen=True, slots=True)
class Administrator:
    """The first administrator of a provider: named by the town file, everybody else by identity."""

    login: str
    name: str


@dataclass(frozen=True, slots=True)
class Provider:
    code: str
    principal: str
    label: str
    short_label: str
    letter: str
    hue: int
    kind: str
    controller: str
    phone: str
    state: str
    activities: tuple[Activity, ...]
    roles: tuple[Role, ...]
    administrator: Administrator
    regies: tuple[Regie, ...] = ()

    def role(self, code: str) -> Role | None:
        return next((role for role in self.roles if role.code == code), None)

    def regie_of(self, activity: str) -> Regie | None:
        """Return what collects for an activity, None for one that nobody pays for."""
        return next((each for each in self.regies if activity in each.activities), None)


@dataclass(frozen=True, slots=True)
class FrontDesk:
    """
    The town's central desk: its agents help families of all providers, and receive no projection.

    It has what an office needs where agents sign in; there is one at most, and it always runs.
    """

    label: str
    letter: str
    phone: str
    roles: tuple[Role, ...]
    administrator: Administrator
    code: ClassVar[str] = FRONT_DESK
    principal: ClassVar[str] = FRONT_DESK
    state: ClassVar[str] = RUNNING
    hue: ClassVar[int] = 0
    """No provider's hue."""

    @property
    def short_label(self) -> str:
        return self.label

    def role(self, code: str) -> Role | None:
        return next((role for role in self.roles if role.code == code), None)


Office = Provider | FrontDesk
"""Where agents sit, with rights of its own at identity."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the child's file, with how long it is kept: `retention` after `reference_date`."""

    code: str
    label: str
    purpose: str
    legal_basis: str
    retention: str
    reference_date: str

    @property
    def retention_in_words(self) -> str:
        """Say it to a family: « 1 an après la fin de l’année scolaire »."""
        return f"{length_in_words(self.retention)} après {REFERENCE_DATES[self.reference_date]}"


@dataclass(frozen=True, slots=True)
class Conversations:
    """
    What families and providers write to each other: why, for how long, and what may be attached.

    `retention` runs from the day on which no child of a thread is linked any more, and for a
    bulletin from the day it was sent; `answer_days` are working days.
    """

    purpose: str = "Répondre aux familles et les informer"
    retention: str = "1 year"
    answer_days: int = 2
    attachment_kb: int = 5120

    @property
    def attachment_bytes(self) -> int:
        return self.attachment_kb * 1024


@dataclass(frozen=True, slots=True)
class Announced:
    """
    A widening that the DPO has approved and that is not in force before the day `valid_from`.

    `kind` is "projection" (a provider receives one more), "purpose" (it uses one for something
    else) or "retention" (a section is kept longer, `provider` ""); `what` is the projection or the
    section, `before` and `after` are purposes or lengths as families read them.
    """

    key: str
    kind: str
    provider: str
    what: str
    before: str
    after: str
    valid_from: date


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
    treatments: tuple[Mapping[str, Any], ...]
    completeness: tuple[Needs, ...] = ()
    front_desk: FrontDesk | None = None
    conversations: Conversations = field(default_factory=Conversations)
    former: tuple[Provider, ...] = ()
    """Providers off the broker, for what families still have of them: names, bills, régies."""
    announced: tuple[Announced, ...] = ()

    @cached_property
    def granted(self) -> frozenset[tuple[str, str]]:
        return frozenset((row.principal, row.projection) for row in self.entitlements)

    @cached_property
    def callers(self) -> Mapping[tuple[str, str], frozenset[str]]:
        return _gather(((call.callee, call.method), call.caller) for call in self.calls)

    @cached_property
    def consumers(self) -> Mapping[tuple[str, str], frozenset[Delivery]]:
        return _gather(((row.source, row.event), row) for row in self.deliveries)

    @cached_property
    def sources(self) -> Mapping[tuple[str, str], frozenset[str]]:
        return _gather(((row.consumer, row.event), row.source) for row in self.deliveries)


class Register:
    """
    The register file, read again when it was replaced; safe to share between threads.

    Without a lock, which a fork could inherit locked: the file's mark and what was read from it are
    one attribute, so that two threads that read at once leave at worst the older, for a second.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        clock: Callable[[], float] = time.monotonic,
        every: float = 1.0,
    ) -> None:
        self._path = Path(path)
        self._clock = clock
        self._every = every
        self._looked_at = clock()
        self.stale = False  # true while the file cannot be read and the last good one is in use
        self._held = _load(self._path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Register:
        """Open the register at `path`; OSError where there is none, ValueError where broken."""
        return cls(path)

    @property
    def now(self) -> Snapshot:
        """The register of this second; questions that must agree are asked of one snapshot."""
        if self._clock() - self._looked_at >= self._every:
            self._refresh()
        return self._held[1]

    def entitled(self, principal: str, projection: str) -> bool:
        return (principal, projection) in self.now.granted

    def callers(self, callee: str, method: str) -> frozenset[str]:
        return self.now.callers.get((callee, method), frozenset())

    def consumers(self, source: str, event: str) -> frozenset[Delivery]:
        return self.now.consumers.get((source, event), frozenset())

    def sources(self, consumer: str, event: str) -> frozenset[str]:
        """Give the principals from which this event may reach the consumer."""
        return self.now.sources.get((consumer, event), frozenset())

    def projections(self, principal: str) -> tuple[str, ...]:
        """Give the projections that may reach a principal, those on request included."""
        return tuple(e.projection for e in self.now.entitlements if e.principal == principal)

    def usual(self, principal: str) -> tuple[str, ...]:
        """Give the projections that a principal receives of every child it has."""
        rows = self.now.entitlements
        return tuple(e.projection for e in rows if e.principal == principal and e.of_itself)

    def on_request(self, provider: str) -> tuple[str, ...]:
        """Give the projections that a provider takes where a guardian has them sent (rule R4)."""
        rows = self.now.entitlements
        return tuple(e.projection for e in rows if e.provider == provider and e.on_request)

    def on_occasion(self, principal: str) -> bool:
        """Say whether a provider may have a session with food, though it usually has none."""
        return any(e.principal == principal and e.on_occasion for e in self.now.entitlements)

    def principal(self, name: str) -> Principal:
        """Give a principal of this town; PrincipalNotFound if it has none of that name."""
        for principal in self.now.principals:
            if principal.name == name:
                return principal
        raise PrincipalNotFound(name)

    def provider(self, code: str) -> Provider:
        """Give a provider of this town; ProviderNotFound if it has none of that code."""
        for provider in self.now.providers:
            if provider.code == code:
                return provider
        raise ProviderNotFound(code)

    def known(self, code: str) -> Provider:
        """Give a provider of this town, or one that has left it; ProviderNotFound for others."""
        for provider in (*self.now.providers, *self.now.former):
            if provider.code == code:
                return provider
        raise ProviderNotFound(code)

    def provider_of(self, principal: str) -> Provider | None:
        return next((p for p in self.now.providers if p.principal == principal), None)

    def office(self, code: str) -> Office:
        """Give a provider or the front desk; ProviderNotFound if none has that code."""
        desk = self.now.front_desk
        return desk if desk and code == desk.code else self.provider(code)

    def office_of(self, principal: str) -> Office | None:
        """Give the office whose principal this is, where it is one's."""
        desk = self.now.front_desk
        return desk if desk and principal == desk.principal else self.provider_of(principal)

    @property
    def running_offices(self) -> tuple[Office, ...]:
        desk = self.now.front_desk
        return (*self.running_providers, *([desk] if desk else []))

    def regie(self, code: str) -> tuple[Provider, Regie]:
        """
        Give a régie with its provider; ProviderNotFound if the town has none of that code.

        What is owed to a provider that has left the town is still collected.
        """
        for provider in (*self.now.providers, *self.now.former):
            for regie in provider.regies:
                if regie.code == code:
                    return provider, regie
        raise ProviderNotFound(code)

    @property
    def running_providers(self) -> tuple[Provider, ...]:
        return tuple(p for p in self.now.providers if p.state == RUNNING)

    @property
    def serving(self) -> frozenset[str]:
        """Codes of the providers that answer what families ask, now or once they are back."""
        left = (LEAVING, ENDING_TRIAL)
        return frozenset(p.code for p in self.now.providers if p.state not in left)

    def _refresh(self) -> None:
        """
        Take the file if it is another one.

        A file that is away or broken changes nothing: a service goes on with the rights it knew,
        and the broker holds the wall meanwhile.
        """
        self._looked_at = self._clock()
        try:
            if _mark(os.stat(self._path)) != self._held[0]:
                self._held = _load(self._path)
            self.stale = False
        except (OSError, ValueError, LookupError, TypeError):
            self.stale = True


def parse(register: Mapping[str, Any]) -> Snapshot:
    """Read the parsed JSON; a key that this release does not know is left aside."""
    return Snapshot(
        town=_row(Town, register["town"]),
        communes=tuple(_commune(row) for row in register["communes"]),
        principals=tuple(_row(Principal, row) for row in register["principals"]),
        calls=tuple(_row(Call, row) for row in register["calls"]),
        deliveries=tuple(_row(Delivery, row) for row in register["events"]),
        entitlements=tuple(_row(Entitlement, row) for row in register["entitlements"]),
        providers=tuple(_provider(row) for row in register["providers"]),
        sections=tuple(_row(Section, row) for row in register["sections"]),
        treatments=tuple(register["treatments"]),
        completeness=tuple(_row(Needs, row) for row in register.get("completeness", ())),
        front_desk=_front_desk(register.get("front_desk")),
        conversations=_row(Conversations, register.get("conversations", {})),
        former=tuple(_provider(row) for row in register.get("former", ())),
        announced=tuple(_announced(row) for row in register.get("announced", ())),
    )


def _load(path: Path) -> tuple[tuple[int, int, int], Snapshot]:
    with path.open(encoding="utf-8") as file:
        return _mark(os.fstat(file.fileno())), parse(json.load(file))


def _mark(stat: os.stat_result) -> tuple[int, int, int]:
    return stat.st_mtime_ns, stat.st_ino, stat.st_size


def _row(kind: type[Row], row: Mapping[str, Any], **made: Any) -> Row:
    known = {f.name: row[f.name] for f in fields(kind) if f.name in row and f.name not in made}
    return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in known.items()}, **made)


def _gather(pairs: Iterable[tuple[Key, Value]]) -> Mapping[Key, frozenset[Value]]:
    gathered: defaultdict[Key, set[Value]] = defaultdict(set)
    for key, value in pairs:
        gathered[key].add(value)
    return {key: frozenset(values) for key, values in gathered.items()}


def _commune(row: Mapping[str, Any]) -> Commune:
    until = row["member_to"]
    return Commune(
        row["insee"],
        row["name"],
        date.fromisoformat(row["member_from"]),
        date.fromisoformat(until) if until else None,
    )


def _front_desk(row: Mapping[str, Any] | None) -> FrontDesk | None:
    if row is None:
        return None
    return _row(
        FrontDesk,
        row,
        roles=tuple(_row(Role, each) for each in row["roles"]),
        administrator=_row(Administrator, row["administrator"]),
    )


def _announced(row: Mapping[str, Any]) -> Announced:
    return _row(Announced, row, valid_from=date.fromisoformat(row["valid_from"]))


def _provider(row: Mapping[str, Any]) -> Provider:
    return _row(
        Provider,
        row,
        activities=tuple(_row(Activity, each) for each in row["activities"]),
        roles=tuple(_row(Role, each) for each in row["roles"]),
        administrator=_row(Administrator, row["administrator"]),
        regies=tuple(_regie(each) for each in row.get("regies", ())),
    )


def _regie(row: Mapping[str, Any]) -> Regie:
    finance = row.get("finance")
    return _row(Regie, row, finance=_row(Finance, finance) if finance else None)
