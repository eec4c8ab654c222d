"""
Takes in, links or lets wait a family of another software, once it was considered.

It is written like any household that arrives
(`registrations/commands/household_of_other_software.py`). What has to be known to take it back is
noted here.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Executable, Table, delete, select

from services.dossier.digest_and_chain_keys import DIGESTS, ensure_own_key
from services.dossier.models import ImportDoubt, ImportReference, Link
from services.dossier.models.families.imports import CHILD, GUARDIAN, HOUSEHOLD, LINK
from services.dossier.read_log.commands.log import Access, append_reads
from services.dossier.registrations.commands.household_of_other_software import (
    HouseholdImport,
    publish_imports,
    store_household_unpublished,
)
from services.dossier.registrations.imports.queries.import_preview import preview_family_import
from services.dossier.registrations.imports.queries.references import (
    ids_by_import_reference,
    import_references_of_ids,
)
from services.dossier.registrations.imports.rules.child_matching import Considered, Known
from services.dossier.registrations.rules.incoming_sections import IncomingHousehold
from services.dossier.sharing.rules.access_policy import AccessPolicy
from shared.contracts.dossier.families.imported_households import ImportedChild, ImportedHousehold
from shared.contracts.dossier.families.imports import CHANGED, LINKED, NEW, REFUSED, WAITING, WRONG
from shared.contracts.errors import BadRequest
from shared.contracts.values import ARRIVAL
from shared.database import Write
from shared.database.prebuilt_statements import store_rows
from shared.dates.instant import Instant
from shared.register.declarations import OPS

NAMES = "names"

_references = cast(Table, ImportReference.__table__)


def import_families(
    write: Write,
    policy: AccessPolicy,
    batch: str,
    rows: Sequence[ImportedHousehold],
    *,
    request_id: str,
    when: Instant,
) -> list[Considered]:
    """
    Take families in, or note their doubts; one that is refused leaves nothing behind.

    What all of them changed is published at once: one after another took three times as long.
    """
    ensure_own_key(write, DIGESTS)
    come = [_import_family(write, policy, batch, row, request_id, when) for row in rows]
    imports = [household_import for _, household_import in come if household_import]
    publish_imports(write, policy, imports, when)
    return [considered for considered, _ in come]


def _import_family(
    write: Write,
    policy: AccessPolicy,
    batch: str,
    row: ImportedHousehold,
    request_id: str,
    when: Instant,
) -> tuple[Considered, HouseholdImport | None]:
    considered = preview_family_import(write, policy, batch, row, when)
    if considered.outcome == WAITING:
        _store_doubts(write, batch, considered, when)
    if considered.outcome not in (NEW, CHANGED, LINKED):
        return considered, None
    try:
        with write.savepoint():
            household_import = _take_in_family(
                write, policy, batch, row, considered, request_id=request_id, when=when
            )
    except BadRequest as refusal:
        errors = refusal.detail.get("errors", {})
        return Considered(considered.reference, REFUSED, WRONG, errors), None
    return considered, household_import


def log_learned_children(write: Write, child_ids: Collection[str], when: Instant) -> None:
    """Leave a line, once, for children whom operations learned to exist by a doubt (rule R13)."""
    lines = (
        _make_read_log_line(f"{ARRIVAL}:{child_id}", child_id, NAMES, when)
        for child_id in sorted(child_ids)
    )
    append_reads(write, OPS, lines, when)


def _store_doubts(write: Write, batch: str, considered: Considered, when: Instant) -> None:
    write.execute(delete(ImportDoubt).where(ImportDoubt.family == considered.reference))
    for doubt in considered.doubts:
        row = {
            "child": doubt.child,
            "known": doubt.candidate.child_id,
            "batch": batch,
            "family": considered.reference,
            "score": doubt.candidate.score,
            "found_at": when.moment,
        }
        write.execute(write.upsert_into(ImportDoubt).values(row).on_conflict_do_nothing())
    log_learned_children(write, {doubt.candidate.child_id for doubt in considered.doubts}, when)


def _take_in_family(
    write: Write,
    policy: AccessPolicy,
    batch: str,
    row: ImportedHousehold,
    considered: Considered,
    *,
    request_id: str,
    when: Instant,
) -> HouseholdImport:
    known_ids = _known_ids_by_kind(write, row, considered.known)
    links = _link_ids(write, known_ids[CHILD].values())
    household = _row_under_known_references(write, row, known_ids)
    household_import = store_household_unpublished(write, policy, household, when)
    ids = household_import.ids
    members = {
        HOUSEHOLD: {row["reference"]: ids["household_id"]},
        GUARDIAN: _ids_by_own_reference(known_ids[GUARDIAN], row["guardians"], ids["guardians"]),
        CHILD: _ids_by_own_reference(known_ids[CHILD], row["children"], ids["children"]),
        LINK: {
            entry: entry
            for entry in _link_ids(write, ids["children"].values())
            if entry not in links
        },
    }
    rows = [
        {
            "kind": kind,
            "reference": reference,
            "id": member_id,
            "batch": batch,
            "family": row["reference"],
            "made": kind == LINK or reference not in known_ids[kind],
            "digest": considered.digest if kind == HOUSEHOLD else "",
            "arrived_at": when.moment,
        }
        for kind, ids_by_reference in members.items()
        for reference, member_id in ids_by_reference.items()
    ]
    _note_references(write, rows)
    write.execute(delete(ImportDoubt).where(ImportDoubt.family == row["reference"]))
    lines = (
        _make_read_log_line(f"{request_id}:{child_id}", child_id, ARRIVAL, when)
        for child_id in sorted(ids["children"].values())
    )
    append_reads(write, OPS, lines, when)
    return household_import


def _known_ids_by_kind(
    write: Write, row: ImportedHousehold, known: Known
) -> Mapping[str, Mapping[str, str]]:
    """Return whom each reference of the row stood for before it comes, by kind."""
    household = {row["reference"]: known.household} if known.household else {}
    guardians = [entry["reference"] for entry in row["guardians"]]
    children = [entry["reference"] for entry in row["children"]]
    return {
        HOUSEHOLD: household | ids_by_import_reference(write, HOUSEHOLD, [row["reference"]]),
        GUARDIAN: {**known.guardians, **ids_by_import_reference(write, GUARDIAN, guardians)},
        CHILD: {**known.children, **ids_by_import_reference(write, CHILD, children)},
    }


def _row_under_known_references(
    write: Write, row: ImportedHousehold, known_ids: Mapping[str, Mapping[str, str]]
) -> IncomingHousehold:
    """
    Return the row under the references by which those who are known go here.

    Who was linked keeps what it has: no section, no weeks, no address of the row.
    """
    names = {
        kind: {
            reference: import_references_of_ids(write, kind, [member_id])[member_id]
            for reference, member_id in ids_by_reference.items()
        }
        for kind, ids_by_reference in known_ids.items()
    }

    def reference_known_here(kind: str, reference: str) -> str:
        return names[kind].get(reference, reference)

    def child_entry_known_here(entry: ImportedChild) -> dict[str, object]:
        linked = reference_known_here(CHILD, entry["reference"]) != entry["reference"]
        kept: dict[str, object] = {"sections": {}, "weeks": None, "course": []} if linked else {}
        return {
            **entry,
            "reference": reference_known_here(CHILD, entry["reference"]),
            "guardians": [
                reference_known_here(GUARDIAN, member_id) for member_id in entry["guardians"]
            ],
            **kept,
        }

    linked = reference_known_here(HOUSEHOLD, row["reference"]) != row["reference"]
    return IncomingHousehold(
        reference=reference_known_here(HOUSEHOLD, row["reference"]),
        guardians=[
            {**entry, "reference": reference_known_here(GUARDIAN, entry["reference"])}
            for entry in row["guardians"]
        ],
        address=None if linked else row["address"],
        children=[child_entry_known_here(entry) for entry in row["children"]],
    )


def _ids_by_own_reference(
    known_ids: Mapping[str, str], rows: Collection[Mapping[str, Any]], ids: Mapping[str, str]
) -> dict[str, str]:
    """Return ids by the row's own references."""
    return {
        entry["reference"]: known_ids.get(entry["reference"]) or ids[entry["reference"]]
        for entry in rows
    }


def _link_ids(write: Write, child_ids: Collection[str]) -> set[str]:
    return set(write.scalars(select(Link.id).where(Link.child_id.in_(child_ids))))


def _note_references(write: Write, rows: Sequence[Mapping[str, Any]]) -> None:
    """Note what references stand for; the first arrival of a person stays what took it in."""
    store_rows(write, _make_upsert_of_references, [row for row in rows if row["kind"] == HOUSEHOLD])
    if members := [row for row in rows if row["kind"] != HOUSEHOLD]:
        store_rows(write, _make_insert_of_first_references, members)


def _make_upsert_of_references(write: Write) -> Executable:
    insert = write.upsert_into(_references)
    again = {name: insert.excluded[name] for name in ("digest", "arrived_at")}
    return insert.on_conflict_do_update(index_elements=["kind", "reference"], set_=again)


def _make_insert_of_first_references(write: Write) -> Executable:
    return write.upsert_into(_references).on_conflict_do_nothing()


def _make_read_log_line(message_id: str, child_id: str, part: str, when: Instant) -> Access:
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
