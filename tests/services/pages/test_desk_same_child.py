"""A child whom a service has under two ids: its page says so, and two places are to be decided."""

import pytest

from services.enrolment.models import Place
from services.enrolment.store import store
from shared.dates.clock import today
from shared.runtime.ids import new_id
from tests.factories import enrolment as make
from tests.factories import offer, places
from tests.factories.enrolment import Child, Desk, Provider, item
from tests.factories.places import Family


@pytest.fixture
def desk(ens: Provider) -> Desk:
    desk = make.desk_of(ens)
    desk.signs_in(ens.has_agent("lead"))
    return desk


@pytest.fixture
def files(ens: Provider) -> tuple[Family, Family]:
    """Give one child under two ids, told by the dossier to be one."""
    hers, his = Family(Child(first_name="Jeanne")), Family(Child(first_name="Jeanne"))
    for family, other in ((hers, his), (his, hers)):
        places.arrives(ens, family)
        told = {**family.file, "same_child": [other.child.id]}
        ens.receives("family", item(family.child.id, 2, told))
    return hers, his


def test_each_page_of_the_child_says_so_and_leads_to_the_other(
    ens: Provider, desk: Desk, files: tuple[Family, Family]
) -> None:
    for family, other in (files, files[::-1]):
        page = desk.client.get(f"/enfants/{family.child.id}").text
        assert "Cet enfant a deux numéros ici." in page
        assert f"/enfants/{other.child.id}" in page

    for family in files:  # taken apart
        ens.receives("family", item(family.child.id, 3, family.file))
    assert "deux numéros" not in desk.sees(f"/enfants/{files[0].child.id}")


@pytest.mark.parametrize(("both", "shown"), [(True, True), (False, False)], ids=["both", "one"])
def test_places_under_both_ids_are_for_the_lead_to_decide(
    desk: Desk, files: tuple[Family, Family], both: bool, shown: bool
) -> None:
    with store.write() as write:
        group = offer.a_group(write, offer.an_activity(write))
        for family in files if both else files[:1]:
            write.add(_place(group.id, family))

    page = desk.client.get("/").text

    assert ("a des places sous deux numéros" in page) is shown
    if shown:
        assert all(f"/enfants/{family.child.id}" in page for family in files)


def _place(group_id: str, family: Family) -> Place:
    return Place(
        id=new_id(),
        group_id=group_id,
        child_id=family.child.id,
        weekdays="1",
        valid_from=today(),
    )
