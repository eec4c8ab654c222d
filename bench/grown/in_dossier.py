"""Dossier rows of a grown town: families, their sections, cases that wait at the front desk."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from itertools import cycle
from typing import Any

from sqlalchemy import insert, select, update

from bench.grown.laying import AT_ONCE, lay
from bench.grown.people import Home
from bench.grown.sent_projections import PROVIDERS, Sent, providers_of, sent_of_homes
from services.dossier.data_protection.person_requests.queries import requests as keeping
from services.dossier.digest_and_chain_keys import DIGESTS, READS, ensure_own_key
from services.dossier.households.commands.households_for_billing import DIGESTED_AS as HOUSEHOLD
from services.dossier.households.queries import addresses
from services.dossier.households.queries.households_for_billing import homes_for_billing
from services.dossier.models import (
    ChainHead,
    Child,
    ChildHousehold,
    ChildNameWord,
    Guardian,
    GuardianCard,
    GuardianNameWord,
    Guardianship,
    Household,
    HouseholdAddress,
    HouseholdGuardian,
    HouseholdVersion,
    Link,
    PersonRequest,
    Projection,
    ProtectedHousehold,
    ReadLog,
    Registration,
    RegistrationEmail,
    Section,
    SectionHistory,
)
from services.dossier.read_log.queries import log_chain_check as read_log
from services.dossier.read_log.rules.chain import Head, make_signed_line
from services.dossier.registrations.queries import registration_by_reference
from services.dossier.sections.queries import sealed_place_of_section as _place
from services.dossier.sections.rules.digests import content_digest
from services.dossier.sharing.guardian_cards.commands import DIGESTED_AS as CARD
from services.dossier.sharing.guardian_cards.queries import cards_by_guardian
from services.dossier.sharing.queries.current_access_policy import current_policy
from services.dossier.store import store, vault
from shared.database.chunks import chunks
from shared.database.words.word_index import words_of_names
from shared.dates.clock import now, today
from shared.runtime.ids import new_id

PROTECTED_OF, CUSTODY_OF, RULED_OF = 100, 20, 100
"""One household of so many is protected, has custody told of, has a ruling that waits."""
MODELS = 100
"""Children, come by the bus, whose sections the others have in turn."""
DRAFTS, REQUESTS, READS_KEPT = 400, 300, 60_000
PUBLISHED = {"version": 1, "digest": "0" * 64}
"""Version and digest of a published card or household, until its contents have their digest."""

Rows = list[dict[str, Any]]
Arrive = Callable[[Sequence[Sent]], None]
"""Stores what the dossier sent where it arrives."""


def fill(homes: Sequence[Home], agent: str, arrive: Arrive) -> None:
    """Let these households be known, with what waits for somebody at the front desk."""
    settle(homes, agent, arrive)
    let_wait(homes, agent)
    _read(homes, agent)


def settle(
    homes: Sequence[Home],
    agent: str,
    arrive: Arrive = lambda _: None,
    among: Sequence[str] = PROVIDERS,
) -> None:
    """
    Let these households be known, and all of them told to providers, portal and billing.

    What a provider has `arrives` first: a running dossier sends what it finds linked and not sent.
    """
    for some in chunks(homes, AT_ONCE):  # of a guardianship its transaction holds a lock
        _known(some)
    _told(homes, agent)
    rows: Rows = []
    for sent in sent_of_homes(homes, among):
        arrive(sent)
        rows += [each.row(now()) for each in sent]
    _write((Link, _links(homes, among)), (Projection, rows))
    _digest_as_published(homes)


def _write(*kinds: tuple[Any, Rows]) -> None:
    with store.write() as write:
        lay(write, *kinds)


def _known(homes: Sequence[Home]) -> None:
    at = now() - timedelta(days=1)
    seen = {"created_at": at, "domicile_checked_on": today()}
    children = [(home, child) for home in homes for child in home.children]
    adults = [(home, *adult) for home in homes for adult in home.adults]
    _write(
        (Household, [{"id": one.id, "reference": one.id, **seen} for one in homes]),
        (Guardian, [{"id": who, "reference": who, "name": name} for _, who, name in adults]),
        (HouseholdGuardian, [_pair(home, guardian_id=who) for home, who, _ in adults]),
        (
            Child,
            [{**vars(child), "reference": child.id, "created_at": at} for _, child in children],
        ),
        (ChildHousehold, [_pair(home, child_id=child.id) for home, child in children]),
        (
            ChildNameWord,
            [
                {"word": word, "child_id": child.id, "noted_at": at}
                for _, child in children
                for word in set(words_of_names(child.first_name, child.last_name))
            ],
        ),
        (
            GuardianNameWord,
            [
                {"word": word, "guardian_id": who, "noted_at": at}
                for _, who, name in adults
                for word in set(words_of_names(name))
            ],
        ),
        (Guardianship, _guardianships(homes)),
        (HouseholdVersion, [_pair(home, **PUBLISHED) for home in homes]),
        (GuardianCard, [{"guardian_id": who, **PUBLISHED} for _, who, _ in adults]),
    )


def _pair(home: Home, **other: object) -> dict[str, Any]:
    return {"household_id": home.id, **other}


def _guardianships(homes: Sequence[Home]) -> Rows:
    return [
        {
            "id": new_id(),
            "child_id": child.id,
            "guardian_id": who,
            "authority": True,
            "valid_from": child.birth_date,
            "link_checked_on": today(),
        }
        for home in homes
        for child in home.children
        for who, _ in home.adults
    ]


def _links(homes: Sequence[Home], among: Sequence[str]) -> Rows:
    said = {"version": 1, "origin": "imported", "opened_at": now()}
    return [
        {"id": new_id(), "child_id": child.id, "provider": provider, **said}
        for home in homes
        for child in home.children
        for provider in providers_of(home, among)
    ]


def _told(homes: Sequence[Home], agent: str) -> None:
    told = [home for home in homes if not home.place % CUSTODY_OF]
    children = [child.id for home in homes for child in home.children]
    vault.prepare_keys([home.id for home in homes])
    vault.prepare_keys(children)
    protected = [home for home in homes if not home.place % PROTECTED_OF]
    paper = {"paper": "ordonnance de protection", "paper_date": today(), "recorded_by": agent}
    sections = [_identity(child.id) for home in homes for child in home.children]
    sections += [_custody(home, child.id, agent) for home in told for child in home.children]
    _write(
        (Section, [row for row in sections if row["section"] == "identity"]),
        (Section, [row for row in sections if row["section"] != "identity"]),
        (HouseholdAddress, [_address(home) for home in homes]),
        (ProtectedHousehold, [_pair(home, since=now(), **paper) for home in protected]),
    )
    models = cycle(_models())
    entered = [_entered(child_id, *one) for child_id in children for one in next(models)]
    _write((Section, entered), (SectionHistory, [_version(row) for row in entered]))


def _models() -> list[list[tuple[str, Any]]]:
    """Return the sections, besides identity and rulings, of children that came by the bus."""
    came = select(Section.child_id).where(Section.section == "contacts").limit(MODELS)
    told = Section.content.is_not(None), Section.section != "custody"
    models = defaultdict(list)
    with store.read() as read:
        for row in read.scalars(select(Section).where(Section.child_id.in_(came), *told)):
            content = vault.open(row.child_id, _place(row.section, row.version), row.content)
            models[row.child_id].append((row.section, content))
    return list(models.values())


def _entered(child_id: str, section: str, content: Any) -> dict[str, Any]:
    sealed = vault.seal(child_id, _place(section, 1), content)
    return {**_identity(child_id), "section": section, "content": sealed}


def _version(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "household_id": None}


def _identity(child_id: str) -> dict[str, Any]:
    said = {"version": 1, "changed_at": now(), "changed_by": "import"}
    return {"child_id": child_id, "section": "identity", **said}


def _custody(home: Home, child_id: str, agent: str) -> dict[str, Any]:
    days = {"valid_from": today().isoformat(), "valid_to": None, "paper_date": today().isoformat()}
    ruling = {"name": "Une personne", "paper_kind": "jugement", "recorded_by": agent, **days}
    barred = [] if home.place % RULED_OF else [ruling]
    sealed = vault.seal(child_id, _place("custody", 1), {"barred": barred})
    return {**_identity(child_id), "section": "custody", "content": sealed}


def _address(home: Home) -> dict[str, Any]:
    since = today() - timedelta(days=900)
    where = {"street": "12 rue des Lilas", "postcode": "28901", "commune": "Démonstration"}
    return {
        "household_id": home.id,
        "valid_from": since,
        "insee": "28901",
        "version": 1,
        "content": vault.seal(home.id, addresses.sealed_place_of_address(since, 1), where),
        "changed_at": now(),
        "changed_by": "import",
    }


def _digest_as_published(homes: Sequence[Home]) -> None:
    """Let cards and households have their contents' digests: else a write tells of them again."""
    for some in chunks(homes):
        adults = [who for home in some for who, _ in home.adults]
        with store.write() as write:
            key = ensure_own_key(write, DIGESTS)
            cards = cards_by_guardian(write, adults, current_policy().principals, today())
            households = homes_for_billing(write, [home.id for home in some], today())
            for table, name, kind, contents in (
                (GuardianCard, "guardian_id", CARD, cards),
                (HouseholdVersion, "household_id", HOUSEHOLD, households),
            ):
                write.execute(
                    update(table),
                    [
                        {name: each, "digest": content_digest(key, each, kind, contents[each])}
                        for each in contents
                    ],
                )


def let_wait(homes: Sequence[Home], agent: str) -> None:
    """Let registrations and requests of persons wait at the front desk."""
    drafts, requests = [new_id() for _ in range(DRAFTS)], [new_id() for _ in range(REQUESTS)]
    vault.prepare_keys([*drafts, *requests])
    _write(
        (Registration, [_draft(each, number) for number, each in enumerate(drafts)]),
        (RegistrationEmail, [{"registration_id": each} for each in drafts]),
        (
            PersonRequest,
            [_request(each, homes[at % len(homes)], agent) for at, each in enumerate(requests)],
        ),
    )


def _draft(draft_id: str, number: int) -> dict[str, Any]:
    guardian = {"first_name": "Marie-Hélène", "last_name": "de La Rochefoucauld", "email": ""}
    child = {"first_name": "Jean-Baptiste", "last_name": "Le Guen", "birth_date": "2020-03-02"}
    content = {"guardian": guardian, "children": {"children": [child] * 3}}
    return {
        "id": draft_id,
        "reference": f"GROWN{number:05}",
        "key_digest": "0" * 64,
        "way": "letter",
        "contact_digest": "0" * 64,
        "state": "sent",
        "version": 1,
        "content": vault.seal(
            draft_id, registration_by_reference.sealed_place_of_registration(1), content
        ),
        "opened_at": now(),
        "sent_at": now(),
        "forget_on": today() + timedelta(days=60),
    }


def _request(request_id: str, home: Home, agent: str) -> dict[str, Any]:
    content = {"name": home.adults[0][1], "about": "", "contact": "", "text": "Mes données."}
    return {
        "id": request_id,
        "kind": "access",
        "provider": "",
        "recorded_by": agent,
        "way": "letter",
        "proof": "asked",
        "received_on": today(),
        "due_on": today() + timedelta(days=30),
        "state": "received",
        "content": vault.seal(request_id, keeping.CONTENT, content),
    }


def _read(homes: Iterable[Home], agent: str) -> None:
    """Append a year of lines to the read log, each signed."""
    children = [child.id for home in homes for child in home.children]
    said = {"provider": "ens", "role": "kitchen", "projection": "allergies", "purpose": "meal"}
    with store.write() as write:
        key = ensure_own_key(write, READS)
        head = read_log.last_line_of_log(write)
        rows = []
        for number in range(READS_KEPT):
            row: dict[str, Any] = {
                "kind": "read",
                "message_id": f"grown:{new_id()}",
                "recorded_at": now(),
                "at": now() - timedelta(minutes=number),
                "child_id": children[number % len(children)],
                "subject": agent,
                "unusual": False,
                **said,
            }
            line = make_signed_line(key, head, read_log.signed_body(row))
            rows.append(row | {"sequence": line.sequence, "previous": head.mac, "mac": line.mac})
            head = Head(line.sequence, line.mac)
        for start in range(0, len(rows), AT_ONCE):
            write.execute(insert(ReadLog), rows[start : start + AT_ONCE])
        known = write.execute(
            update(ChainHead)
            .where(ChainHead.name == READS)
            .values(sequence=head.sequence, mac=head.mac)
        )
        assert known.rowcount == 1  # type: ignore[attr-defined]
