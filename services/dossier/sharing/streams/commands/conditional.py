"""
What a provider has of some children besides: sent while something says so, and ended otherwise.

Either a guardian's act (rule R4) or a session with food (rule R3): what one of them still asks for
does not end with the other.
"""

from collections.abc import Collection

from services.dossier.sharing.grants.commands import food_events as occasions
from services.dossier.sharing.publishing.commands.publisher import (
    bury_some,
    lock_children,
    standing_besides,
    targets_of,
    tell,
)
from services.dossier.sharing.rules.policy import Reach
from services.dossier.sharing.rules.targets import Target, food_targets
from shared.contracts.enrolment.food_events import FoodAnnounced
from shared.database import Write
from shared.dates.instant import When


def settle(write: Write, reach: Reach, targets: Collection[Target], when: When) -> None:
    """
    Send of these what stands, and end what does not and no provider has of itself.

    Whatever somebody says of a child, a provider that does not have it is sent nothing.
    """
    children = {target.child_id for target in targets}
    lock_children(write, children)
    linked = targets_of(write, children, {target.projection for target in targets})
    stands = standing_besides(write, reach, targets, when) & set(linked)
    tell(write, reach, stands, when)
    for child_id, provider, projection in sorted(set(targets) - stands):
        if projection not in reach.projections(provider):
            bury_some(write, reach, child_id, provider, [projection], when)


def food_announced(
    write: Write, reach: Reach, provider: str, event: FoodAnnounced, when: When
) -> None:
    """Open and close what a session with food asks for, of who is booked there."""
    children = occasions.take(write, provider, event, when)
    settle(write, reach, food_targets((one, provider) for one in children), when)
