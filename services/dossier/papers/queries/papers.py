"""Papers of a child: for its family, and for a provider that was sent one."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.households.queries.ids_of_joined_files import kept_id_of
from services.dossier.households.queries.protection import (
    providers_known_to_guardian,
    view_of_guardian,
)
from services.dossier.households.queries.record_holds import held_file_condition
from services.dossier.models import Child, KeptPaper, Link
from services.dossier.models import Projection as SentProjection
from services.dossier.paper_files.queries.file_contents import part_of_paper
from services.dossier.sections.queries import content_of_section
from services.dossier.sections.rules.projections import Content
from services.dossier.sharing.rules.access_policy import AccessPolicy
from shared.contracts.dossier.papers import child_papers as contracts
from shared.contracts.errors import NotFound
from shared.contracts.sections import papers as rules
from shared.dates.instant import Instant

AT_ONCE = 100
UNDECIDED = {"state": rules.WAITING, "reason": "", "decided_on": None, "decided_by": ""}
"""The decision on a paper that nobody has looked at."""


def papers_of_child(session: Session, child_id: str) -> list[Content]:
    """Return the papers of a child, in the order in which they were kept."""
    return list(content_of_section(session, child_id, rules.CODE).get(rules.CODE, ()))


def papers_for_guardian(
    session: Session, child_id: str, reader: str, day: date
) -> list[contracts.PaperOfChild]:
    """Return the papers that a guardian is shown: of a protected home only its own (rule R9)."""
    papers = papers_guardian_may_know(session, child_id, reader)
    counting = {
        paper["id"]
        for kind in rules.KINDS
        if (paper := rules.paper_that_counts(papers, kind, day)) is not None
    }
    return [
        {
            "id": paper["id"],
            "kind": paper["kind"],
            "valid_until": _parse_day(paper["valid_until"]),
            "kept_on": date.fromisoformat(paper["kept_on"]),
            "mine": paper["kept_by"] == reader,
            "state": rules.state_of_paper_on(paper, day),
            "reason": paper["reason"],
            "decided_on": _parse_day(paper["decided_on"]),
            "decided_by": paper["decided_by"],
            "counts": paper["id"] in counting,
        }
        for paper in papers
    ]


def papers_guardian_may_know(session: Session, child_id: str, reader: str) -> list[Content]:
    """
    Return the papers of which a guardian may know, as it may know them.

    Of a protected home it knows nothing elsewhere: neither the papers kept there, nor what was
    found by a service that this home alone knows of. Such a paper still waits, to who kept it
    (rule R9).
    """
    papers = papers_of_child(session, kept_id_of(session, child_id))
    view = view_of_guardian(session, reader, child_id)
    known = providers_known_to_guardian(session, child_id, view)
    if known is None:
        return papers
    mine = [paper for paper in papers if paper["kept_by"] == reader]
    return [paper if paper["decided_by"] in known else {**paper, **UNDECIDED} for paper in mine]


def projections_not_shown(session: Session, child_id: str, reader: str) -> set[str]:
    """Return the projections of papers of which a guardian is shown none of that kind."""
    shown = {paper["kind"] for paper in papers_guardian_may_know(session, child_id, reader)}
    hidden = [kind for code, kind in rules.KINDS.items() if code not in shown]
    return {projection for kind in hidden for projection in (kind.code, kind.date_only_projection)}


def paper_part_for_guardian(
    session: Session, request: contracts.PaperPartRequest, reader: str
) -> contracts.PaperPartAnswer:
    """Return one part of a paper that a guardian is shown; raises NotFound."""
    shown = {paper["id"] for paper in papers_guardian_may_know(session, request.child_id, reader)}
    if request.paper_id not in shown:
        raise NotFound(paper_id=request.paper_id)
    return part_of_paper_file(session, request.paper_id, request.part)


def part_of_paper_file(session: Session, paper_id: str, part: int) -> contracts.PaperPartAnswer:
    """Return one part of a whole paper, opened with the key of the file it was kept in."""
    row = session.get(KeptPaper, paper_id)
    if row is None or not row.size:
        raise NotFound(paper_id=paper_id)
    content = part_of_paper(session, row.child_id, paper_id, part)
    return contracts.PaperPartAnswer(row.media_type, row.parts, content)


def require_current_paper_at_provider(
    session: Session, policy: AccessPolicy, provider: str, request: Any, when: Instant
) -> Content:
    """
    Return the paper that a provider goes by; raises NotFound where that is not the one asked for.

    It is entitled to the kind, has the child, was sent the projection, and this paper is in it.
    """
    sent = session.get(SentProjection, (request.child_id, provider, request.projection))
    linked = select(Link.id).where(
        Link.child_id == request.child_id, Link.provider == provider, Link.closed_at.is_(None)
    )
    entitled = policy.may_send_now(provider, request.projection) and policy.is_ever_entitled(
        provider, request.projection
    )
    if not entitled or sent is None or sent.digest is None or session.scalar(linked) is None:
        raise NotFound(paper_id=request.paper_id)
    papers = papers_of_child(session, kept_id_of(session, request.child_id))
    paper = rules.paper_that_counts(papers, request.projection, when.day)
    if paper is None or paper["id"] != request.paper_id:
        raise NotFound(paper_id=request.paper_id)
    return paper


def papers_to_ask_again(session: Session, when: Instant) -> Sequence[str]:
    """Return some papers whose family is to be asked for the next one today; of no held file."""
    due = (
        select(KeptPaper.id)
        .join(Child, Child.id == KeptPaper.child_id)
        .where(
            KeptPaper.ask_again_on <= when.day,
            KeptPaper.asked_at.is_(None),
            KeptPaper.size > 0,
            ~held_file_condition(),
        )
    )
    return session.scalars(due.order_by(KeptPaper.id).limit(AT_ONCE)).all()


def _parse_day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None
