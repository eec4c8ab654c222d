"""A family of another software, considered before anything of it is written."""

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.digest_and_chain_keys import DIGESTS, own_key
from services.dossier.models import Child, ImportReference
from services.dossier.models.families.imports import CHILD, HOUSEHOLD
from services.dossier.registrations.imports.queries.candidates import find_known_children
from services.dossier.registrations.imports.queries.disputed_references import disputed_references
from services.dossier.registrations.imports.queries.references import (
    ids_by_import_reference,
    import_references_of_ids,
)
from services.dossier.registrations.imports.rules.child_matching import Considered, Known
from services.dossier.registrations.rules.incoming_sections import (
    IncomingHousehold,
    check_incoming_sections,
)
from services.dossier.sections.queries import IDENTITY
from services.dossier.sections.rules.digests import content_digest
from services.dossier.sections.rules.projections import Content
from services.dossier.sharing.rules.access_policy import AccessPolicy, refuse_unknown_provider
from shared.contracts.dossier.families.imported_households import ImportedHousehold
from shared.contracts.dossier.families.imports import (
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
    ArrivedFamily,
)
from shared.contracts.dossier.guardians import ProviderUnknown
from shared.contracts.errors import BadRequest
from shared.contracts.values import ARRIVAL
from shared.dates.instant import Instant


def preview_family_import(
    session: Session, policy: AccessPolicy, batch: str, row: ImportedHousehold, when: Instant
) -> Considered:
    """Return what would become of a family; nothing is written."""
    family = IncomingHousehold(row["reference"], row["guardians"], row["children"], row["address"])
    try:
        contents = check_incoming_sections(family, policy.offered)
        refuse_unknown_provider(
            policy, [link for child in family.children for link in child["links"]]
        )
        return _preview_checked_family(session, batch, row, family, contents, when)
    except BadRequest as refusal:
        return Considered(family.reference, REFUSED, WRONG, refusal.detail["errors"])
    except ProviderUnknown as refusal:
        return Considered(family.reference, REFUSED, WRONG, {"links": [refusal.detail["provider"]]})


def preview_for_answer(session: Session, found: Considered) -> ArrivedFamily:
    """Return a considered family as the contract has it: references, ids and scores, no name."""
    ids = [doubt.candidate.child_id for doubt in found.doubts]
    references = import_references_of_ids(session, CHILD, ids)
    return {
        "reference": found.reference,
        "outcome": found.outcome,
        "why": found.why,
        "errors": dict(found.errors),
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


def _preview_checked_family(
    session: Session,
    batch: str,
    row: ImportedHousehold,
    family: IncomingHousehold,
    contents: Mapping[str, Mapping[str, Content]],
    when: Instant,
) -> Considered:
    reference = family.reference
    before = session.get(ImportReference, (HOUSEHOLD, reference), populate_existing=True)
    if before is not None and before.batch != batch:
        return Considered(reference, REFUSED, OTHER_BATCH)
    digest = content_digest(own_key(session, DIGESTS) or b"", reference, ARRIVAL, dict(row))
    if before is not None and before.digest == digest:
        return Considered(reference, SAME)
    if _was_erased(session, contents):
        return Considered(reference, REFUSED, ERASED)
    nameless = [each for each in contents if IDENTITY not in contents[each]]
    if nameless:
        missing = {each: {IDENTITY: ["À remplir."]} for each in nameless}
        raise BadRequest(errors={"children": missing})
    others = disputed_references(session, family, contents, when)
    if others.errors:
        return Considered(reference, REFUSED, TAKEN, others.errors)
    here = ids_by_import_reference(session, CHILD, contents)
    fresh = {each: contents[each] for each in contents if each not in here}
    found = find_known_children(session, family, fresh, when.day)
    doubts = (*others.doubts, *(() if isinstance(found, Known) else found))
    if not isinstance(found, Known) or doubts:
        return Considered(reference, WAITING, doubts=doubts, digest=digest)
    outcome = CHANGED if ids_by_import_reference(session, HOUSEHOLD, [reference]) else NEW
    if found.children:
        outcome = LINKED
    return Considered(reference, outcome, known=found, digest=digest)


def _was_erased(session: Session, references: Collection[str]) -> bool:
    """Say whether one of these children came before and was erased: it does not come again."""
    gone = (
        select(ImportReference.id)
        .join(Child, Child.id == ImportReference.id)
        .where(
            ImportReference.kind == CHILD,
            ImportReference.reference.in_(references),
            Child.first_name.is_(None),
        )
    )
    return session.scalar(gone.limit(1)) is not None
