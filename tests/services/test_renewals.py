"""Going on next year: what families are asked, their answers one at a time, and what follows."""

from datetime import timedelta
from typing import Any

import pytest

from services.enrolment.families.rules.given_and_handled_times import OrderTime
from services.enrolment.models import Activity, Place, ProtectedHousehold, RecordHold, Renewal
from services.enrolment.offer.commands import editing
from services.enrolment.offer.queries.activities import activity_with_groups
from services.enrolment.school_year.renewal.commands import campaigns
from services.enrolment.school_year.renewal.commands import deadlines as due
from services.enrolment.school_year.renewal.queries import statistics as counting
from services.enrolment.school_year.renewal.queries.campaigns import route_choices
from services.enrolment.store import store
from shared.contracts.enrolment.places.family_acts import TooLate
from shared.contracts.errors import NotFound
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories import bookings as family
from tests.factories import offer
from tests.factories import places as asking
from tests.factories import renewals as renew
from tests.factories.bookings import Home, a_place
from tests.factories.enrolment import Child, Provider, at_once
from tests.factories.renewals import (
    a_campaign,
    answers,
    line_of,
    next_place,
    on_card,
    request_of,
    time_comes,
    two_years,
)


@pytest.fixture
def home(ens: Provider) -> Home:
    found = Home()
    family.arrives(ens, found)
    return found


def some_homes(ens: Provider, count: int) -> list[Home]:
    homes = [Home(Child(first_name=f"Enfant {number}")) for number in range(count)]
    family.arrives(ens, *homes)
    return homes


# What is asked


def test_nothing_is_asked_before_the_campaign_is_opened(ens: Provider, home: Home) -> None:
    years = two_years()
    a_place(home, years.group, "12")
    renew.a_draft(years)
    ens.clear_outbox()

    time_comes()

    assert ens.published("family_card") == []
    assert ens.published("notice") == []


def test_a_family_reads_what_changes_and_until_when_and_is_told_once(
    ens: Provider, home: Home
) -> None:
    years = two_years(after={"starts": "12:00", "ends": "13:20"})
    a_place(home, years.group, "12")
    campaign = a_campaign(years)

    time_comes()
    time_comes()

    (line,) = on_card(ens, home.at_claires)
    assert (line["state"], line["why"], line["by_day"]) == ("asked", "same", True)
    assert (line["now"]["weekdays"], line["next"]["weekdays"]) == ([1, 2], [1, 2])
    assert (line["now"]["starts"], line["next"]["starts"]) == ("11:45", "12:00")
    assert line["next"]["first_day"] == renew.first_day().isoformat()
    assert line["until"] == line["kept_until"] == campaign.closes_at.isoformat()
    assert [event["kind"] for event in ens.published("notice")] == ["renewal_open"]


def test_a_child_that_has_outgrown_its_group_is_proposed_the_one_of_its_age(
    ens: Provider, home: Home
) -> None:
    years = two_years(after={"born_from": today()})
    with store.write() as write:
        last_day = renew.first_day() + timedelta(days=300)
        older = offer.a_group(
            write, years.following, label="Grands", first_day=renew.first_day(), last_day=last_day
        )
    a_place(home, years.group, "12")
    a_campaign(years)

    time_comes()

    (line,) = on_card(ens, home.at_claires)
    assert (line["why"], line["next"]["group"]) == ("older", "Grands")
    assert line_of(home.child.id).group_id == older.id


def test_where_nothing_goes_on_for_its_age_the_family_reads_so_and_has_nothing_to_answer(
    ens: Provider, home: Home
) -> None:
    years = two_years(after={"born_from": today()})
    a_place(home, years.group, "12")
    a_campaign(years)

    time_comes()

    (line,) = on_card(ens, home.at_claires)
    assert (line["state"], line["next"]) == ("no_group", None)
    with pytest.raises(NotFound):
        answers(ens, home)


def test_who_gets_a_place_while_the_campaign_runs_is_asked_too(ens: Provider, home: Home) -> None:
    years = two_years()
    a_campaign(years)
    time_comes()

    a_place(home, years.group, "12")
    time_comes()

    assert on_card(ens, home.at_claires)[0]["state"] == "asked"


# Answers


def test_a_confirmed_line_is_next_years_place_from_its_first_day_and_billing_hears_of_it(
    ens: Provider, home: Home
) -> None:
    years = two_years()
    place = a_place(home, years.group, "12")
    a_campaign(years)
    time_comes()
    ens.clear_outbox()

    became = answers(ens, home, weekdays="145")

    given = next_place(home.child.id, years)
    assert became == "confirmed"
    assert (given.valid_from, given.valid_to, given.weekdays) == (renew.first_day(), None, "145")
    told = {event["place_id"]: event for event in ens.published("place_recorded")}
    assert told[given.id]["valid_from"] == renew.first_day().isoformat()
    assert told[place.id]["valid_to"] == renew.last_day().isoformat(), (
        "this year's ends with its year"
    )
    (line,) = on_card(ens, home.at_claires)
    assert (line["state"], line["place_id"]) == ("confirmed", given.id)


def days_on_card(ens: Provider, home: Home) -> tuple[list[int], list[int]]:
    """Return the days of this year and of the next, as the card's only line has them."""
    (line,) = on_card(ens, home.at_claires)
    return line["now"]["weekdays"], line["next"]["weekdays"]


@pytest.mark.parametrize("keeps", [True, False], ids=["a place is kept", "none is kept"])
def test_a_place_without_a_fixed_day_goes_on_as_it_is(
    ens: Provider, home: Home, *, keeps: bool
) -> None:
    years = two_years(places=1)
    a_place(home, years.group, "")
    a_campaign(years, keeps=keeps)
    time_comes()
    asked = days_on_card(ens, home)

    became = answers(ens, home)

    given = next_place(home.child.id, years)
    assert (became, given.weekdays) == ("confirmed", "")
    assert asked == days_on_card(ens, home) == ([], [])
    newcomer = _newcomer(ens, years)
    assert request_of(newcomer.child.id, years).state == "waiting", "it takes a place of the group"


@pytest.mark.parametrize(
    ("this_year", "said", "following"),
    [
        ("12", {"no_fixed_day": True}, ""),
        ("", {"weekdays": "4"}, "4"),
        ("", {"no_fixed_day": True}, ""),
        ("12", {}, "12"),
    ],
    ids=["fixed to none", "none to fixed", "none said again", "as this year"],
)
def test_a_family_chooses_fixed_days_or_none_for_next_year(
    ens: Provider, home: Home, this_year: str, said: dict[str, Any], following: str
) -> None:
    years = two_years()
    a_place(home, years.group, this_year)
    a_campaign(years)
    time_comes()

    answers(ens, home, **said)

    assert next_place(home.child.id, years).weekdays == following
    assert days_on_card(ens, home)[1] == [int(day) for day in following]


def test_a_no_taken_back_leaves_a_place_without_a_fixed_day_as_it_was(
    ens: Provider, home: Home
) -> None:
    years = two_years()
    a_place(home, years.group, "")
    a_campaign(years)
    time_comes()
    answers(ens, home, "decline")
    time_comes(now() + timedelta(hours=2))

    answers(ens, home, "undo")

    assert request_of(home.child.id, years).weekdays == ""
    assert days_on_card(ens, home) == ([], [])


def test_what_was_booked_whole_goes_on_on_all_its_days_where_it_is_booked_by_the_day(
    ens: Provider, home: Home
) -> None:
    years = two_years(booking="whole")
    with store.write() as write:
        write.get_one(Activity, years.following.id).booking = "by_day"
    a_place(home, years.group)
    a_campaign(years)
    time_comes()

    answers(ens, home)

    assert next_place(home.child.id, years).weekdays == years.after.weekdays
    assert days_on_card(ens, home)[1] == [int(day) for day in years.after.weekdays]


def test_days_changed_after_a_yes_are_those_of_the_line(ens: Provider, home: Home) -> None:
    years = two_years()
    a_place(home, years.group, "12")
    a_campaign(years)
    time_comes()
    answers(ens, home)

    given = next_place(home.child.id, years)
    family.orders_at(
        ens,
        "set_week",
        home.claire,
        OrderTime.at_once(),
        child_id=home.child.id,
        place_id=given.id,
        weekdays=[4],
        from_day=given.valid_from,
    )

    assert days_on_card(ens, home) == ([1, 2], [4])


def test_a_second_tap_changes_nothing(ens: Provider, home: Home) -> None:
    years = two_years()
    a_place(home, years.group, "12")
    a_campaign(years)
    time_comes()
    answers(ens, home)
    ens.clear_outbox()

    assert answers(ens, home) == "confirmed"
    assert (
        ens.published("place_recorded")
        == ens.published("family_card")
        == ens.published("notice")
        == []
    )


@pytest.mark.both_databases
def test_both_parents_confirm_in_the_same_second_and_there_is_one_place(ens: Provider) -> None:
    home = Home(changes_on=1)
    family.arrives(ens, home)
    years = two_years()
    a_place(home, years.group, "12")
    a_campaign(years)
    time_comes()

    failed = at_once(lambda by=by: answers(ens, home, by=by) for by in (home.claire, home.antoine))

    assert failed == []
    assert len(asking.places_in(years.after.id)) == 1
    for household in (home.at_claires, home.at_antoines):
        assert on_card(ens, household)[0]["state"] == "confirmed"


def test_a_no_keeps_the_place_for_an_hour_and_can_be_taken_back(ens: Provider, home: Home) -> None:
    years = two_years(places=1)
    a_place(home, years.group, "12")
    campaign = a_campaign(years)
    time_comes()

    assert answers(ens, home, "decline") == "declined"
    kept = request_of(home.child.id, years)
    assert kept.answer_until < now() + timedelta(minutes=61)
    assert answers(ens, home, "undo") == "asked"

    assert request_of(home.child.id, years).answer_until == campaign.closes_at
    assert answers(ens, home) == "confirmed"


def test_after_the_hour_the_place_goes_to_who_waits_and_a_no_taken_back_waits_in_turn(
    ens: Provider, home: Home
) -> None:
    years = two_years(places=1)
    a_place(home, years.group, "12")
    a_campaign(years)
    time_comes()
    newcomer = _newcomer(ens, years)

    answers(ens, home, "decline")
    time_comes(now() + timedelta(hours=2))

    assert request_of(newcomer.child.id, years).state == "offered"
    assert [event["kind"] for event in ens.published("notice")].count("renewal_released") == 0
    assert answers(ens, home, "undo") == "asked"
    assert answers(ens, home) == "waiting", "there is no room, but nobody is before it"
    asking.answers(newcomer, request_of(newcomer.child.id, years).id, accept=False)
    assert request_of(home.child.id, years).state == "offered"


def test_a_place_that_was_confirmed_can_be_let_go_and_never_began(
    ens: Provider, home: Home
) -> None:
    years = two_years()
    a_place(home, years.group, "12")
    a_campaign(years)
    time_comes()
    answers(ens, home)

    assert answers(ens, home, "decline") == "declined"

    assert next_place(home.child.id, years) is None
    assert ens.published("place_recorded")[-1]["cancelled"] is True


# Room


def test_where_next_year_has_fewer_places_those_who_came_first_are_kept_one_and_nobody_is_over(
    ens: Provider,
) -> None:
    years = two_years(places=2)
    homes = some_homes(ens, 4)
    for age, home in enumerate(homes):
        a_place(home, years.group, "12", valid_from=today() - timedelta(days=30 - age))
    a_campaign(years)
    time_comes()

    kept = [on_card(ens, home.at_claires)[0]["kept_until"] is not None for home in homes]
    became = [answers(ens, home) for home in reversed(homes)]

    assert kept == [True, True, False, False]
    assert became == ["waiting", "waiting", "confirmed", "confirmed"]
    assert len(asking.places_in(years.after.id)) == 2


def test_who_renews_comes_before_who_is_new(ens: Provider, home: Home) -> None:
    years = two_years(places=1)
    first, second = some_homes(ens, 2)
    a_place(first, years.group, "12", valid_from=today() - timedelta(days=9))
    a_place(second, years.group, "12")
    a_campaign(years)
    time_comes()
    newcomer = _newcomer(ens, years)
    assert answers(ens, second) == "waiting"

    answers(ens, first, "decline")
    time_comes(now() + timedelta(hours=2))

    assert request_of(second.child.id, years).state == "offered"
    assert request_of(newcomer.child.id, years).state == "waiting"


def test_where_no_place_is_kept_the_first_to_answer_have_them(ens: Provider) -> None:
    years = two_years(places=1)
    first, second = some_homes(ens, 2)
    a_place(first, years.group, "12", valid_from=today() - timedelta(days=9))
    a_place(second, years.group, "12")
    a_campaign(years, keeps=False)
    time_comes()

    assert answers(ens, second) == "confirmed"
    assert answers(ens, first) == "waiting"


# Time


def test_who_has_not_answered_is_reminded_then_released_and_the_place_goes_to_who_waits(
    ens: Provider, home: Home
) -> None:
    years = two_years(places=1)
    place = a_place(home, years.group, "12")
    campaign = a_campaign(years)
    time_comes()
    newcomer = _newcomer(ens, years)

    for moment in (campaign.closes_at - timedelta(days=4), campaign.closes_at - timedelta(days=1)):
        time_comes(moment)
    after = campaign.closes_at + timedelta(minutes=1)
    time_comes(after)

    kinds = [
        event["kind"]
        for event in ens.published("notice")
        if event["household_id"] == home.at_claires
    ]
    assert kinds == ["renewal_open", "renewal_ending", "renewal_released"]
    assert on_card(ens, home.at_claires)[0]["state"] == "released"
    assert request_of(newcomer.child.id, years).state == "offered"
    with store.read() as read:
        assert read.get(Place, place.id).valid_to == renew.last_day()
    with pytest.raises(TooLate):
        answers(ens, home, at=after)


def test_an_answer_of_before_the_deadline_counts_where_the_provider_was_down_over_it(
    ens: Provider, home: Home
) -> None:
    years = two_years(places=1)
    a_place(home, years.group, "12")
    campaign = a_campaign(years)
    time_comes()
    ordered, back = campaign.closes_at - timedelta(hours=1), campaign.closes_at + timedelta(hours=1)
    time_comes(back)

    assert answers(ens, home, at=ordered, handled=back) == "confirmed"
    assert next_place(home.child.id, years) is not None


# Whose it is


def test_a_strangers_a_former_guardians_and_the_other_households_answer_is_not_found(
    ens: Provider,
) -> None:
    home = Home(changes_on=1)
    family.arrives(ens, home)
    years = two_years()
    applied = asking.applies_at(
        asking.Family(home.child, home.claire, home.at_claires), years.group.id, now()
    )
    assert asking.application(applied).household_id == home.at_claires
    a_campaign(years)
    time_comes()

    assert on_card(ens, home.at_antoines) == []
    for somebody in (home.antoine, new_id()):
        with pytest.raises(NotFound):
            answers(ens, home, by=somebody)
    home.changes_on = None
    alone = Home(home.child, home.antoine, at_claires=home.at_antoines)
    family.arrives(ens, alone, version=2)  # Claire's guardianship has ended
    with pytest.raises(NotFound):
        answers(ens, home)
    assert next_place(home.child.id, years) is None
    assert on_card(ens, home.at_antoines)[0]["state"] == "asked", "it is his to answer now"


def test_of_a_dead_child_nothing_is_asked_and_nothing_leaves(ens: Provider, home: Home) -> None:
    years = two_years()
    a_place(home, years.group, "12")
    with store.write() as write:
        write.add(RecordHold(child_id=home.child.id, held=True, version=1))
    a_campaign(years)
    ens.clear_outbox()

    time_comes()

    assert ens.published("notice") == ens.published("family_card") == []
    with store.read() as read:
        assert read.query(Renewal).count() == 0


def test_where_one_home_is_hidden_the_other_reads_nothing_of_a_place_that_could_be_its(
    ens: Provider,
) -> None:
    home = Home(changes_on=1)
    family.arrives(ens, home)
    years = two_years()
    a_place(home, years.group, "12")
    with store.write() as write:
        hidden = {"child_id": home.child.id, "household_id": home.at_claires}
        write.add(ProtectedHousehold(**hidden))
    a_campaign(years)
    time_comes()

    assert on_card(ens, home.at_antoines) == []
    assert {event["household_id"] for event in ens.published("notice")} == {home.at_claires}
    with pytest.raises(NotFound):
        answers(ens, home, by=home.antoine)
    assert answers(ens, home) == "confirmed"


# The provider


def test_a_campaign_copies_nothing_twice(ens: Provider, home: Home) -> None:
    years = two_years()
    a_place(home, years.group, "12")
    campaign = a_campaign(years)

    with store.read() as read:
        assert route_choices(read, renew.this_year()) == []
    with pytest.raises(NotFound):
        renew.a_draft(years)
    with pytest.raises(NotFound), store.write() as write:
        campaigns.open_drafted_campaign(write, campaign.id, new_id(), now())


def test_an_offer_to_which_a_campaign_leads_is_not_thrown_away(ens: Provider) -> None:
    years = two_years()
    renew.a_draft(years)

    with store.write() as write:
        editing.delete_draft(write, years.following.id)

    with store.read() as read:
        assert activity_with_groups(read, years.following.id)[1] != []


def test_the_director_counts_and_reminds_each_household_once(ens: Provider) -> None:
    years = two_years()
    yes, no, silent = some_homes(ens, 3)
    for home in (yes, no, silent):
        a_place(home, years.group, "12")
    campaign = a_campaign(years)
    time_comes()
    answers(ens, yes)
    answers(ens, no, "decline")

    with store.write() as write:
        reminded = [due.remind_on_order(write, campaign.id, now()) for _ in range(2)]
    with store.read() as read:
        counts = counting.counts_of_campaign(read, campaign)
        waiting = counting.children_to_remind(read, campaign)

    assert reminded == [1, 1]
    kinds = [(event["kind"], event["household_id"]) for event in ens.published("notice")]
    assert kinds.count(("renewal_reminder", silent.at_claires)) == 1
    assert dict(counts.states) == {"confirmed": 1, "declined": 1, "asked": 1}
    assert [(day.confirmed, day.declined) for day in counts.days] == [(1, 1)]
    assert [event.name for event in waiting] == ["Enfant 2 Lefèvre"]


def _newcomer(ens: Provider, years: renew.Years) -> asking.Family:
    """Let next year open, and somebody new wait for a place there."""
    with store.write() as write:
        editing.open_activity_to_families(write, years.following.id, now())
    (household,) = asking.arrived(ens, 1, last_name="Nouvelle")
    asking.asks(household, years.after.id, weekdays=[1, 2])
    return household
