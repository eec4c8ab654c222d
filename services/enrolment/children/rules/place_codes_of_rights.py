"""
Places of a right at this provider: a site by its name, or one group.

The codes travel to identity and back; nobody else reads them. A site keeps its name from year to
year, a group ends with its year, and with it the right at it. A code has the name that the site had
when the right was given; what it is called since, the offer knows (`FormerSite`).
"""

from collections.abc import Iterable

from shared.contracts.identity.accounts import WHOLE_OFFICE

SITE, GROUP = "site:", "group:"


def place_code_of_site(site: str) -> str:
    """Return the code of a site with all its groups."""
    return f"{SITE}{site}"


def place_code_of_group(group_id: str) -> str:
    """Return the code of one group."""
    return f"{GROUP}{group_id}"


def is_at_whole_provider(places: Iterable[str]) -> bool:
    """Say whether a right with these places holds at the whole provider."""
    return WHOLE_OFFICE in places


def sites_among_places(places: Iterable[str]) -> set[str]:
    """Return the names of the sites among these places."""
    return {place.removeprefix(SITE) for place in places if place.startswith(SITE)}


def groups_among_places(places: Iterable[str]) -> set[str]:
    """Return the ids of the groups among these places."""
    return {place.removeprefix(GROUP) for place in places if place.startswith(GROUP)}
