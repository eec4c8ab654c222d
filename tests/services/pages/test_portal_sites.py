"""Sites of activities, as a family that chooses a group reads them."""

from typing import Any

from flask.testing import FlaskClient

from shared.runtime.ids import new_id
from tests.factories import portal as make
from tests.factories.portal import Portal, main_of
from tests.factories.portal_offers import ACTIVITY, PAGE, browser, family, publishes

__all__ = ["browser", "family"]

EACH_SCHOOL, FERRY, RIVER = "Dans chaque école", "École Jules-Ferry", "École de la Rivière"


def canteens(**site_of_label: str) -> dict[str, Any]:
    """Return an offer of an activity in each school, with a group at each of these."""
    (judo,) = make.offer()["groups"]
    groups = [
        {**judo, "group_id": new_id(), "label": label, "site": site}
        for label, site in site_of_label.items()
    ]
    return make.offer(site=EACH_SCHOOL, groups=groups)


def test_a_family_reads_the_school_of_the_one_group_that_it_can_join(
    family: Portal, browser: FlaskClient
) -> None:
    publishes(family, canteens(Midi=FERRY), activity_id=ACTIVITY, version=2)

    page = main_of(browser.get("/activites").text)

    assert f", {FERRY}" in page and EACH_SCHOOL not in page


def test_of_several_schools_each_group_says_its_own(family: Portal, browser: FlaskClient) -> None:
    publishes(family, canteens(Ferry=FERRY, Midi=RIVER), activity_id=ACTIVITY, version=2)

    listed = main_of(browser.get("/activites").text)
    asking = main_of(browser.get(PAGE).text)

    assert ", 2 lieux" in listed and "· 2 lieux" in asking
    assert f"Ferry {FERRY} · Mercredi" in asking and f"Midi {RIVER} · Mercredi" in asking
    assert EACH_SCHOOL not in listed + asking


def test_a_school_whose_name_the_group_has_is_not_said_twice(
    family: Portal, browser: FlaskClient
) -> None:
    publishes(family, canteens(**{FERRY: FERRY, RIVER: RIVER}), activity_id=ACTIVITY, version=2)

    asking = main_of(browser.get(PAGE).text)

    assert f"{FERRY} Mercredi" in asking and f"{FERRY} {FERRY}" not in asking


def test_an_activity_is_found_by_the_school_of_a_group(
    family: Portal, browser: FlaskClient
) -> None:
    publishes(family, canteens(Midi=RIVER), activity_id=ACTIVITY, version=2)

    assert RIVER in main_of(browser.get("/activites?q=riviere").text)


def test_what_was_published_before_groups_had_sites_is_where_its_activity_is(
    family: Portal, browser: FlaskClient
) -> None:
    page = main_of(browser.get("/activites").text)

    assert "Dojo de l’agglomération" in page
