"""A household leaves the town: said once, known to every service, and undone until then."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from services.dossier.models import Departure, Link
from services.dossier.sharing.links.commands.departures import end_due_departures
from services.dossier.sharing.queries.current_access_policy import current_policy
from services.dossier.store import store
from shared.contracts.dossier import front_desk
from shared.contracts.dossier import guardians as contracts
from shared.contracts.dossier.families import departures
from shared.contracts.errors import BadRequest, NotFound
from shared.dates.clock import PARIS, today
from shared.dates.instant import Instant
from tests.factories import dossier as make
from tests.factories.dossier import Town

DAY = timedelta(days=1)
ELSEWHERE = {"street": "4 rue du Port", "postcode": "29000", "insee": "", "commune": "Quimper"}


def next_week() -> date:
    return today() + 7 * DAY


class Leaving:
    """Two sisters and their mother, in a home of their own."""

    def __init__(self, town: Town) -> None:
        self.town = town
        mother = make.guardian("Sandra Morel")
        sisters = [make.child([mother], links=["ens", "agg"]), make.child([mother], links=["ens"])]
        ids = town.arrives(make.household(*sisters, guardians=[mother], address=make.address()))
        self.sisters = [ids.children[each["reference"]] for each in sisters]
        self.mother, self.home = ids.guardians[mother["reference"]], ids.household_id
        town.sent(), town.cards(), town.homes()

    def says(self, children: Sequence[str], last_day: date | None = None, **more: Any) -> None:
        self.town.ask(
            departures.announce_departure,
            subject=self.mother,
            household_id=self.home,
            children=list(children),
            last_day=last_day or next_week(),
            **more,
        )

    def takes_back(self) -> None:
        self.town.ask(departures.withdraw_departure, subject=self.mother, household_id=self.home)

    def last_days_sent(self) -> dict[tuple[str, str], str | None]:
        """Return what each service was last told of each child."""
        return {
            (each.child_id, each.provider): each.content.get("last_day")
            for each in self.town.sent()
            if each.projection == "family" and each.content is not None
        }

    def services(self) -> dict[str, list[str]]:
        answer = self.town.ask(contracts.my_children, subject=self.mother)
        return {child["id"]: child["providers"] for child in answer.children}

    def addresses(self) -> list[str]:
        answer = self.town.ask(contracts.my_household, subject=self.mother, household_id=self.home)
        return [each["commune"] for each in answer.addresses]


@pytest.fixture
def family(town: Town) -> Leaving:
    return Leaving(town)


def the_day_passes(last_day: date) -> None:
    """Let the announced day be over, and the timer run."""
    with store.write() as write:
        write.execute(update(Departure).values(last_day=last_day))
        write.execute(update(Link).values(opened_at=Instant.now().moment - 30 * DAY))
    with store.write() as write:
        children = write.scalars(select(Departure.child_id)).all()
        end_due_departures(write, current_policy(), children, Instant.now())


def test_every_service_of_every_child_learns_the_last_day_at_once(family: Leaving) -> None:
    one, other = family.sisters

    family.says(family.sisters)

    day = next_week().isoformat()
    assert family.last_days_sent() == {(one, "agg"): day, (one, "ens"): day, (other, "ens"): day}
    assert family.services() == {one: ["agg", "ens"], other: ["ens"]}


def test_the_counter_is_shown_which_child_of_a_home_leaves_and_when(family: Leaving) -> None:
    one, other = family.sisters
    family.says([one])

    opened = family.town.at_desk(front_desk.open_dossier, household_id=family.home)

    shown = {child["id"]: child["leaves_after"] for child in opened.children}
    assert shown == {one: next_week(), other: None}


def test_a_child_that_stays_is_not_told_of(family: Leaving) -> None:
    one, other = family.sisters
    family.says([other])

    assert family.last_days_sent() == {(other, "ens"): next_week().isoformat()}

    family.says([one])
    assert family.last_days_sent() == {
        (one, "agg"): next_week().isoformat(),
        (one, "ens"): next_week().isoformat(),
        (other, "ens"): None,
    }


def test_taken_back_every_service_learns_it_and_the_new_address_is_gone(family: Leaving) -> None:
    family.says(family.sisters, address=ELSEWHERE)
    assert family.addresses()[0] == "Quimper"
    family.town.sent()

    family.takes_back()

    assert set(family.last_days_sent().values()) == {None}
    assert "Quimper" not in family.addresses()
    with pytest.raises(NotFound):
        family.takes_back()


def test_another_last_day_takes_the_address_along(family: Leaving) -> None:
    family.says(family.sisters, address=ELSEWHERE)

    family.says(family.sisters, last_day=next_week() + 7 * DAY)

    answer = family.town.ask(
        contracts.my_household, subject=family.mother, household_id=family.home
    )
    since = {each["valid_from"]: each["commune"] for each in answer.addresses}
    assert since[next_week() + 8 * DAY] == "Quimper"
    assert next_week() + DAY not in since
    family.takes_back()
    assert "Quimper" not in family.addresses()


def test_an_address_said_apart_stays_when_the_departure_is_taken_back(family: Leaving) -> None:
    family.says(family.sisters)
    version = family.town.ask(
        contracts.my_household, subject=family.mother, household_id=family.home
    ).version
    family.town.ask(
        contracts.move_household,
        subject=family.mother,
        household_id=family.home,
        base_version=version,
        valid_from=next_week() + DAY,
        **ELSEWHERE,
    )

    family.takes_back()

    assert family.addresses()[0] == "Quimper"


def test_on_the_day_all_links_end_with_its_last_moment_and_the_family_keeps_the_rest(
    family: Leaving,
) -> None:
    one, other = family.sisters
    family.says(family.sisters, address=ELSEWHERE)
    family.town.sent()
    yesterday = today() - DAY

    the_day_passes(yesterday)

    ended = [each for each in family.town.sent() if each.projection == "family"]
    assert all(each.content is None for each in ended)
    assert {each.erase_after.astimezone(PARIS).date() for each in ended} == {yesterday}
    assert family.services() == {one: [], other: []}
    assert family.addresses()[0] == "Quimper"
    with pytest.raises(NotFound):
        family.takes_back()


def test_a_child_that_comes_back_is_linked_as_any_other(family: Leaving) -> None:
    one, other = family.sisters
    family.says(family.sisters)
    the_day_passes(today() - DAY)
    family.town.sent()

    family.town.ask(contracts.open_link, subject=family.mother, child_id=one, provider="ens")

    assert family.last_days_sent() == {(one, "ens"): None}
    assert family.services() == {one: ["ens"], other: []}
    the_day_passes(today() - DAY)
    assert family.services()[one] == ["ens"]


@pytest.mark.parametrize("days", [-1, 400], ids=["yesterday", "in more than a year"])
def test_a_day_that_is_a_slip_of_the_pen_is_refused(family: Leaving, days: int) -> None:
    with pytest.raises(BadRequest):
        family.says(family.sisters, last_day=today() + days * DAY)


def test_a_child_with_another_home_goes_on_to_live_in_the_town(town: Town) -> None:
    claire, antoine = make.guardian("Claire Lefèvre"), make.guardian("Antoine Lefèvre")
    manon = make.child([claire], links=["ens"])
    hers = town.arrives(make.household(manon, guardians=[claire]))
    at_antoines = {**manon, "guardians": [antoine["reference"]]}
    town.arrives(make.household(at_antoines, guardians=[antoine]))

    with pytest.raises(BadRequest):
        town.ask(
            departures.announce_departure,
            subject=hers.guardians[claire["reference"]],
            household_id=hers.household_id,
            children=list(hers.children.values()),
            last_day=next_week(),
        )


def test_nobody_announces_for_children_or_homes_of_others(family: Leaving) -> None:
    theirs = Leaving(family.town)

    with pytest.raises(NotFound):
        family.says(theirs.sisters)
    with pytest.raises(NotFound):
        family.town.ask(
            departures.withdraw_departure, subject=family.mother, household_id=theirs.home
        )


def test_the_guardians_of_the_child_read_its_last_day(family: Leaving) -> None:
    one, other = family.sisters
    family.says([one])

    answer = family.town.ask(contracts.my_children, subject=family.mother)

    days = {child["id"]: child.get("leaves_after") for child in answer.children}
    assert days == {one: next_week(), other: None}


@pytest.fixture
def blended(town: Town) -> dict[str, str]:
    """Give a home of a couple in which each has a child of an earlier life, and no other's."""
    sandra, paul = make.guardian("Sandra Morel"), make.guardian("Paul Roux")
    hers, his = make.child([sandra], links=["ens"]), make.child([paul], links=["ens"])
    ids = town.arrives(make.household(hers, his, guardians=[sandra, paul], address=make.address()))
    town.sent()
    return {
        "home": ids.household_id,
        "sandra": ids.guardians[sandra["reference"]],
        "paul": ids.guardians[paul["reference"]],
        "hers": ids.children[hers["reference"]],
        "his": ids.children[his["reference"]],
    }


def says_of(town: Town, who: dict[str, str], parent: str, child: str) -> None:
    """Let one of a couple say that a child leaves in a week."""
    town.ask(
        departures.announce_departure,
        subject=who[parent],
        household_id=who["home"],
        children=[who[child]],
        last_day=next_week(),
    )


def leaving(town: Town, who: dict[str, str], parent: str) -> dict[str, date | None]:
    """Return which children leave when, as a parent reads it of its home."""
    asked = {"subject": who[parent], "household_id": who["home"]}
    answer = town.ask(departures.departure_of, **asked)
    return {child["child_id"]: child["leaves_after"] for child in answer.children}


def test_who_says_of_an_own_child_says_nothing_of_one_without_authority(
    town: Town, blended: dict[str, str]
) -> None:
    says_of(town, blended, "sandra", "hers")

    says_of(town, blended, "paul", "his")

    assert leaving(town, blended, "sandra") == {blended["hers"]: next_week()}
    assert leaving(town, blended, "paul") == {blended["his"]: next_week()}


def test_nobody_takes_back_a_departure_of_a_child_without_authority(
    town: Town, blended: dict[str, str]
) -> None:
    says_of(town, blended, "sandra", "hers")
    back = {"subject": blended["paul"], "household_id": blended["home"]}

    with pytest.raises(NotFound):
        town.ask(departures.withdraw_departure, **back)

    assert leaving(town, blended, "sandra") == {blended["hers"]: next_week()}


def test_a_child_that_comes_to_live_in_another_home_too_keeps_its_days(town: Town) -> None:
    claire, antoine = make.guardian("Claire Lefèvre"), make.guardian("Antoine Lefèvre")
    manon = make.child([claire], links=["ens"])
    hers = town.arrives(make.household(manon, guardians=[claire]))
    (child_id,) = hers.children.values()
    who = {
        "home": hers.household_id,
        "claire": hers.guardians[claire["reference"]],
        "manon": child_id,
    }
    says_of(town, who, "claire", "manon")
    town.sent()

    at_antoines = {**manon, "guardians": [antoine["reference"]]}
    town.arrives(make.household(at_antoines, guardians=[antoine]))

    families = [each.content for each in town.sent() if each.projection == "family"]
    assert families and all("last_day" not in content for content in families)
    assert leaving(town, who, "claire") == {child_id: None}
    the_day_passes(today() - DAY)
    answer = town.ask(contracts.my_children, subject=who["claire"])
    assert [child["providers"] for child in answer.children] == [["ens"]]
