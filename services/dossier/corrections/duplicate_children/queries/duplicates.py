"""Files that could be one child, two of them side by side, and those that are joined."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from services.dossier.corrections.duplicate_children.rules import likeness_and_choices
from services.dossier.corrections.queries.home_names import names_of_homes
from services.dossier.corrections.queries.provider_receipts import receipts_of_corrections
from services.dossier.households.queries import protection
from services.dossier.households.queries.guardianships import authority_conditions, homes_of_child
from services.dossier.households.queries.ids_of_joined_files import (
    joined_file_condition,
    joins_in_force_of,
)
from services.dossier.households.queries.record_holds import held_file_condition
from services.dossier.households.queries.trial_children import trial_members_among
from services.dossier.models import (
    Child,
    ChildHousehold,
    ChildJoin,
    Correction,
    DifferentChildren,
    Guardian,
    Guardianship,
    TrialMember,
)
from services.dossier.sections.queries import (
    contents_of_sections,
    require_named_child,
    stored_sections,
)
from services.dossier.sections.rules.projections import Content
from shared.contracts.dossier.corrections import IDENTITY, SCHOOLING
from shared.contracts.dossier.families import duplicate_children as contracts
from shared.contracts.dossier.families.duplicate_children import DOUBLES_SHOWN, JOINS_SHOWN
from shared.contracts.errors import NotFound
from shared.contracts.sections import SECTIONS
from shared.dates.clock import PARIS
from shared.text.child_likeness import Named
from shared.town.schools.choice import level_and_class

_TWO_HOMES = 2
UNCOMPARED = (likeness_and_choices.CUSTODY,)
"""Sections of which nobody chooses: what both files say goes on."""


def possible_doubles_to_look_at(
    session: Session, day: date, *, protects: bool
) -> contracts.PossibleDoublesAnswer:
    """Return the pairs that somebody should look at, the likeliest first."""
    known = _findable_children(session, protects=protects)
    looked_at = set(session.execute(select(DifferentChildren.one_id, DifferentChildren.other_id)))
    pairs = [
        pair
        for pair in likeness_and_choices.possible_doubles(known)
        if (min(pair[:2]), max(pair[:2])) not in looked_at
    ]
    doubles: list[contracts.PossibleDouble] = []
    for one, other, _score in pairs[:DOUBLES_SHOWN]:
        files = require_file(session, one, day), require_file(session, other, day)
        doubles.append(
            {
                "one": files[0],
                "other": files[1],
                "alike": likeness_and_choices.what_is_alike(
                    known[one], known[other], (files[0]["guardians"], files[1]["guardians"])
                ),
            }
        )
    return contracts.PossibleDoublesAnswer(doubles, more=len(pairs) > DOUBLES_SHOWN)


def compare_files(
    session: Session, kept_id: str, other_id: str, day: date
) -> contracts.CompareFilesAnswer:
    """Return two files side by side; raises NotFound where one is not there."""
    files = require_file(session, kept_id, day), require_file(session, other_id, day)
    named = (
        file_with_names_to_compare(session, kept_id),
        file_with_names_to_compare(session, other_id),
    )
    contents = contents_of_sections(session, [kept_id, other_id], list(SECTIONS))
    return contracts.CompareFilesAnswer(
        kept=files[0],
        other=files[1],
        kept_school=_school_and_class_line(contents[kept_id].get(SCHOOLING, {})),
        other_school=_school_and_class_line(contents[other_id].get(SCHOOLING, {})),
        sections=_compared_sections(session, kept_id, other_id, contents),
        alike=likeness_and_choices.what_is_alike(
            *named, (files[0]["guardians"], files[1]["guardians"])
        ),
        twins=likeness_and_choices.could_be_twins(*named),
        obstacle=obstacle_to_join(session, kept_id, other_id),
    )


def obstacle_to_join(session: Session, kept_id: str, other_id: str) -> str:
    """Return why these files cannot be joined, "" where they can."""
    both = [kept_id, other_id]
    if kept_id == other_id:
        return contracts.SAME_FILE
    # a file that is read for others may be joined to none, nor one that is joined be read for more
    joins = joins_in_force_of(session, both)
    if any(join.other_id in both or join.kept_id == other_id for join in joins):
        return contracts.JOINED_ALREADY
    if len(joins) + _TWO_HOMES > contracts.MOST_FILES:
        return contracts.TOO_MANY
    if trial_members_among(session, both):
        return contracts.INVENTED
    if session.scalar(select(Child.id).where(Child.id.in_(both), held_file_condition()).limit(1)):
        return contracts.HELD
    waiting = select(Correction.id).where(
        Correction.child_id.in_(both),
        Correction.applied_at.is_(None),
        Correction.withdrawn_at.is_(None),
    )
    if session.scalar(waiting.limit(1)):
        return contracts.WAITS
    homes = {home for each in both for home in homes_of_child(session, each)}
    return contracts.THREE_HOMES if len(homes) > _TWO_HOMES else ""


def differing_sections(
    session: Session, kept_id: str, other_id: str
) -> tuple[list[str], Mapping[str, Mapping[str, Content]]]:
    """Return the sections that both filled differently, and the contents of both files."""
    contents = contents_of_sections(session, [kept_id, other_id], list(SECTIONS))
    kept, other = contents[kept_id], contents[other_id]
    differing = [
        section
        for section in SECTIONS
        if section not in UNCOMPARED
        and kept.get(section)
        and other.get(section)
        and kept[section] != other[section]
    ]
    return differing, contents


def list_joins(session: Session, day: date, *, protects: bool) -> list[contracts.Join]:
    """Return the latest joins with who has taken them in, or has taken in that they ended."""
    hidden = or_(protection.out_of_search_condition(), held_file_condition())
    shown = () if protects else (~hidden,)
    joins = session.scalars(
        select(ChildJoin)
        .join(Child, Child.id == ChildJoin.kept_id)
        .where(Child.first_name.is_not(None), *shown)
        .order_by(ChildJoin.joined_at.desc(), ChildJoin.id)
        .limit(JOINS_SHOWN)
    ).all()
    acts = {join.id: join.parting_id or join.id for join in joins}
    rows = session.scalars(select(Correction).where(Correction.act_id.in_(acts.values()))).all()
    by_act: dict[str, dict[str, bool]] = {}
    receipts = receipts_of_corrections(session, rows)
    for row in rows:
        for receipt in receipts[row.id]:
            of_act = by_act.setdefault(row.act_id, {})
            provider = receipt["provider"]
            of_act[provider] = of_act.get(provider, True) and receipt["received"]
    return [_answered_join(session, join, by_act.get(acts[join.id], {}), day) for join in joins]


def require_join(session: Session, join_id: str) -> ChildJoin:
    """Return a join in force; raises NotFound for any other."""
    join = session.get(ChildJoin, join_id)
    if join is None or join.parted_at is not None:
        raise NotFound(join_id=join_id)
    return join


def require_file(session: Session, child_id: str, day: date) -> contracts.FileOfChild:
    """Return one file as it is; raises NotFound for none, and for one that was erased."""
    child = require_named_child(session, child_id)
    assert child.first_name and child.last_name and child.birth_date
    names = session.scalars(
        select(Guardian.name)
        .join(Guardianship, Guardianship.guardian_id == Guardian.id)
        .where(Guardianship.child_id == child_id, *authority_conditions(day))
        .order_by(Guardian.name)
        .distinct()
    )
    return {
        "child_id": child_id,
        "first_name": child.first_name,
        "last_name": child.last_name,
        "birth_date": child.birth_date,
        "guardians": list(names),
        "homes": list(names_of_homes(session, child_id, day).values()),
    }


def file_with_names_to_compare(session: Session, child_id: str) -> Named:
    """Return a file as it is compared by its names; raises NotFound."""
    child = require_named_child(session, child_id)
    assert child.first_name and child.last_name and child.birth_date
    homes = frozenset(homes_of_child(session, child_id))
    return Named(child.first_name, child.last_name, child.birth_date, homes)


def _findable_children(session: Session, *, protects: bool) -> dict[str, Named]:
    shown = () if protects else (~protection.out_of_search_condition(),)
    rows = session.execute(
        select(Child.id, Child.first_name, Child.last_name, Child.birth_date)
        .add_columns(ChildHousehold.household_id)
        .join(ChildHousehold, ChildHousehold.child_id == Child.id)
        .where(
            Child.first_name.is_not(None),
            ~joined_file_condition(),
            ~held_file_condition(),
            Child.id.not_in(select(TrialMember.member_id)),
            *shown,
        )
    )
    homes: dict[str, set[str]] = {}
    names: dict[str, tuple[str, str, date]] = {}
    for child_id, first, last, born, household_id in rows:
        names[child_id] = (first or "", last or "", born or date.max)
        homes.setdefault(child_id, set()).add(household_id)
    return {
        child_id: Named(*named, frozenset(homes[child_id])) for child_id, named in names.items()
    }


def _compared_sections(
    session: Session,
    kept_id: str,
    other_id: str,
    contents: Mapping[str, Mapping[str, Content]],
) -> list[contracts.ComparedSection]:
    sections = [section for section in SECTIONS if section not in UNCOMPARED]
    days = {
        child_id: {
            section: row.changed_at.astimezone(PARIS).date()
            for section, row in stored_sections(session, child_id, sections).items()
            if section == IDENTITY or row.content is not None
        }
        for child_id in (kept_id, other_id)
    }
    return [
        {
            "section": section,
            "kept_on": days[kept_id].get(section),
            "other_on": days[other_id].get(section),
            "differs": bool(
                contents[kept_id].get(section)
                and contents[other_id].get(section)
                and contents[kept_id][section] != contents[other_id][section]
            ),
        }
        for section in sections
        if section in days[kept_id] or section in days[other_id]
    ]


def _school_and_class_line(content: Content) -> str:
    school, level, class_name = (
        str(content.get(name) or "") for name in ("school", "grade", "class_name")
    )
    return ", ".join(part for part in (school, level_and_class(level, class_name)) if part)


def _answered_join(
    session: Session, join: ChildJoin, receipts: Mapping[str, bool], day: date
) -> contracts.Join:
    kept = require_file(session, join.kept_id, day)
    return {
        "join_id": join.id,
        "kept_id": join.kept_id,
        "other_id": join.other_id,
        "first_name": kept["first_name"],
        "last_name": kept["last_name"],
        "birth_date": kept["birth_date"],
        "homes": kept["homes"],
        "joined_at": join.joined_at,
        "joined_by": join.joined_by,
        "parted_at": join.parted_at,
        "parted_by": join.parted_by,
        "receipts": [
            {"provider": provider, "received": received}
            for provider, received in sorted(receipts.items())
        ],
    }


def children_of_pairs(rows: Iterable[contracts.PossibleDouble]) -> Collection[str]:
    """Return the children of these pairs."""
    return {each["child_id"] for row in rows for each in (row["one"], row["other"])}
