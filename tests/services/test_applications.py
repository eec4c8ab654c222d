"""Applications on both databases: who gets a place at once, and who may ask for whom."""

import threading
from datetime import date, timedelta

import pytest

from services.enrolment.models import Application, Group
from services.enrolment.store import store
from shared.contracts.enrolment.places.family_acts import AlreadyApplied, OfferClosed
from shared.contracts.errors import BadRequest, NotEntitled, NotFound
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories import enrolment as make
from tests.factories import offer
from tests.factories import places as family
from tests.factories.bookings import Home, change, states
from tests.factories.enrolment import Provider
from tests.factories.places import Family

TOMORROW = timedelta(days=1)


def refused(family_: Family, group_id: str) -> type[BaseException]:
    """Return as what an application is refused at once."""
    with pytest.raises(BaseException) as failure:
        family.asks(family_, group_id)
    return failure.type


def test_a_family_gets_a_place_at_once_while_there_is_one(ens: Provider) -> None:
    group = family.a_group(places=2)
    (household,) = family.arrived(ens, 1)

    answer = family.asks(household, group, weekdays=[1, 2])

    assert (answer["state"], answer["rank"]) == ("accepted", None)
    (place,) = family.places_in(group)
    assert (place.child_id, place.weekdays, place.valid_from) == (household.child.id, "12", today())
    assert family.notices(ens) == [("place_given", household.household)]


def test_of_two_applications_for_the_last_place_one_gets_it_and_the_other_is_told_at_once(
    ens: Provider,
) -> None:
    group = family.a_group(places=1)
    first, second = family.arrived(ens, 2)

    given, told = family.asks(first, group), family.asks(second, group)

    assert given["state"] == "accepted"
    assert (told["state"], told["rank"]) == ("waiting", 1)


@pytest.mark.both_databases
def test_two_who_ask_in_the_same_instant_share_one_place_between_them_once(ens: Provider) -> None:
    group = family.a_group(places=1)
    families = family.arrived(ens, 6)
    ready, answers = threading.Barrier(len(families)), []

    def ask(one: Family) -> None:
        ready.wait()
        answers.append(family.asks(one, group))

    failures = make.at_once([lambda one=one: ask(one) for one in families])

    assert failures == []
    assert sorted(answer["state"] for answer in answers) == ["accepted", *["waiting"] * 5]
    assert sorted(a["rank"] for a in answers if a["rank"]) == [1, 2, 3, 4, 5]
    assert len(family.places_in(group)) == 1


def test_an_activity_without_a_limit_takes_everybody(ens: Provider) -> None:
    group = family.a_group(places=None)

    answers = [family.asks(one, group)["state"] for one in family.arrived(ens, 3)]

    assert answers == ["accepted"] * 3


def test_a_place_wanted_from_later_on_begins_then(ens: Provider) -> None:
    group = family.a_group(places=1)
    (household,) = family.arrived(ens, 1)

    family.asks(household, group, from_day=today() + timedelta(days=10))

    (place,) = family.places_in(group)
    assert place.valid_from == today() + timedelta(days=10)


def test_who_has_asked_is_not_taken_twice(ens: Provider) -> None:
    group = family.a_group(places=1)
    (household,) = family.arrived(ens, 1)
    answer = family.asks(household, group)

    with pytest.raises(AlreadyApplied) as refusal:
        family.asks(household, group)

    assert refusal.value.detail == {"application_id": answer["application_id"]}


def test_nothing_is_taken_outside_the_window_or_for_what_is_not_open(ens: Provider) -> None:
    (household,) = family.arrived(ens, 1)
    later, past = now() + TOMORROW, now() - TOMORROW

    assert refused(household, family.a_group(opens_at=later)) is OfferClosed
    assert (
        refused(household, family.a_group(opens_at=past - TOMORROW, closes_at=past)) is OfferClosed
    )
    assert refused(household, family.a_group(state="draft")) is OfferClosed
    assert refused(household, new_id()) is NotFound


def test_what_was_asked_in_the_window_counts_from_then_where_it_comes_later(ens: Provider) -> None:
    closed = now() - timedelta(hours=1)
    group = family.a_group(closes_at=closed)
    (household,) = family.arrived(ens, 1)

    application_id = family.applies_at(household, group, closed - timedelta(minutes=1))

    assert family.application(application_id).state == "accepted"


def test_a_place_without_a_fixed_day_books_nothing_and_lets_single_days_be_booked(
    ens: Provider,
) -> None:
    group = family.a_group(places=2)
    (household,) = family.arrived(ens, 1)

    answer = family.asks(household, group, no_fixed_day=True)

    (place,) = family.places_in(group)
    assert (answer["state"], place.weekdays) == ("accepted", "")
    day = today() + timedelta(days=10)
    with store.write() as write:
        meeting = offer.session_on(write, write.get_one(Group, group), day)
    home = Home(household.child, household.guardian, at_claires=household.household)
    assert states(home) == {}
    assert change(ens, home, book=[meeting]) == ["booked"]
    assert states(home) == {day: "booked"}


def test_days_on_which_a_group_never_meets_are_refused(ens: Provider) -> None:
    group = family.a_group(group={"weekdays": "1245"})
    (household,) = family.arrived(ens, 1)

    with pytest.raises(BadRequest):
        family.asks(household, group, weekdays=[3])


# Who may ask, and for whom


def test_somebody_who_is_no_guardian_of_a_child_that_is_here_leaves_no_trace(
    ens: Provider,
) -> None:
    group = family.a_group()
    (household,) = family.arrived(ens, 1)

    with pytest.raises(NotEntitled):
        family.asks(Family(household.child), group)

    assert family.states(group) == {}


def test_a_child_too_young_for_the_group_is_refused_with_the_dates(ens: Provider) -> None:
    group = family.a_group(group={"born_to": today()})
    elder = family.a_group(group={"born_to": date(2015, 8, 31)})
    (household,) = family.arrived(ens, 1)

    answer = family.asks(household, elder)

    assert (answer["state"], answer["reason"]) == ("refused", "age")
    assert answer["reason_detail"] == {"born_to": "2015-08-31"}
    assert family.notices(ens) == [("refused", household.household)]
    assert family.asks(household, group)["state"] == "accepted"


# At the front desk, an agent beside the family


def test_what_a_family_asks_at_the_front_desk_has_the_counters_channel_and_is_its_own(
    ens: Provider,
) -> None:
    group = family.a_group(places=2)
    (household,) = family.arrived(ens, 1)

    answer = family.asks_at_counter(household, group)

    asked = family.application(answer["application_id"])
    assert (answer["state"], asked.channel) == ("accepted", "desk")
    assert (asked.subject, asked.household_id) == (household.guardian, household.household)
    assert family.withdraws(household, asked.id) == "withdrawn"


def test_a_stranger_gets_no_place_at_the_front_desk_either(ens: Provider) -> None:
    group = family.a_group(places=2)
    one, other = family.arrived(ens, 2)
    stranger = Family(child=one.child, guardian=other.guardian, household=other.household)

    with pytest.raises(NotEntitled):
        family.asks_at_counter(stranger, group)
    with pytest.raises(BadRequest):  # no link was opened for it: not the family's own request
        family.asks_at_counter(one, group, link_version=0)


def test_who_asked_at_the_front_desk_before_the_file_came_is_checked_when_it_is_here(
    ens: Provider,
) -> None:
    group = family.a_group(places=2)
    household, other = Family(), Family()
    asked = family.asks_at_counter(household, group)["application_id"]
    stranger = Family(child=other.child)
    strange = family.asks_at_counter(stranger, group)["application_id"]

    family.arrives(ens, household)
    family.arrives(ens, other)

    assert family.application(asked).state == "accepted"
    refusal = family.application(strange)
    assert (refusal.state, refusal.reason) == ("refused", "not_guardian")


def other_home_is_protected(ens: Provider, household: Family) -> Family:
    """Let who applied move out, and the child's home with its other guardian be protected."""
    moved_out = Family(household.child, household.guardian)
    guardians = [
        {"subject": new_id(), "household": household.household},
        {"subject": moved_out.guardian, "household": moved_out.household},
    ]
    content = {"guardians": guardians, "weeks": None, "protected": [household.household]}
    ens.receives("family", make.item(household.child.id, 2, content))
    return moved_out


def test_who_applied_and_answers_for_the_child_no_more_does_not_act_for_it(ens: Provider) -> None:
    """A place given up from outside would end in the home where the child lives."""
    group = family.a_group()
    (household,) = family.arrived(ens, 1)
    application = family.asks(household, group)["application_id"]
    stays = {"guardians": [{"subject": new_id(), "household": household.household}], "weeks": None}
    ens.receives("family", make.item(household.child.id, 2, stays))

    with pytest.raises(NotFound):
        family.withdraws(household, application)

    assert family.application(application).state == "accepted"


def test_an_application_of_no_home_is_not_the_other_homes_where_one_is_protected(
    ens: Provider,
) -> None:
    group = family.a_group()
    (household,) = family.arrived(ens, 1)
    application = family.asks(household, group)["application_id"]
    with store.write() as write:
        write.get_one(Application, application).household_id = None
    moved_out = other_home_is_protected(ens, household)

    with pytest.raises(NotFound):
        family.withdraws(moved_out, application)


def test_who_applied_withdraws_as_long_as_the_childs_file_has_not_come(ens: Provider) -> None:
    """Until then nobody answers for the child here."""
    group = family.a_group()
    household, other = Family(), Family()
    asked = family.asks(household, group)["application_id"]

    with pytest.raises(NotFound):
        family.withdraws(Family(household.child, other.guardian), asked)
    assert family.withdraws(household, asked) == "withdrawn"
