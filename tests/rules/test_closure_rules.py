"""Rules of closures: which sessions fall into some hours, and at which site a group is."""

from datetime import date, datetime

import pytest

from services.enrolment.offer.rules.closed_hours import Span
from services.enrolment.offer.rules.sites import site_of_group
from shared.dates.clock import PARIS

DAY = date(2026, 12, 1)
SCHOOLS = ("École Jules-Ferry", "École de la Rivière", "École des Tilleuls", "École")


@pytest.mark.parametrize(
    ("starts", "ends", "closed"),
    [
        ("", "", True),
        ("13:00", "", True),  # it is not over yet
        ("13:20", "", False),
        ("", "11:30", False),
        ("", "11:31", True),
        ("12:00", "12:30", True),
    ],
)
def test_a_lunch_falls_into_hours_that_it_meets_even_in_part(
    starts: str, ends: str, closed: bool
) -> None:
    begins, over = (datetime(2026, 12, 1, *clock, tzinfo=PARIS) for clock in ((11, 30), (13, 20)))

    assert Span(DAY, DAY, starts, ends).has(begins, over) is closed


@pytest.mark.parametrize(
    ("label", "site"),
    [
        ("Cantine de l’école Jules-Ferry", "École Jules-Ferry"),
        ("Accueil du soir des Tilleuls", "École des Tilleuls"),
        ("École de la Riviere", "École de la Rivière"),
        ("Judo 6-8 ans, mercredi", "Dans chaque école"),
        ("Jules", "Dans chaque école"),
    ],
)
def test_a_group_is_at_the_school_that_it_is_named_after(label: str, site: str) -> None:
    assert site_of_group(label, "Dans chaque école", SCHOOLS) == site
