"""The home to which an application belongs, once its guardians live in several. Pure."""

from collections.abc import Collection, Mapping


def home_of_application(
    household_id: str, asked_by: str, homes: Mapping[str, Collection[str]]
) -> str:
    """
    Return the household of an application: that of who asked; `homes` are by guardian.

    An agent's, or somebody's who answers for the child no more, stays where it is; unless the child
    lives there no more, and in one home alone.
    """
    own, every = homes.get(asked_by, ()), {home for each in homes.values() for home in each}
    if household_id in own:
        return household_id
    if own:
        return min(own)
    return household_id if household_id in every or len(every) != 1 else min(every)
