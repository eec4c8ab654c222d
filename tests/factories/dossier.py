"""Households, what they tell, and a provider's replica, for tests of the dossier."""

import itertools
import json
import os
import random
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sqlalchemy import delete, select

from services.dossier.service import DossierService
from services.dossier.store import store, vault
from shared.contracts.dossier import guardians as contracts
from shared.contracts.dossier.families import imported_households
from shared.contracts.dossier.sharing import inventory_comparison, projections
from shared.contracts.enrolment.sharing import replica_events as enrolment
from shared.contracts.every_service.bucket_sums import digests_by_bucket, sum_rows
from shared.contracts.identity import accounts
from shared.contracts.message import Caller, Event, Method, Person
from shared.database.tables.kit_tables import kit_table
from shared.dates.clock import now, today
from shared.register import Register, parse_register
from shared.runtime.ids import new_id
from tests.factories.register import demo_rows
from tests.factories.travelling import answered, handled

_numbers = itertools.count(1)

ENS = frozenset(
    (
        *("care_core", "pickup", "schooling", "diet", "allergies"),
        *("insurance", "consents", "family"),
    )
)
AGG = frozenset(("care_core", "insurance_date", "consents", "family"))
"""Projections that the two providers of the demo town receive of every child that they have."""


def register(path: Path, states: Mapping[str, str] | None = None, **changes: Any) -> Register:
    """
    Return the register of the demo town; `states` are those of providers that do not simply run.

    `less` and `more` are (provider, projection) pairs taken from or added to the entitlements,
    `on_request` those that a provider takes where a guardian has it sent, `on_occasion` those that
    it receives where a session has food; `diets` is the town's list of them.
    """
    rows = demo_rows((), states)
    taken = set(changes.get("less", ()))
    rows["entitlements"] = [
        row for row in rows["entitlements"] if (row["provider"], row["projection"]) not in taken
    ]
    for provider, projection in changes.get("more", ()):
        rows["entitlements"].append(_entitlement(provider, projection))
    if "diets" in changes:
        rows["diets"] = changes["diets"]
    for flag in ("on_request", "on_occasion"):
        for provider, projection in changes.get(flag, ()):
            rows["entitlements"].append(_entitlement(provider, projection) | {flag: True})
    parse_register(rows)
    path.write_text(json.dumps(rows))
    return Register(path, every=0.0)


def _entitlement(provider: str, projection: str) -> dict[str, Any]:
    reasons = dict.fromkeys(("purpose", "legal_basis", "reason"), "test")
    return {
        "provider": provider,
        "principal": f"enrolment_{provider}",
        "projection": projection,
        **reasons,
    }


def guardian(name: str = "Claire Lefèvre", **more: Any) -> dict[str, Any]:
    return {"reference": f"R{next(_numbers)}", "name": name, "email": "", **more}


def child(guardians: Sequence[Mapping[str, Any]], **more: Any) -> dict[str, Any]:
    """Return a child as it is imported; `sections` are added to its identity."""
    sections = {"identity": identity(), **more.pop("sections", {})}
    references = [each["reference"] for each in guardians]
    return {
        "reference": f"E{next(_numbers)}",
        "guardians": references,
        "sections": sections,
        "links": ["ens", "agg"],
        **more,
    }


def household(
    *children: Mapping[str, Any], guardians: Sequence[Any], **more: Any
) -> dict[str, Any]:
    return {
        "reference": f"F{next(_numbers)}",
        "guardians": list(guardians),
        "children": list(children),
        **more,
    }


def paper() -> dict[str, Any]:
    """Return a paper that an agent of the front desk has seen."""
    return {"paper": "jugement", "paper_date": date(2026, 9, 1)}


def address(valid_from: str = "2026-09-01", **more: Any) -> dict[str, Any]:
    """Return an address as it is imported; the demo town lists the commune."""
    usual = {"street": "12 rue des Lilas", "postcode": "28000", "insee": "28901"}
    day = date.fromisoformat(valid_from)
    return {**usual, "commune": "Ville de Démonstration", "valid_from": day, **more}


def identity(
    first_name: str = "Manon", last_name: str = "Lefèvre", birth_date: str = "2019-03-02"
) -> dict[str, Any]:
    return {"first_name": first_name, "last_name": last_name, "birth_date": birth_date}


def diet(menu: str = "no_pork", *without: str) -> dict[str, Any]:
    return {"menu": menu, "without": list(without)}


def health(*substances: str, **more: Any) -> dict[str, Any]:
    allergies = [{"substance": one, "severity": "severe", "reaction": ""} for one in substances]
    return {"allergies": allergies, **more}


def care_plan(conduct: str = "stylo puis appeler le 15") -> dict[str, Any]:
    return {
        "signs": "gêne pour respirer",
        "conduct": conduct,
        "kit": "trousse rouge",
        "valid_until": "2099-07-05",
    }


def contacts(*names: str) -> dict[str, Any]:
    people = [{"name": name, "relation": "proche", "phone": "06 39 98 00 01"} for name in names]
    return {"people": people}


def ruling(name: str, start: str, end: str | None = None) -> dict[str, Any]:
    paper = {"paper_kind": "ordonnance du juge", "paper_date": "2026-01-05"}
    return {"barred": [{"name": name, **paper, "valid_from": start, "valid_to": end}]}


@contextmanager
def opened(database: Any, register_file: Path, known: Register | None = None) -> Iterator["Town"]:
    """Give the dossier of the demo town, or of one whose register is `known`, on a database."""
    database.migrated("dossier")
    store.connect(database.url, known or register(register_file))
    vault.connect(database.keys_url, os.urandom(32))
    yield Town(DossierService())
    store.close()


@dataclass
class Replica:
    """
    A pure model of the guarded upsert: what a provider should hold.

    Order, repetition and gaps do no harm: only a greater version replaces what is stored.
    """

    held: dict[tuple[str, str], tuple[int, Any]] = field(default_factory=dict)

    def take(self, sent: "Sent") -> None:
        place = (sent.child_id, sent.projection)
        if self.held.get(place, (0, None))[0] < sent.version:
            self.held[place] = (sent.version, sent.content)

    @property
    def versions(self) -> dict[tuple[str, str], int]:
        return {place: version for place, (version, _) in self.held.items()}

    @property
    def entries(self) -> list[tuple[str, str, int]]:
        return [(*place, version) for place, (version, _) in self.held.items()]


ITEM = ("child_id", "version", "content", "erase_after")


@dataclass(frozen=True)
class Sent:
    """One item of the dossier's stream, as it stands in the outbox."""

    provider: str
    projection: str
    child_id: str
    version: int
    content: Any
    erase_after: Any


@dataclass(frozen=True)
class Town:
    """The dossier on a database, asked as the kit asks it: contracts, rights, transactions."""

    service: DossierService

    def ask(
        self,
        method: Method,
        *,
        caller: str = "portal",
        subject: str = "",
        of_kind: str = "family",
        actor: str = "",
        **payload: Any,
    ) -> Any:
        """Return the answer to a request, as it travels; raises what the service refuses."""
        person = Person(subject, caller, of_kind, actor) if subject else None
        asking = Caller(caller, person, new_id())
        return answered(self.service, method, asking, PermissionError, **payload)

    def hear(self, event: Event, *, source: str, message_id: str = "", **payload: Any) -> None:
        """Let the service hear a fact, in one transaction with its inbox row."""
        handled(self.service, event, source, message_id, **payload)

    def arrives(self, payload: Mapping[str, Any]) -> SimpleNamespace:
        """Import a household; return the ids of its guardians and children by reference."""
        return self.ask(imported_households.import_household, caller="ops", **payload)

    def tells(self, subject: str, child_id: str, section: str, content: Any, base: int = 0) -> Any:
        return self.ask(
            contracts.write_section,
            subject=subject,
            child_id=child_id,
            section=section,
            base_version=base,
            content=content,
        )

    def has_account(
        self,
        guardian_id: str,
        name: str,
        *,
        used: bool,
        since: datetime | None = None,
        version: int = 1,
    ) -> None:
        """Let identity tell of a guardian's account: invited then, and used or not."""
        self.hear(
            accounts.subject_changed,
            source="identity",
            subject=guardian_id,
            kind="family",
            name=name,
            version=version,
            not_before=since or now(),
            active=used,
            rights=[],
        )

    def has_desk_agent(self, *roles: str) -> str:
        """Let identity tell of an agent with these roles at the front desk; return the subject."""
        subject = new_id()
        rights = [{"role": role, "valid_from": today(), "valid_to": None} for role in roles]
        self.hear(
            accounts.subject_changed,
            source="identity",
            subject=subject,
            kind="agent",
            name="Guichet unique",
            version=1,
            not_before=now(),
            active=True,
            rights=rights,
        )
        return subject

    def at_desk(self, method: Method, *, subject: str = "", **payload: Any) -> Any:
        """Let an agent of the front desk ask; without a name, one who may protect."""
        agent = subject or self.has_desk_agent("desk_lead")
        return self.ask(method, caller="front_desk", subject=agent, of_kind="agent", **payload)

    def inventory(self, provider: str) -> tuple[dict[str, str], list[tuple[str, str, int]]]:
        """Return the digests and all entries, page by page, as a provider asks for them."""
        caller = f"enrolment_{provider}"
        answer = self.ask(projections.inventory_digests, caller=caller)
        digests = {row["bucket"]: row["digest"] for row in answer.buckets}
        entries: list[tuple[str, str, int]] = []
        place, first = "", True
        while digests and (first or place):
            page = self.ask(
                projections.inventory, caller=caller, buckets=list(digests), after=place
            )
            entries += map(inventory_comparison.parse_entry, page.lines.splitlines())
            place, first = page.next, False
        return digests, entries

    def rows(self, provider: str, wanted: Sequence[tuple[str, str]]) -> list[Sent]:
        """Return the rows that are there of these, as a provider reads them."""
        found: list[Sent] = []
        while wanted:
            answer = self.ask(
                projections.inventory_rows,
                caller=f"enrolment_{provider}",
                wanted=projections.children_by_projection(wanted[: projections.ROWS_AT_ONCE]),
            )
            wanted = wanted[answer.looked_at :]
            found += [
                Sent(provider, rows["projection"], child_id, version, content, erase_after)
                for rows in answer.sent
                for child_id, version, content, erase_after in (
                    *((*item, None) for item in rows["items"]),
                    *((child_id, version, None, end) for child_id, version, end in rows["ended"]),
                )
            ]
        return found

    def held(self, provider: str, sent: Sent, seen_by: str = "", **more: Any) -> None:
        """Let the provider say that it holds what was sent, and where named, that a role saw it."""
        moment = now()
        item = {
            "child_id": sent.child_id,
            "received_version": sent.version,
            "received_at": moment,
            "seen_version": sent.version if seen_by else 0,
            "seen_at": moment if seen_by else None,
            "seen_by": seen_by,
        }
        self.hear(
            enrolment.projection_held,
            source=f"enrolment_{provider}",
            projection=sent.projection,
            items=[item | more],
        )

    def erased(self, sent: Sent, message_id: str = "") -> None:
        """Let the provider answer a tombstone with its receipt."""
        self.hear(
            enrolment.projection_erased,
            source=f"enrolment_{sent.provider}",
            message_id=message_id,
            child_id=sent.child_id,
            projection=sent.projection,
            version=sent.version,
            erased_at=now(),
        )

    def read(self, child_id: str, provider: str = "ens", **more: Any) -> None:
        """Let an agent read a projection at a desk."""
        usual = {
            "projection": "allergies",
            "subject": new_id(),
            "role": "kitchen",
            "purpose": "service",
            "at": now(),
            "unusual": False,
        }
        message_id = more.pop("message_id", "")
        self.hear(
            enrolment.projection_read,
            source=f"enrolment_{provider}",
            message_id=message_id,
            child_id=child_id,
            **usual | more,
        )

    def list_left(self, child_ids: list[str], provider: str = "ens", **more: Any) -> None:
        """Let a list of children leave a desk as a file."""
        usual = {
            "part": "care_core",
            "subject": new_id(),
            "role": "kitchen",
            "at": now(),
            "unusual": False,
        }
        message_id = more.pop("message_id", "")
        self.hear(
            enrolment.list_taken,
            source=f"enrolment_{provider}",
            message_id=message_id,
            child_ids=child_ids,
            **usual | more,
        )

    def outbox(self) -> list[Any]:
        """Return the rows that wait to leave, oldest first."""
        table = kit_table(store.metadata, "outbox")
        with store.read() as read:
            return list(
                read.execute(select(table).order_by(table.c.published_at, table.c.id)).all()
            )

    def sent(self) -> list[Sent]:
        """Return what was sent, oldest first, and take it out of the outbox as the relay does."""
        return [sent for row in self.taken(projections.projection) for sent in _items(row)]

    def cards(self) -> list[SimpleNamespace]:
        """Return the cards that the portal was told, oldest first, and take them out too."""
        event = contracts.guardian_card
        return [event.load(json.loads(row.body)) for row in self.taken(event)]

    def homes(self) -> list[SimpleNamespace]:
        """Return the households that billing was told, oldest first, and take them out too."""
        event = contracts.household_changed
        return [event.load(json.loads(row.body)) for row in self.taken(event)]

    def taken(self, event: Event) -> list[Any]:
        """Return the outbox rows of an event, oldest first, and take them out."""
        rows = [row for row in self.outbox() if row.type == event.full_name]
        table = kit_table(store.metadata, "outbox")
        with store.write() as write:
            write.execute(delete(table).where(table.c.id.in_([row.id for row in rows])))
        return rows


def resync(town: Town, provider: str, replica: Replica) -> int:
    """
    Let the provider read what it lacks, and have the rest sent; return how much it lacked.

    As its service does: what it holds at a version that was never sent cannot be read.
    """
    digests, entries = town.inventory(provider)
    if digests == digests_by_bucket(sum_rows(replica.entries)):
        return 0
    left = inventory_comparison.differing_entries(replica.versions, entries)
    lacking, present = len(left), {entry[:2]: entry[2] for entry in entries}
    for row in town.rows(provider, [key for key, held in left.items() if held < present[key]]):
        replica.take(row)
        del left[row.child_id, row.projection]
    if left:
        wanted = [(*key, held) for key, held in left.items()]
        town.ask(projections.resend, caller=f"enrolment_{provider}", wanted=wanted)
    return lacking


def delivered(sent: Sequence[Sent], chance: random.Random) -> Replica:
    """Return what a provider holds after every message three times, shuffled, a few lost."""
    messages = [each for each in sent if chance.random() > 0.1] * 3
    chance.shuffle(messages)
    replica = Replica()
    for each in messages:
        replica.take(each)
    return replica


def versions_grow(sent: Sequence[Sent]) -> None:
    """Assert that a version goes up with every change and, sent again, says the same."""
    last: dict[tuple[str, str], Sent] = {}
    for each in sent:
        before = last.get((each.child_id, each.projection))
        if before is not None:
            assert each.version >= before.version
            if each.version == before.version:
                assert each.content == before.content
        last[each.child_id, each.projection] = each


def of(sent: Iterable[Sent], provider: str) -> dict[str, Sent]:
    """Return the last item of each projection that went to one provider."""
    return {each.projection: each for each in sent if each.provider == provider}


def _items(row: Any) -> Iterable[Sent]:
    _, principal, topic = row.key.split(".")
    event = projections.projection.load(json.loads(row.body))
    assert event.projection == topic
    for item in event.items:
        yield Sent(
            principal.removeprefix("enrolment_"),
            event.projection,
            item["child_id"],
            item["version"],
            item["content"],
            item["erase_after"],
        )


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Return what each act gave or raised, all of them started together."""
    outcomes: list[Any] = []
    ready = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> None:
        ready.wait()
        try:
            outcomes.append(act())
        except Exception as error:
            outcomes.append(error)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
