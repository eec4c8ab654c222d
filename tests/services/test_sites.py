"""Sites of groups, on both databases: rights and names that outlast a school year."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.enrolment.children.queries.reach_of_right import make_reach_of_places
from services.enrolment.children.rules.place_codes_of_rights import place_code_of_site
from services.enrolment.models import Activity, Group
from services.enrolment.offer.commands.copying_last_year import copy_activities
from services.enrolment.offer.commands.editing import (
    open_activity_to_families,
    save_activity,
    save_group,
)
from services.enrolment.offer.commands.site_renaming import NameTaken, rename_site
from services.enrolment.offer.queries.places_of_rights import running_groups
from services.enrolment.offer.queries.sites import sites_of_groups
from services.enrolment.store import store
from shared.contracts.enrolment.places import imports
from shared.contracts.errors import NotFound
from shared.contracts.message import Caller
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories import offer
from tests.factories.bookings import Home, a_place, arrives
from tests.factories.enrolment import Provider
from tests.factories.travelling import answered

EACH_SCHOOL, FERRY, RIVER = "Dans chaque école", "École Jules-Ferry", "École de la Rivière"


@pytest.fixture
def canteens(ens: Provider) -> tuple[Group, Group]:
    """Give a canteen in each of two schools, of one activity."""
    with store.write() as write:
        canteen = offer.an_activity(write, site=EACH_SCHOOL)
        ferry = offer.a_group(write, canteen, label="Ferry", site=FERRY)
        return ferry, offer.a_group(write, canteen, label="Rivière", site=RIVER)


def reached(site: str) -> set[str]:
    """Return the groups at which a right holds that was given at a site."""
    with store.read() as read:
        groups = make_reach_of_places(read, [place_code_of_site(site)], today()).groups
    return set(groups or ())


def renames(site: str, name: str) -> str:
    with store.write() as write:
        return rename_site(write, site, name, now())


def site_now(group: Group) -> str:
    with store.read() as read:
        return read.get_one(Group, group.id).site


def saved(group: Group, site: str) -> str:
    """Write a group's site, as its form does, and return what is kept."""
    with store.write() as write:
        save_group(write, group.activity_id, group.id, {"site": site}, now(), consent=True)
    return site_now(group)


# Rights at a site


def test_a_right_at_one_school_holds_at_its_groups_and_no_others(
    canteens: tuple[Group, Group],
) -> None:
    ferry, river = canteens

    assert reached(FERRY) == {ferry.id} and reached(RIVER) == {river.id}
    assert reached(EACH_SCHOOL) == set(), "no group is where the activity is said to be"


def test_a_right_at_one_school_holds_in_the_year_after(canteens: tuple[Group, Group]) -> None:
    ferry, _river = canteens
    with store.write() as write:
        activity = write.get_one(Activity, ferry.activity_id)
        (draft,) = copy_activities(write, activity.school_year, [activity.id])
        open_activity_to_families(write, draft.id, now())
        copied = write.scalars(select(Group).filter_by(activity_id=draft.id, label="Ferry")).one()

    assert reached(FERRY) == {ferry.id, copied.id}


def test_a_group_without_a_site_of_its_own_goes_with_its_activity(ens: Provider) -> None:
    with store.write() as write:
        judo = offer.an_activity(write, site="Dojo")
        group = offer.a_group(write, judo)
    assert reached("Dojo") == {group.id}

    with store.write() as write:
        save_activity(write, judo.id, {"site": "Gymnase"}, now(), consent=True)

    assert reached("Gymnase") == {group.id} and reached("Dojo") == set()


def test_the_form_of_a_right_offers_schools_and_not_where_the_activity_is(
    canteens: tuple[Group, Group],
) -> None:
    with store.read() as read:
        offered = [(each.site, each.group) for each in running_groups(read, today())]

    assert offered == [(RIVER, "Rivière"), (FERRY, "Ferry")]


# How a site is written


@pytest.mark.parametrize(
    "written", ["ecole jules ferry", " École  Jules-Ferry", "ÉCOLE JULES-FERRY"]
)
def test_a_site_written_otherwise_is_the_one_that_is_known(
    canteens: tuple[Group, Group], written: str
) -> None:
    assert saved(canteens[1], written) == FERRY
    assert reached(FERRY) == {group.id for group in canteens}


def test_a_group_that_is_where_its_activity_is_keeps_no_site_of_its_own(
    canteens: tuple[Group, Group],
) -> None:
    assert saved(canteens[0], "dans chaque ecole") == ""


def test_an_imported_group_has_its_site_and_families_read_it(ens: Provider) -> None:
    row = offer.imported_activity()
    (first,) = row["groups"]
    own = {**first, "reference": "canteen-river", "label": "Rivière", "site": RIVER}
    again = {
        **own,
        "reference": "canteen-river-2",
        "label": "Second",
        "site": "Ecole de la riviere",
    }
    asked = {"days_off": [], "activities": [{**row, "groups": [first, own, again]}]}

    answered(ens.service, imports.import_offer, Caller("ops", None, new_id()), **asked)

    (told,) = ens.published("activity_published")
    groups = {each["label"]: each["site"] for each in told["content"]["groups"]}
    assert groups == {first["label"]: EACH_SCHOOL, "Rivière": RIVER, "Second": RIVER}


def test_a_family_reads_the_school_on_its_card(ens: Provider) -> None:
    home = Home()
    arrives(ens, home)
    with store.write() as write:
        canteen = offer.an_activity(write, site=EACH_SCHOOL)
        group = offer.a_group(write, canteen, site=FERRY)
    a_place(home, group, "1234567")

    renames(FERRY, "École Jules et Camille Ferry")

    assert place_on_card(ens)["site"] == "École Jules et Camille Ferry"


def place_on_card(ens: Provider) -> dict[str, Any]:
    card = ens.published("family_card")[-1]
    (place,) = card["children"][0]["places"]
    return dict(place)


# Another name


def test_a_right_given_under_the_former_name_goes_on(canteens: tuple[Group, Group]) -> None:
    ferry, river = canteens

    assert renames(FERRY, "École Simone-Veil") == "École Simone-Veil"
    renames("École Simone-Veil", "École Veil")

    for name in (FERRY, "École Simone-Veil", "École Veil"):
        assert reached(name) == {ferry.id}
    assert reached(RIVER) == {river.id}
    with store.read() as read:
        assert [site.name for site in sites_of_groups(read)] == [RIVER, "École Veil"]


def test_a_mistake_in_a_name_is_mended_and_the_old_name_can_come_back(
    canteens: tuple[Group, Group],
) -> None:
    ferry, _river = canteens

    renames(FERRY, "Ecole jules ferry")
    assert site_now(ferry) == "Ecole jules ferry"
    renames("Ecole jules ferry", FERRY)

    assert site_now(ferry) == FERRY
    assert reached(FERRY) == reached("Ecole jules ferry") == {ferry.id}


def test_all_years_and_activities_of_a_site_are_renamed_at_once(
    canteens: tuple[Group, Group],
) -> None:
    with store.write() as write:
        care = offer.an_activity(write, site=FERRY, label="Accueil du soir", state="ended")
        evening = offer.a_group(write, care, last_day=today() - timedelta(days=1))

    renames(FERRY, "École Veil")

    assert reached("École Veil") == {canteens[0].id, evening.id}
    assert site_now(evening) == "", "it goes with its activity, as before"


def test_a_name_that_another_site_has_or_had_is_refused(canteens: tuple[Group, Group]) -> None:
    ferry, river = canteens
    with pytest.raises(NameTaken):
        renames(FERRY, "ecole de la riviere")
    renames(RIVER, "École des Berges")

    with pytest.raises(NameTaken):
        renames(FERRY, RIVER)

    assert reached(FERRY) == {ferry.id} and reached(RIVER) == {river.id}


def test_a_name_that_somebody_has_a_right_at_is_refused_though_no_group_meets_there_any_more(
    ens: Provider, canteens: tuple[Group, Group]
) -> None:
    ferry, river = canteens
    ens.has_agent("school_desk", places=[place_code_of_site(FERRY)])
    saved(ferry, "École Veil")

    with pytest.raises(NameTaken):
        renames(RIVER, "ecole jules ferry")

    assert reached(FERRY) == set() and site_now(river) == RIVER


def test_who_writes_a_former_name_means_the_site_as_it_is_called_now(
    canteens: tuple[Group, Group],
) -> None:
    ferry, river = canteens
    renames(FERRY, "École Veil")

    assert saved(river, "ecole jules ferry") == "École Veil"
    assert reached(FERRY) == {ferry.id, river.id}


def test_a_site_that_is_none_is_not_renamed(canteens: tuple[Group, Group]) -> None:
    for unknown in (EACH_SCHOOL, "Nulle part", ""):
        with pytest.raises(NotFound):
            renames(unknown, "Ailleurs")
