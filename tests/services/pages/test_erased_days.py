"""A desk page of days that were erased says so, and by what rule; kept days say nothing."""

from datetime import date, timedelta

import pytest

from shared.dates.clock import today
from shared.dates.retention_periods import first_day_kept
from shared.register.retention import ACTIVITY_RETENTION
from shared.web.language.typography import NBSP, long_date
from tests.factories.bookings import Home, a_group, arrives
from tests.factories.enrolment import Desk, Provider

PAGES = (
    "/planning?groupe={group}&semaine={day}",
    "/planning/enfants/{child}?mois={day:%Y-%m}",
    "/effectifs?jour={day}",
    "/effectifs/enfants?jour={day}",
    "/effectifs/remise?jour={day}",
    "/cuisine?jour={day}",
)


def oldest_kept() -> date:
    return first_day_kept(today(), ACTIVITY_RETENTION)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.partition("?")[0])
def test_a_page_of_erased_days_says_since_when_days_are_kept_and_for_how_long(
    ens: Provider, lead: Desk, page: str
) -> None:
    home, group = Home(), a_group()
    arrives(ens, home)
    named = {"group": group.id, "child": home.child.id}
    since = long_date(oldest_kept(), "fr").replace(NBSP, " ")
    said = f"Les jours d’avant le {since} sont effacés."

    erased = lead.sees(page.format(day=oldest_kept() - timedelta(days=40), **named))
    kept = lead.sees(page.format(day=oldest_kept() + timedelta(days=40), **named))

    assert said in erased
    assert "4 ans après la fin de l’année scolaire" in erased
    assert "sont effacés" not in kept
