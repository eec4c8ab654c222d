"""
A family of another software on its way in: considered, then taken in, linked, or left to wait.

What writes is the same as for any household that arrives (`registrations/commands/household.py`).
Here stands whom it is, and what has to be known to take it back.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.dossier.family_imports.queries.candidates import look
from services.dossier.family_imports.queries.numbers import disputed
from services.dossier.family_imports.queries.references import ids_of, references_of
from services.dossier.family_imports.rules import Doubt, Known
from services.dossier.keys import DIGESTS, own_key, signing_key
from services.dossier.models import ArrivalDoubt, Arrived, Child, Link
from services.dossier.models.family_imports import CHILD, GUARDIAN, HOUSEHOLD, LINK
from services.dossier.read_log.commands.log import Access, append_read
from services.dossier.registrations.commands.household import checked, import_household
from services.dossier.sections.queries import IDENTITY
from services.dossier.sections.rules.digests import content_digest
from services.dossier.sections.rules.projections import Content
from services.dossier.sharing.rules.policy import Reach, refuse_unknown
from shared.contracts.dossier.dossier import ProviderUnknown
from shared.contracts.dossier.family_imports import (
    CHANGED,
    ERASED,
    LINKED,
    NEW,
    OTHER_BATCH,
    REFUSED,
    SAME,
    TAKEN,
    WAITING,
    WRONG,
)
from shared.contracts.errors import BadRequest
from shared.contracts.formats import ARRIVAL
from shared.database import Write
from shared.dates.instant import When
from shared.register.declarations import OPS

NAMES = "names"


@dataclass(frozen=True)
class Considered:
    """What a family's row comes to; `known` whom it stands for, where nothing is in the way."""

    reference: str
    outcome: str
    why: str = ""
    errors: Mapping[str, Any] = field(default_factory=dict)
    doubts: tuple[Doubt, ...] = ()
    known: Known = field(default_factory=Known)
    digest: str = ""


def consider(
    session: Session, reach: Reach, batch: str, row: Mapping[str, Any], when: When
) -> Considered:
    """Return what would become of a family; nothing is written."""
    family = SimpleNamespace(**row, trial_of=None)
    try:
        contents = checked(family)
        refuse_unknown(reach, [link for child in family.children for link in child["links"]])
        return _considered(session, batch, row, family, contents, when)
    except BadRequest as refusal:
        return Considered(family.reference, REFUSED, WRONG, refusal.detail["errors"])
    except ProviderUnknown as refusal:
        return Considered(family.reference, REFUSED, WRONG, {"links": [refusal.detail["provider"]]})


def bring(
    write: Write,
    reach: Reach,
    batch: str,
    row: Mapping[str, Any],
    *,
    request_id: str,
    when: When,
) -> Considered:
    """Take a family in, or note its doubts; one that is refused leaves nothing behind."""
    signing_key(write, DIGESTS)
    found = consider(write, reach, batch, row, when)
    if found.outcome == WAITING:
        _wait(write, batch, found, when)
    elif found.outcome in (NEW, CHANGED, LINKED):
        try:
            with write.part():
                _take_in(write, reach, batch, row, found, request_id=request_id, when=when)
        except BadRequest as refusal:
            errors = refusal.detail.get("errors", {})
            return Considered(found.reference, REFUSED, WRONG, errors)
    return found


def as_answer(session: Session, found: Considered) -> dict[str, Any]:
    """Return it as the contract has it: references, ids and scores, no name."""
    ids = [doubt.candidate.child_id for doubt in found.doubts]
    references = references_of(session, CHILD, ids)
    return {
        "reference": found.reference,
        "outcome": found.outcome,
        "why": found.why,
        "errors": found.errors,
        "doubts": [
            {
                "child": doubt.child,
                "known": doubt.candidate.child_id,
                "known_reference": references.get(doubt.candidate.child_id, ""),
                "score": doubt.candidate.score,
            }
            for doubt in found.doubts
        ],
    }


def log_names(write: Write, child_ids: Collection[str], when: When) -> None:
    """Leave a line, once, for children whom operations learned to exist by a doubt (rule R13)."""
    for child_id in sorted(child_ids):
        append_read(write, OPS, _line(f"{ARRIVAL}:{child_id}", child_id, NAMES, when), when)


def _considered(
    session: Session,
    batch: str,
    row: Mapping[str, Any],
    family: SimpleNamespace,
    contents: Mapping[str, Mapping[str, Content]],
    when: When,
) -> Considered:
    reference = family.reference
    before = session.get(Arrived, (HOUSEHOLD, reference), populate_existing=True)
    if before is not None and before.batch != batch:
        return Considered(reference, REFUSED, OTHER_BATCH)
    digest = content_digest(own_key(session, DIGESTS) or b"", reference, ARRIVAL, dict(row))
    if before is not None and before.digest == digest:
        return Considered(reference, SAME)
    if _erased(session, contents):
        return Considered(reference, REFUSED, ERASED)
    nameless = [each for each in contents if IDENTITY not in contents[each]]
    if nameless:
        missing = {each: {IDENTITY: ["À remplir."]} for each in nameless}
        raise BadRequest(errors={"children": missing})
    others = disputed(session, family, contents, when)
    if others.errors:
        return Considered(reference, REFUSED, TAKEN, others.errors)
    here = ids_of(session, CHILD, contents)
    fresh = {each: contents[each] for each in contents if each not in here}
    found = look(session, family, fresh, when.day)
    doubts = (*others.doubts, *(() if isinstance(found, Known) else found))
    if not isinstance(found, Known) or doubts:
        return Considered(reference, WAITING, doubts=doubts, digest=digest)
    outcome = CHANGED if ids_of(session, HOUSEHOLD, [reference]) else NEW
    if found.children:
        outcome = LINKED
    return Considered(reference, outcome, known=found, digest=digest)


def _erased(session: Session, references: Collection[str]) -> bool:
    """Say whether one of these children came before and was erased: it does not come again."""
    gone = (
        select(Arrived.id)
        .join(Child, Child.id == Arrived.id)
        .where(
            Arrived.kind == CHILD,
            Arrived.reference.in_(references),
            Child.first_name.is_(None),
        )
    )
    return session.scalar(gone.limit(1)) is not None


def _wait(write: Write, batch: str, found: Considered, when: When) -> None:
    write.execute(delete(ArrivalDoubt).where(ArrivalDoubt.family == found.reference))
    for doubt in found.doubts:
        row = {
            "child": doubt.child,
            "known": doubt.candidate.child_id,
            "batch": batch,
            "family": found.reference,
            "score": doubt.candidate.score,
            "found_at": when.moment,
        }
        write.execute(write.upsert(ArrivalDoubt).values(row).on_conflict_do_nothing())
    log_names(write, {doubt.candidate.child_id for doubt in found.doubts}, when)


def _take_in(
    write: Write,
    reach: Reach,
    batch: str,
    row: Mapping[str, Any],
    found: Considered,
    *,
    request_id: str,
    when: When,
) -> None:
    standing = _standing(write, row, found.known)
    links = _links(write, standing[CHILD].values())
    ids = import_household(write, reach, _as_known(write, row, standing), when)
    came = {
        HOUSEHOLD: {row["reference"]: ids["household_id"]},
        GUARDIAN: _own(standing[GUARDIAN], row["guardians"], ids["guardians"]),
        CHILD: _own(standing[CHILD], row["children"], ids["children"]),
        LINK: {each: each for each in _links(write, ids["children"].values()) if each not in links},
    }
    for kind, some in came.items():
        for reference, one in some.items():
            made = kind == LINK or reference not in standing[kind]
            _note(write, kind, reference, one, batch, row["reference"], found, made, when)
    write.execute(delete(ArrivalDoubt).where(ArrivalDoubt.family == row["reference"]))
    for child_id in sorted(ids["children"].values()):
        line = _line(f"{request_id}:{child_id}", child_id, ARRIVAL, when)
        append_read(write, OPS, line, when)


def _standing(
    write: Write, row: Mapping[str, Any], known: Known
) -> Mapping[str, Mapping[str, str]]:
    """Return whom each reference of the row stood for before it comes, by kind."""
    household = {row["reference"]: known.household} if known.household else {}
    guardians = [each["reference"] for each in row["guardians"]]
    children = [each["reference"] for each in row["children"]]
    return {
        HOUSEHOLD: household | ids_of(write, HOUSEHOLD, [row["reference"]]),
        GUARDIAN: {**known.guardians, **ids_of(write, GUARDIAN, guardians)},
        CHILD: {**known.children, **ids_of(write, CHILD, children)},
    }


def _as_known(
    write: Write, row: Mapping[str, Any], standing: Mapping[str, Mapping[str, str]]
) -> SimpleNamespace:
    """
    Return the row under the references by which those who are known go here.

    Who was linked keeps what it has: no section, no weeks, no address of the row.
    """
    names = {
        kind: {reference: references_of(write, kind, [one])[one] for reference, one in some.items()}
        for kind, some in standing.items()
    }

    def name(kind: str, reference: str) -> str:
        return names[kind].get(reference, reference)

    def child(each: Mapping[str, Any]) -> dict[str, Any]:
        linked = name(CHILD, each["reference"]) != each["reference"]
        kept: dict[str, Any] = {"sections": {}, "weeks": None, "course": []} if linked else {}
        return {
            **each,
            "reference": name(CHILD, each["reference"]),
            "guardians": [name(GUARDIAN, one) for one in each["guardians"]],
            **kept,
        }

    linked = name(HOUSEHOLD, row["reference"]) != row["reference"]
    return SimpleNamespace(
        reference=name(HOUSEHOLD, row["reference"]),
        guardians=[
            {**each, "reference": name(GUARDIAN, each["reference"])} for each in row["guardians"]
        ],
        address=None if linked else row["address"],
        trial_of=None,
        children=[child(each) for each in row["children"]],
    )


def _own(
    standing: Mapping[str, str], rows: Collection[Mapping[str, Any]], ids: Mapping[str, str]
) -> dict[str, str]:
    """Return ids by the row's own references."""
    return {
        each["reference"]: standing.get(each["reference"]) or ids[each["reference"]]
        for each in rows
    }


def _links(write: Write, child_ids: Collection[str]) -> set[str]:
    return set(write.scalars(select(Link.id).where(Link.child_id.in_(child_ids))))


def _note(
    write: Write,
    kind: str,
    reference: str,
    one: str,
    batch: str,
    family: str,
    found: Considered,
    made: bool,
    when: When,
) -> None:
    """Note what a reference stands for; the first arrival of a person stays what took it in."""
    row = {
        "kind": kind,
        "reference": reference,
        "id": one,
        "batch": batch,
        "family": family,
        "made": made,
        "digest": found.digest if kind == HOUSEHOLD else "",
        "arrived_at": when.moment,
    }
    insert = write.upsert(Arrived).values(row)
    if kind == HOUSEHOLD:
        again = {name: row[name] for name in ("digest", "arrived_at")}
        insert = insert.on_conflict_do_update(index_elements=["kind", "reference"], set_=again)
    else:
        insert = insert.on_conflict_do_nothing()
    write.execute(insert)


def _line(message_id: str, child_id: str, part: str, when: When) -> Access:
    return Access(
        message_id=message_id,
        at=when.moment,
        child_id=child_id,
        role=OPS,
        projection=part,
        purpose=ARRIVAL,
        subject=None,
        unusual=False,
    )
