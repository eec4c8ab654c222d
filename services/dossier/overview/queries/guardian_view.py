"""Queries of guardians: their children, a section, who holds what, who read it."""

from collections.abc import Collection, Mapping
from datetime import date, datetime

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session

from services.dossier.households.queries.contacts_withheld_from_home import (
    content_known_to_guardian,
    last_known_changes_by_section,
)
from services.dossier.households.queries.guardianships import (
    authority_conditions,
    contents_for_projections,
    guardians_of_other_homes,
)
from services.dossier.households.queries.households_for_billing import homes_for_billing
from services.dossier.households.queries.ids_of_joined_files import all_ids_of_child
from services.dossier.households.queries.protection import (
    HIDDEN_PROJECTIONS,
    HIDDEN_SECTION,
    providers_known_to_guardian,
    view_of_guardian,
)
from services.dossier.households.queries.protection import Shown as View
from services.dossier.households.rules.contacts_merged_with_withheld import WITHHELD_SECTIONS, Known
from services.dossier.models import (
    IMPORT,
    RETENTION,
    Guardian,
    GuardianGrant,
    Guardianship,
    HouseholdVersion,
    ImportReference,
    Link,
    Projection,
)
from services.dossier.papers.queries.consents import consents_shown_to_guardian
from services.dossier.papers.queries.papers import papers_guardian_may_know, projections_not_shown
from services.dossier.read_log.queries.shown_reads import reads_shown_to_guardian
from services.dossier.read_log.rules.summary_for_family import group_reads
from services.dossier.sections.queries import (
    SCHOOLING,
    content_of_section,
    next_schooling_by_child,
    stored_section,
)
from services.dossier.sections.rules.projections import is_projection_filled, prepare_projection
from services.dossier.sharing.grants.queries.food_on_occasion import food_targets_of_day
from services.dossier.sharing.grants.queries.guardian_grants import grants_of_child
from services.dossier.sharing.guardian_cards.queries import cards_by_guardian
from shared.contracts.dossier import guardians as contracts
from shared.contracts.errors import NotFound
from shared.contracts.sections import SECTIONS, consents, papers
from shared.contracts.sections.schooling import is_of_another_school
from shared.database import Day
from shared.database.prebuilt_statements import execute
from shared.dates.instant import Instant
from shared.register.declarations import FRONT_DESK, OPS
from shared.register.entitlement import FED_BY

READ_OTHERWISE = ("custody", papers.CODE, consents.CODE)
"""Sections that are not read whole: rulings never, papers and words by their own methods."""

_AUTHORITY = select(Guardianship.id).where(
    Guardianship.child_id == bindparam("child"),
    Guardianship.guardian_id == bindparam("guardian"),
    *authority_conditions(bindparam("day", type_=Day)),
)

NOBODY, YOU, GUARDIAN, TOWN, OTHER_SOFTWARE = "nobody", "you", "guardian", "town", "imported"


def has_authority(session: Session, guardian_id: str, child_id: str, day: date) -> bool:
    """Say whether the guardian has authority over the child on that day."""
    asked = {"child": child_id, "guardian": guardian_id, "day": day}
    return execute(session, _AUTHORITY, **asked).first() is not None


def my_children(
    session: Session, guardian_id: str, known: Collection[str], when: Instant
) -> contracts.MyChildrenAnswer:
    """Return a guardian with the card of the children over whom they have authority."""
    guardian = session.get(Guardian, guardian_id)
    if guardian is None:
        raise NotFound(subject=guardian_id)
    card = cards_by_guardian(session, [guardian_id], known, when.day)[guardian_id]
    return contracts.MyChildrenAnswer({"id": guardian.id, "name": guardian.name}, **card)


def my_household(session: Session, household_id: str, when: Instant) -> contracts.MyHouseholdAnswer:
    """Return a household's guardians and dated addresses; version 0 before it is published."""
    home = homes_for_billing(session, [household_id], when.day)[household_id]
    row = session.get(HouseholdVersion, household_id)
    return contracts.MyHouseholdAnswer(
        version=row.version if row else 0,
        guardians=[{"id": row["subject"], "name": row["name"]} for row in home["guardians"]],
        addresses=home["addresses"],
    )


def section_for_guardian(
    session: Session, child_id: str, section: str, reader: str
) -> contracts.ReadSectionAnswer:
    """
    Return one section for a guardian; version 0 and no content if nothing was entered.

    Custody is always so: a ruling is the desk's and the school's, and the guardian whom it bars may
    see in nothing, not even in a version, that there is one (rule R7). So is the school of a child
    of a protected home, to whoever does not live there, and when another changed something (R9). Of
    contacts and pick-up such a reader is shown what it knew, or entered itself
    (households/queries/contacts_withheld_from_home.py).
    """
    view = view_of_guardian(session, reader, child_id)
    known = content_known_to_guardian(session, child_id, section, reader)
    if known is not None:
        return _section_for_answer(session, child_id, section, known, reader)
    hidden = section in READ_OTHERWISE or (
        section == HIDDEN_SECTION and not view.is_everything_shown
    )
    row = None if hidden else stored_section(session, child_id, section)
    coming = None if hidden or section != SCHOOLING else _next_school(session, child_id)
    if row is None:
        return contracts.ReadSectionAnswer(
            section, version=0, content={}, changed_by=NOBODY, later=coming
        )
    dated = view.is_everything_shown or row.changed_by == reader
    return contracts.ReadSectionAnswer(
        section=section,
        version=row.version,
        content=content_of_section(session, child_id, section),
        changed_at=row.changed_at if dated else None,
        changed_by=_author_label(session, child_id, section, row.changed_by, reader),
        later=coming,
    )


def _next_school(session: Session, child_id: str) -> contracts.LaterContent | None:
    """Return the other school to which a child goes from a day to come on."""
    coming = next_schooling_by_child(session, [child_id]).get(child_id, {})
    if not is_of_another_school(coming, content_of_section(session, child_id, SCHOOLING)):
        return None
    content = {part: value for part, value in coming.items() if part != "day"}
    return {"day": date.fromisoformat(coming["day"]), "content": content}


def _section_for_answer(
    session: Session, child_id: str, section: str, known: Known, reader: str
) -> contracts.ReadSectionAnswer:
    if not known.changed_by:
        return contracts.ReadSectionAnswer(section, known.version, content={}, changed_by=NOBODY)
    return contracts.ReadSectionAnswer(
        section=section,
        version=known.version,
        content=known.content,
        changed_at=known.changed_at if known.changed_by == reader else None,
        changed_by=_author_label(session, child_id, section, known.changed_by, reader),
    )


def who_knows(
    session: Session, child_id: str, reader: str, when: Instant
) -> contracts.WhoKnowsAnswer:
    """Return what each provider with an open link holds, and all links there ever were."""
    view = view_of_guardian(session, reader, child_id)
    files = all_ids_of_child(session, child_id)
    every = session.scalars(
        select(Link).where(Link.child_id.in_(files)).order_by(Link.opened_at, Link.provider)
    ).all()
    links = view.links_known_to_guardian(every)
    opened_at = {
        link.provider: link.opened_at for link in links if view.is_link_shown_running(link)
    }
    asking = _askers_of_ends(session, child_id, reader, links, when.day)
    rows = _sent_projections_of_child(session, files)
    grants = [grant for each in files for grant in grants_of_child(session, each)]
    shown_grants = [grant for grant in grants if not _is_grant_hidden(grant, reader, view)]
    hidden = {(grant.provider, grant.projection) for grant in grants if grant not in shown_grants}
    if (
        not view.is_everything_shown
    ):  # a session with food is news of a home of which nothing new is shown
        eaten = food_targets_of_day(session, files, when.day)
        hidden |= {(target.provider, target.projection) for target in eaten}
    stored = [
        row
        for row in rows
        if row.provider in opened_at
        and _is_projection_shown(row, view)
        and (row.provider, row.projection) not in hidden
    ]
    filled = _filled_projections(
        session, child_id, {row.projection for row in stored}, reader, when
    )
    last = (
        None
        if view.is_everything_shown
        else last_known_changes_by_section(session, child_id, reader, view)
    )
    return contracts.WhoKnowsAnswer(
        holdings=[
            _holding_of_provider(row, last, opened_at[row.provider], filled=filled[row.projection])
            for row in stored
        ],
        links=[_link_as_shown(link, view, asking.get(link.end_asked_by, "")) for link in links],
        guardian_grants=[_grant_as_shown(grant, reader) for grant in shown_grants],
    )


def _sent_projections_of_child(session: Session, files: Collection[str]) -> list[Projection]:
    """Return what was sent of a child, one row for each provider: of two files, the later."""
    rows = session.scalars(
        select(Projection)
        .where(Projection.child_id.in_(files))
        .order_by(Projection.sent_at, Projection.child_id)
    )
    latest = {(row.projection, row.provider, row.digest is None): row for row in rows}
    return [latest[key] for key in sorted(latest)]


def who_read(
    session: Session, child_id: str, reader: str, when: Instant
) -> list[contracts.Readings]:
    """
    Return the reads of the last twelve months as a family is shown them.

    That somebody opens a paper since a home is protected reveals that the home kept one (rule R9).
    """
    view = view_of_guardian(session, reader, child_id)
    known = providers_known_to_guardian(session, child_id, view)
    hidden = set() if known is None else projections_not_shown(session, child_id, reader)
    lines = group_reads(
        read
        for read in reads_shown_to_guardian(session, child_id, reader, view, when)
        if (
            known is None
            or (
                read.provider in known
                and read.projection not in HIDDEN_PROJECTIONS
                and (view.is_moment_known(read.at) or read.projection not in hidden)
            )
            or (read.provider in (FRONT_DESK, OPS) and view.is_moment_known(read.at))
        )
    )
    return [
        {
            "provider": line.provider,
            "role": line.role,
            "projection": line.projection,
            "purpose": line.purpose,
            "times": line.times,
            "first_at": line.first_at,
            "last_at": line.last_at,
            "unusual": line.unusual,
        }
        for line in lines
    ]


def was_child_ever_sent(session: Session, child_id: str, provider: str) -> bool:
    """Say whether anything of the child was ever sent to the provider."""
    sent = select(Projection.projection).where(
        Projection.child_id == child_id, Projection.provider == provider
    )
    return session.scalar(sent.limit(1)) is not None


def children_ever_sent(session: Session, child_ids: Collection[str], provider: str) -> set[str]:
    """Return those of these children of whom anything was ever sent to the provider."""
    sent = select(Projection.child_id).where(
        Projection.child_id.in_(child_ids), Projection.provider == provider
    )
    return set(session.scalars(sent.distinct()))


def _author_label(
    session: Session, child_id: str, section: str, changed_by: str, reader: str
) -> str:
    """
    Return who wrote a section: also the town, where an agent took somebody who died off it.

    What a family wrote to be accepted is stored as what came with a file, which left a reference.
    """
    if changed_by == reader:
        return YOU
    if changed_by == RETENTION or not SECTIONS[section].is_filled_by_guardian:
        return TOWN
    if changed_by == IMPORT:
        came = select(exists().where(ImportReference.id == child_id, ImportReference.made))
        return OTHER_SOFTWARE if session.scalar(came) else TOWN
    return GUARDIAN if session.get(Guardian, changed_by) is not None else TOWN


def _filled_projections(
    session: Session, child_id: str, projections: Collection[str], reader: str, when: Instant
) -> Mapping[str, bool]:
    """
    Return which projections have content; computed now, as nothing in clear reveals an allergy.
    """
    contents = contents_for_projections(session, [child_id], projections, when.day)[child_id]
    for section in WITHHELD_SECTIONS:
        known = content_known_to_guardian(session, child_id, section, reader)
        if known is not None and section in contents:
            contents[section] = known.content
    if not view_of_guardian(session, reader, child_id).is_everything_shown:
        contents |= {
            papers.CODE: {papers.CODE: papers_guardian_may_know(session, child_id, reader)},
            consents.CODE: {"words": consents_shown_to_guardian(session, child_id, reader)},
        }
    return {
        projection: is_projection_filled(
            projection, prepare_projection(projection, contents, when.day)
        )
        for projection in projections
    }


def _is_projection_shown(row: Projection, view: View) -> bool:
    """
    Say whether a projection is shown; one ended under a protection is: its end would reveal it.
    """
    return row.digest is not None or not view.is_everything_shown


def _is_grant_hidden(grant: GuardianGrant, reader: str, view: View) -> bool:
    """Say whether a grant is hidden: given by another home since it is protected (rule R9)."""
    return grant.given_by != reader and not view.is_moment_known(grant.given_at)


def _holding_of_provider(
    row: Projection, last: Mapping[str, datetime] | None, opened_at: datetime, *, filled: bool
) -> contracts.Holding:
    """
    Return what a provider holds; `last` are the last known changes where a home is hidden.

    Then the moment of sending follows from these alone: a date that moves when the hidden home
    reveals something would be a sign of it (rule R9).
    """
    received = row.received_version >= row.shown_version
    seen = row.seen_version >= row.shown_version
    if last is not None:
        known = (last[target] for target in FED_BY[row.projection] if target in last)
        sent_at = max([opened_at, *known])
        return {
            "projection": row.projection,
            "provider": row.provider,
            "filled": filled,
            "sent_at": sent_at,
            "received_at": sent_at,
            "seen_at": None,
            "seen_by": "",
        }
    return {
        "projection": row.projection,
        "provider": row.provider,
        "filled": filled,
        "sent_at": row.sent_at,
        "received_at": row.received_at if received else None,
        "seen_at": row.seen_at if seen else None,
        "seen_by": row.seen_by if seen else "",
    }


def _grant_as_shown(grant: GuardianGrant, reader: str) -> contracts.Grant:
    return {
        "provider": grant.provider,
        "projection": grant.projection,
        "until": grant.until,
        "by": YOU if grant.given_by == reader else GUARDIAN,
    }


def _askers_of_ends(
    session: Session, child_id: str, reader: str, links: Collection[Link], day: date
) -> dict[str | None, str]:
    """
    Return, of who wants a service to end, whether it is the reader's home or another parent.

    Nobody where all with authority share a home with the reader, nor who has none any more.
    """
    asking = {link.end_asked_by for link in links if link.end_asked_by}
    others = guardians_of_other_homes(session, child_id, reader, day) if asking else set()
    return {
        each: GUARDIAN if each in others else YOU
        for each in asking
        if others and has_authority(session, each, child_id, day)
    }


def _link_as_shown(link: Link, view: View, end_asked: str) -> contracts.Link:
    closed_at = view.closed_at(link)
    return {
        "provider": link.provider,
        "origin": link.origin,
        "opened_at": link.opened_at,
        "closed_at": closed_at,
        "erased_at": link.erased_at if closed_at else None,
        "receipt": link.receipt if closed_at else None,
        "end_asked": end_asked,
    }
