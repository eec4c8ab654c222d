"""What keeps the providers' replicas whole: inventories, sending again, what a new day changes."""

from collections.abc import Collection, Sequence

from sqlalchemy import func, select, union
from sqlalchemy.orm import Session

from services.dossier.households.commands.billing_household import tell_homes
from services.dossier.households.commands.guardianships import turn_guardianships
from services.dossier.households.queries.billing_household import homes_of_children
from services.dossier.models import Guardianship, Link, Projection, Section
from services.dossier.sections.queries import CUSTODY, contents_of
from services.dossier.sections.rules.projections import affected, turns_on
from services.dossier.sharing.cards.commands import tell_cards_of_children
from services.dossier.sharing.grants.commands import food_events as occasions
from services.dossier.sharing.grants.commands.guardian_grants import (
    children_whose_day_is_over,
    end_due,
)
from services.dossier.sharing.publishing.commands.messages import Letter, send
from services.dossier.sharing.publishing.commands.publisher import (
    lock_children,
    rows_of,
    targets_of,
    tell,
    tombstone,
)
from services.dossier.sharing.rules.policy import Reach
from services.dossier.sharing.rules.targets import Target
from services.dossier.sharing.streams.commands.conditional import settle
from shared.contracts.dossier.inventory import Entry
from shared.database import Write
from shared.dates.instant import When
from shared.register.entitlement import FAMILY

AT_ONCE = 500
"""Children in one transaction of a task, so that families' writes go in between."""


def entries_for(session: Session, reach: Reach, provider: str) -> list[Entry]:
    """Return all that the provider should hold, sorted, tombstones included."""
    rows = session.execute(
        select(Projection.child_id, Projection.projection, Projection.version).where(
            Projection.provider == provider,
            Projection.projection.in_(reach.ceiling(provider)),
        )
    )
    return sorted((child_id, projection, version) for child_id, projection, version in rows)


def send_again(
    write: Write,
    reach: Reach,
    provider: str,
    wanted: Collection[tuple[str, str]],
    when: When,
) -> list[Letter]:
    """
    Send what a provider lacks, at its present version; return the letters that leave.

    What the provider may not have, or never had, is left out.
    """
    asked = {
        Target(child_id, provider, projection)
        for child_id, projection in wanted
        if reach.entitled(provider, projection)
    }
    ended = [row for row in rows_of(write, asked).values() if row.digest is None]
    live = asked & set(_open_targets(write, asked))
    return [
        *tell(write, reach, live, when, again=True),
        *send(write, reach, [tombstone(row) for row in ended]),
    ]


def children_of_the_day(session: Session, when: When) -> Sequence[str]:
    """Return children for whom a ruling, a guardianship or a request begins, or ends."""
    turned = union(
        select(Section.child_id).where(Section.turns_on <= when.day),
        select(Guardianship.child_id).where(Guardianship.turns_on <= when.day),
        children_whose_day_is_over(when.day),
        occasions.children_of_the_day(when.day),
    )
    return session.scalars(turned.order_by("child_id").limit(AT_ONCE)).all()


def turn_the_day(write: Write, reach: Reach, children: Collection[str], when: When) -> None:
    """Tell again of these children, and nothing that another family could see (rule R7)."""
    lock_children(write, children)
    contents = contents_of(write, children, [CUSTODY])
    turned = select(Section).where(Section.turns_on <= when.day, Section.child_id.in_(children))
    for row in write.scalars(turned):
        row.turns_on = turns_on(CUSTODY, contents[row.child_id].get(CUSTODY, {}), when.day)
    write.flush()
    turn_guardianships(write, children, when)
    besides = {*end_due(write, children, when), *occasions.turn(write, children, when)}
    settle(write, reach, besides, when)
    changed = targets_of(write, children, (*affected(CUSTODY), FAMILY))
    tell(write, reach, changed, when, quiet=True)
    tell_homes(write, homes_of_children(write, children), when)
    tell_cards_of_children(write, reach, children, when)


def children_told_too_little(session: Session, reach: Reach, provider: str) -> Sequence[str]:
    """Return children of whom the provider has come to be entitled to more than it was sent."""
    granted = reach.projections(provider)
    held = (
        select(func.count())
        .select_from(Projection)
        .where(
            Projection.child_id == Link.child_id,
            Projection.provider == provider,
            Projection.projection.in_(granted),
            Projection.digest.is_not(None),
        )
        .scalar_subquery()
    )
    return session.scalars(
        select(Link.child_id)
        .where(Link.provider == provider, Link.closed_at.is_(None), held < len(granted))
        .order_by(Link.child_id)
        .limit(AT_ONCE)
    ).all()


def complete(
    write: Write, reach: Reach, provider: str, children: Collection[str], when: When
) -> None:
    """Send what the provider has come to be entitled to since the links were opened."""
    targets = targets_of(write, children, reach.projections(provider))
    tell(write, reach, [each for each in targets if each.provider == provider], when)


def _open_targets(write: Write, asked: Collection[Target]) -> list[Target]:
    children = {target.child_id for target in asked}
    return targets_of(write, children, {target.projection for target in asked})
