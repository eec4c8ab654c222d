"""Lists and files of an agent of one site: of the other one no row, and no line of the read log."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest

from services.enrolment.bookings.queries.expected_counts import make_diets_reader
from services.enrolment.bookings.queries.kitchen_week import meal_counts_of_week
from services.enrolment.children.queries.reach_of_right import make_reach_of_places
from services.enrolment.store import store, vault
from shared.dates.clock import today
from tests.factories import attendance, offer
from tests.factories.bookings import Home, a_place, arrives, next_monday
from tests.factories.enrolment import Child, Desk, Provider
from tests.factories.two_sites import Site, holds, lead

__all__ = ["lead"]


def file_of(desk: Desk, page: str) -> str:
    """Return a list's file as text; commas and marks aside."""
    answer = desk.client.get(f"{page}?fichier=csv")
    assert answer.mimetype == "text/csv", (page, answer.status_code)
    rows = csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";")
    return "\n".join(" ".join(row) for row in rows)


def taken(ens: Provider) -> set[tuple[str, str, str]]:
    """Return of whom files left: role, part and child."""
    lines: list[dict[str, Any]] = ens.published("list_taken")
    return {(line["role"], line["part"], child) for line in lines for child in line["child_ids"]}


@pytest.mark.parametrize(
    "page", ["/enfants", "/a-voir", "/effectifs/enfants", "/effectifs/remise", "/effectifs/semaine"]
)
def test_a_file_has_the_rows_of_the_own_site_and_no_other(
    ens: Provider, north: Site, south: Site, page: str
) -> None:
    desk = holds(ens, lead=north)

    assert "Nordil" in desk.sees(page) and "Sudel" not in desk.sees(page)
    words = file_of(desk, page)

    assert "Nordil" in words and "Sudel" not in words
    assert south.home.child.id not in {child for _role, _part, child in taken(ens)}


@pytest.mark.parametrize("page", ["/groupes", "/demandes/groupe"])
def test_a_group_of_the_other_site_has_no_file(
    ens: Provider, lead: Desk, north: Site, south: Site, page: str
) -> None:
    assert "Nordil" in file_of(lead, f"{page}/{north.group.id}")

    lead.sees(f"{page}/{south.group.id}?fichier=csv", status=404)


def test_a_file_of_children_of_two_sites_is_noted_in_the_role_that_reaches_each(
    ens: Provider, north: Site, south: Site
) -> None:
    desk = holds(ens, school_desk=north, kitchen=south)

    words = file_of(desk, "/enfants")

    assert "Nordilard" in words and "Sudelard" in words
    roles = {child: role for role, _part, child in taken(ens)}
    assert roles[north.home.child.id] == "school_desk"
    assert roles[south.home.child.id] == "kitchen"


def test_a_list_says_of_a_child_of_both_sites_the_place_at_the_own_one(
    lead: Desk, north: Site, south: Site
) -> None:
    a_place(north.home, south.group, "1234567")

    assert "Groupe Sudel" not in file_of(lead, "/enfants")


def test_diets_of_the_week_are_counted_at_the_site_of_the_role_that_sees_them(
    ens: Provider, north: Site, south: Site
) -> None:
    with store.read() as read:
        dieted = make_reach_of_places(read, {south.place}, today())
        diets = make_diets_reader(read, vault)
        week = meal_counts_of_week(read, next_monday(), {"canteen"}, diets, dieted=dieted)

    kinds = {(line.group, line.kind) for line in week.lines}
    assert ("Groupe Sudel", "menu") in kinds and ("Groupe Nordil", "all") in kinds
    assert ("Groupe Nordil", "menu") not in kinds


def test_whom_a_child_goes_home_with_is_read_in_the_role_that_reaches_it(
    ens: Provider, north: Site, south: Site
) -> None:
    desk = holds(ens, school_desk=north, lead=south)
    ens.clear_outbox()

    words = desk.sees("/effectifs/remise")

    assert "Sudelard" in words and "Nordilard" not in words
    read = {(line["role"], line["child_id"]) for line in ens.published("projection_read")}
    assert read == {("lead", south.home.child.id)}


@pytest.mark.parametrize("page", ["/effectifs/enfants", "/effectifs/remise"])
def test_who_has_left_stays_on_a_past_day_without_a_link_to_a_page_that_is_gone(
    ens: Provider, north: Site, page: str
) -> None:
    gone, last_week = Home(Child("Nordas", "Nordilard", "2018-05-02")), today() - timedelta(days=5)
    arrives(ens, gone)
    with store.write() as write:
        for home in (gone, north.home):
            attendance.booked(write, offer.session_on(write, north.group, last_week), home.child.id)
    desk = holds(ens, lead=north)

    listed = desk.client.get(f"{page}?jour={last_week}").text

    assert "Nordas" in listed and f"/enfants/{gone.child.id}" not in listed
    assert f"/enfants/{north.home.child.id}" in listed
    desk.sees(f"/enfants/{gone.child.id}", status=404)
