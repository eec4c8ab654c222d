"""
Takes in, links or lets wait a family of another software, once it was considered.

It is written like any household that arrives (`registrations/commands/household.py`). What has to
be known to take it back is noted here.
"""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import delete, select

from services.dossier.family_imports.queries.importing import consider
from services.dossier.family_imports.queries.references import ids_of, references_of
from services.dossier.family_imports.rules import Considered, Known
from services.dossier.keys import DIGESTS, signing_key
from services.dossier.models import ArrivalDoubt, Arrived, Link
from services.dossier.models.family_imports import CHILD, GUARDIAN, HOUSEHOLD, LINK
from services.dossier.read_log.commands.log import Access, append_read
from services.dossier.registrations.commands.household import import_household
from services.dossier.registrations.rules.household import ArrivingHousehold
from services.dossier.sharing.rules.policy import Reach
from shared.contracts.dossier.dossier import ImportedChild, ImportedHousehold
from shared.contracts.dossier.family_imports import (
    CHANGED,
    LINKED,
    NEW,
    REFUSED,
    WAITING,
    WRONG,
)
from shared.contracts.errors import BadRequest
from shared.contracts.values import ARRIVAL
from shared.database import Write
from shared.dates.instant import When
from shared.register.declarations import OPS

NAMES = "names"


def bring(
    write: Write,
    reach: Reach,
    batch: str,
    row: ImportedHousehold,
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


def log_names(write: Write, child_ids: Collection[str], when: When) -> None:
    """Leave a line, once, for children whom operations learned to exist by a doubt (rule R13)."""
    for child_id in sorted(child_ids):
        append_read(write, OPS, _line(f"{ARRIVAL}:{child_id}", child_id, NAMES, when), when)


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
    row: ImportedHousehold,
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
    write: Write, row: ImportedHousehold, known: Known
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
    write: Write, row: ImportedHousehold, standing: Mapping[str, Mapping[str, str]]
) -> ArrivingHousehold:
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

    def child(each: ImportedChild) -> dict[str, Any]:
        linked = name(CHILD, each["reference"]) != each["reference"]
        kept: dict[str, Any] = {"sections": {}, "weeks": None, "course": []} if linked else {}
        return {
            **each,
            "reference": name(CHILD, each["reference"]),
            "guardians": [name(GUARDIAN, one) for one in each["guardians"]],
            **kept,
        }

    linked = name(HOUSEHOLD, row["reference"]) != row["reference"]
    return ArrivingHousehold(
        reference=name(HOUSEHOLD, row["reference"]),
        guardians=[
            {**each, "reference": name(GUARDIAN, each["reference"])} for each in row["guardians"]
        ],
        address=None if linked else row["address"],
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
