"""Sites and groups of the offer as the page of agents and rights offers and names them."""

from collections.abc import Collection, Mapping, Sequence
from itertools import groupby

from flask_babel import gettext as _

from services.enrolment.children.rules.place_codes_of_rights import (
    groups_among_places,
    place_code_of_group,
    place_code_of_site,
    sites_among_places,
)
from services.enrolment.children.rules.visibility import Visibility
from services.enrolment.offer.queries.places_of_rights import named_groups, running_groups
from services.enrolment.offer.queries.sites import present_name_by_former
from services.enrolment.store import store
from shared.contracts.identity.accounts import WHOLE_OFFICE
from shared.dates.clock import today
from shared.text import folded
from shared.web.agents.places_of_rights import PlaceChoice, PlacesOfDesk


def _choices_of_places() -> Sequence[PlaceChoice]:
    with store.read() as read:
        running = running_groups(read, today())
    return [
        PlaceChoice(
            place_code_of_site(site),
            site,
            [
                PlaceChoice(
                    place_code_of_group(named.group_id), f"{named.activity} · {named.group}"
                )
                for named in groups
            ],
        )
        for site, groups in groupby(running, key=lambda named: named.site)
    ]


def _labels_of_places(codes: Collection[str]) -> Mapping[str, str]:
    groups = groups_among_places(codes)
    with store.read() as read:
        found = named_groups(read, groups) if groups else []
    named = {
        place_code_of_group(each.group_id): f"{each.site}, {each.activity} · {each.group}"
        for each in found
    }
    gone = {place_code_of_group(group_id): _("un groupe supprimé") for group_id in groups}
    return {**gone, **named, **_site_labels(sites_among_places(codes))}


def _site_labels(sites: Collection[str]) -> Mapping[str, str]:
    """Return what sites are called now; one without a group to come is said to be so."""
    if not sites:
        return {}
    with store.read() as read:
        present = present_name_by_former(read, sites)
        met = {group.site for group in running_groups(read, today())}
    named = {site: present.get(site, site) for site in sites}
    return {
        place_code_of_site(site): name if name in met else _("%(site)s (aucun groupe)", site=name)
        for site, name in named.items()
    }


def places_of_own_roles(sight: Visibility) -> list[str]:
    """Return by name where roles of an agent hold that are not of the whole provider."""
    codes = {place for places in sight.rights.values() for place in places} - {WHOLE_OFFICE}
    return sorted(_labels_of_places(codes).values(), key=folded) if codes else []


PLACES = PlacesOfDesk(_choices_of_places, _labels_of_places)
