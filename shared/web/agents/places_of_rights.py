"""Places of a desk at which a right may hold, as its administrator chooses and reads them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class PlaceChoice:
    """A site with its groups, or a group; `code` travels to identity, and is opaque there."""

    code: str
    label: str
    within: Sequence["PlaceChoice"] = ()


@dataclass(frozen=True)
class PlacesOfDesk:
    """`choices` are sites with what may be chosen now; `labels` also names what is over."""

    choices: Callable[[], Sequence[PlaceChoice]] = tuple
    labels: Callable[[Collection[str]], Mapping[str, str]] = lambda _codes: {}


def codes_of_places(choices: Sequence[PlaceChoice]) -> set[str]:
    """Return the codes that may be chosen."""
    return {one.code for site in choices for one in (site, *site.within)}
