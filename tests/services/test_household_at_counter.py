"""A provider tells the front desk of a household what its agent would find at the own desk."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.enrolment.children.rules.place_codes_of_rights import place_code_of_site
from services.enrolment.models import AgentAct, Group, Session
from services.enrolment.service import EnrolmentService
from services.enrolment.store import store
from shared.contracts.enrolment import front_desk
from shared.contracts.enrolment.places import imports
from shared.contracts.errors import NotEntitled, NotFound
from shared.contracts.message import Caller, Person
from shared.dates.clock import today
from shared.runtime.ids import new_id
from tests.factories import bookings as family
from tests.factories.bookings import Home, a_group, a_place, next_monday, session
from tests.factories.conversations import writes
from tests.factories.enrolment import Child, Provider, item
from tests.factories.places import arrived, asks
from tests.factories.travelling import answered

EVERY_DAY = "1234567"
ASKED = {"asked_by": "telephone", "reason": "family"}


def at_home(ens: Provider, name: str = "Manon", changes_on: int | None = None) -> Home:
    home = Home(Child(name), changes_on=changes_on)
    family.arrives(ens, home)
    return home


def sees(agent: str, household: str, kind: str = "agent") -> Any:
    caller = Caller("front_desk", Person(agent, "front_desk", kind), new_id())
    asked = {"household_id": household, "first": next_monday()}
    return answered(EnrolmentService(), front_desk.household_at_provider, caller, **asked)


def does(agent: str, act: str, household: str, *cells: tuple[Home, Session], **more: Any) -> int:
    caller = Caller("front_desk", Person(agent, "front_desk", "agent"), new_id())
    named = [{"child_id": home.child.id, "session_id": meeting.id} for home, meeting in cells]
    asked = {"household_id": household, "cells": named, "act": act, **ASKED, **more}
    return int(
        answered(EnrolmentService(), front_desk.change_household_days, caller, **asked).changed
    )


def monday(group: Group) -> Session:
    return session(group, next_monday())


def lines(ens: Provider) -> list[tuple[str, str, str, str]]:
    """Return the lines that families read: child, what, as whom, why."""
    return sorted(
        (each["child_id"], each["projection"], each["role"], each["purpose"])
        for each in ens.published("projection_read")
    )


def test_who_changes_days_sees_places_days_with_their_acts_and_numbers(ens: Provider) -> None:
    home, group = at_home(ens), a_group()
    a_place(home, group, EVERY_DAY)
    other = at_home(ens, "Lou")
    a_place(other, group, EVERY_DAY)

    seen = sees(ens.has_agent("school_desk"), home.at_claires)

    (place,) = seen.places
    assert (place["child_id"], place["valid_from"]) == (home.child.id, today())
    assert [row["site"] for row in seen.groups] == ["École Jules-Ferry"]
    assert [(day["state"], day["acts"]) for day in seen.days] == [
        ("booked", ["cancel", "excuse"])
    ] * 14
    assert {day["child_id"] for day in seen.days} == {home.child.id}
    assert seen.numbers == [
        {"child_id": home.child.id, "name": "Claire Lefèvre", "phone": "0639980001"}
    ]


def test_each_child_shown_has_its_lines_in_the_log_of_its_family(ens: Provider) -> None:
    home, group = at_home(ens), a_group()
    a_place(home, group, EVERY_DAY)

    sees(ens.has_agent("school_desk"), home.at_claires)

    assert lines(ens) == [
        (home.child.id, "care_core", "school_desk", "at_front_desk"),
        (home.child.id, "seen_week", "school_desk", "at_front_desk"),
    ]


def test_school_and_class_are_shown_to_who_reads_them_here(ens: Provider) -> None:
    home, group = at_home(ens), a_group()
    a_place(home, group, EVERY_DAY)
    told = {"school": "École Jules-Ferry", "grade": "CE1", "class_name": "CE1 B"}
    ens.receives("schooling", item(home.child.id, 1, told))

    (shown,) = sees(ens.has_agent("school_desk"), home.at_claires).schooling

    assert (shown["school"], shown["class_name"]) == ("École Jules-Ferry", "CE1 B")
    assert (home.child.id, "schooling", "school_desk", "at_front_desk") in lines(ens)
    assert sees(ens.has_agent("kitchen"), home.at_claires).schooling == []


def test_who_serves_meals_sees_days_without_an_act_and_no_conversation(ens: Provider) -> None:
    home, group = at_home(ens), a_group()
    a_place(home, group, EVERY_DAY)
    writes(home.claire, home.child.id)

    seen = sees(ens.has_agent("kitchen"), home.at_claires)

    assert {tuple(day["acts"]) for day in seen.days} == {()}
    assert seen.threads == []
    with pytest.raises(NotEntitled):
        does(ens.has_agent("kitchen"), "cancel", home.at_claires, (home, monday(group)))


def test_conversations_are_shown_to_who_answers_them(ens: Provider) -> None:
    home = at_home(ens)
    thread = writes(home.claire, home.child.id)

    (shown,) = sees(ens.has_agent("school_desk"), home.at_claires).threads

    assert (shown["thread_id"], shown["title"], shown["to_answer"]) == (
        thread,
        "Le pique-nique de jeudi",
        True,
    )


def test_a_request_that_waits_is_shown_to_who_decides_on_it(ens: Provider) -> None:
    group = a_group(0)
    (asking,) = arrived(ens, 1)
    asks(asking, group.id)

    lead, kitchen = ens.has_agent("school_desk"), ens.has_agent("kitchen")

    assert [row["state"] for row in sees(lead, asking.household).applications] == ["waiting"]
    assert sees(kitchen, asking.household).applications == []


def test_who_has_no_right_here_and_a_family_are_refused_whatever_they_are_elsewhere(
    ens: Provider,
) -> None:
    home, group = at_home(ens), a_group()
    a_place(home, group, EVERY_DAY)

    for nobody in (
        new_id(),
        ens.has_agent(),
        ens.has_agent("treasurer"),
        ens.has_agent("director"),
    ):
        with pytest.raises(NotEntitled):
            sees(nobody, home.at_claires)
    with pytest.raises(NotEntitled):
        sees(home.claire, home.at_claires, kind="family")


def test_a_right_at_one_site_shows_its_children_and_their_days_there_alone(ens: Provider) -> None:
    here, elsewhere = a_group(), a_group(site="École Pasteur")
    home, other = at_home(ens), at_home(ens, "Lou")
    for group in (here, elsewhere):
        a_place(home, group, EVERY_DAY)
    a_place(other, elsewhere, EVERY_DAY)
    agent = ens.has_agent("school_desk", places=[place_code_of_site("École Jules-Ferry")])

    seen, nothing = sees(agent, home.at_claires), sees(agent, other.at_claires)

    assert {day["group_id"] for day in seen.days} == {here.id}
    assert [place["group_id"] for place in seen.places] == [here.id]
    assert (nothing.days, nothing.places, nothing.numbers) == ([], [], [])
    with pytest.raises(NotFound):
        does(agent, "cancel", home.at_claires, (home, session(elsewhere, next_monday())))
    with pytest.raises(NotFound):
        does(agent, "cancel", other.at_claires, (other, session(here, next_monday())))


def test_days_of_the_other_home_are_neither_shown_nor_changed(ens: Provider) -> None:
    home, group = at_home(ens, changes_on=1), a_group()
    a_place(home, group, EVERY_DAY)
    agent = ens.has_agent("school_desk")

    hers = sees(agent, home.at_claires).days
    his = sees(agent, home.at_antoines).days

    assert hers and his
    assert {home.is_claires(day["starts_at"].date()) for day in hers} == {True}
    assert {day["session_id"] for day in hers}.isdisjoint(day["session_id"] for day in his)
    week = next_monday() + timedelta(days=0 if home.is_claires(next_monday()) else 7)
    with pytest.raises(NotFound):
        does(agent, "cancel", home.at_antoines, (home, session(group, week)))


@pytest.mark.parametrize("protected", [False, True], ids=["two-homes", "one-is-protected"])
def test_a_rank_of_both_homes_is_shown_to_each_and_not_where_a_protected_one_could_have_it(
    ens: Provider, protected: bool
) -> None:
    """As on its card: of a child of two homes neither import nor desk says which one asks."""
    home, group = at_home(ens, changes_on=1), a_group(0)
    hidden = [home.at_claires] if protected else []
    ens.receives("family", item(home.child.id, 2, {**home.file, "protected": hidden}))
    rank = {"child_id": home.child.id, "group": group.id, "valid_from": today(), "weekdays": []}
    ops, waits = Caller("ops", None, new_id()), {**rank, "waits_since": today()}
    answered(EnrolmentService(), imports.import_places, ops, places=[waits])
    agent = ens.has_agent("school_desk")

    shown = [len(sees(agent, each).applications) for each in (home.at_claires, home.at_antoines)]

    assert shown == [1, 0 if protected else 1]


def test_of_a_protected_home_the_other_is_shown_no_place_no_day_and_no_number(
    ens: Provider,
) -> None:
    home, group = at_home(ens, changes_on=1), a_group()
    ens.receives("family", item(home.child.id, 2, {**home.file, "protected": [home.at_claires]}))
    a_place(home, group, EVERY_DAY)
    agent = ens.has_agent("school_desk")

    seen = sees(agent, home.at_antoines)

    assert seen.places == [] and seen.numbers == []
    assert not any(home.is_claires(day["starts_at"].date()) for day in seen.days)


def test_of_a_place_that_a_protected_home_has_the_other_is_shown_only_what_it_booked_itself(
    ens: Provider,
) -> None:
    home, group = at_home(ens, changes_on=1), a_group()
    ens.receives("family", item(home.child.id, 2, {**home.file, "protected": [home.at_claires]}))
    a_place(home, group)
    agent = ens.has_agent("school_desk")
    week = next_monday() + timedelta(days=7 if home.is_claires(next_monday()) else 0)
    assert does(agent, "book", home.at_antoines, (home, session(group, week))) == 1

    seen = sees(agent, home.at_antoines)

    assert [(day["starts_at"].date(), day["state"]) for day in seen.days] == [(week, "booked")]
    assert len(sees(agent, home.at_claires).days) == 7


def test_a_group_is_shown_where_it_meets_though_its_activity_is_elsewhere(ens: Provider) -> None:
    home, group = at_home(ens), a_group()
    with store.write() as write:
        write.get_one(Group, group.id).site = "École Pasteur"
    a_place(home, group, EVERY_DAY)

    (shown,) = sees(ens.has_agent("school_desk"), home.at_claires).groups

    assert shown["site"] == "École Pasteur"


@pytest.mark.both_databases
def test_two_children_miss_lunch_in_one_act_with_its_trace(ens: Provider) -> None:
    home, group = at_home(ens), a_group()
    brother = Home(Child("Paul"), claire=home.claire, at_claires=home.at_claires)
    family.arrives(ens, brother)
    for one in (home, brother):
        a_place(one, group, EVERY_DAY)
    lunch, agent = monday(group), ens.has_agent("school_desk")

    assert does(agent, "cancel", home.at_claires, (home, lunch), (brother, lunch)) == 2

    assert [family.state(one, lunch) for one in (home, brother)] == ["cancelled"] * 2
    with store.read() as read:
        traces = read.scalars(select(AgentAct)).all()
    assert {(row.subject, row.act, row.asked_by, row.reason) for row in traces} == {
        (agent, "cancel", "telephone", "family")
    }


def test_a_day_that_cannot_be_leaves_all_of_it_undone_and_says_which(ens: Provider) -> None:
    home, group, full = at_home(ens), a_group(), a_group(1)
    a_place(at_home(ens, "Lou"), full, EVERY_DAY)
    a_place(home, group, "")
    a_place(home, full, "")
    free, taken = session(group, next_monday()), session(full, next_monday())
    agent = ens.has_agent("school_desk")

    with pytest.raises(front_desk.DaysRefused) as refused:
        does(agent, "book", home.at_claires, (home, free), (home, taken))
    assert refused.value.detail == {"cells": [[home.child.id, taken.id, "full"]]}
    assert family.state(home, free) is None

    both = ((home, free), (home, taken))
    assert does(agent, "book", home.at_claires, *both, over_capacity=True) == 2


def test_a_child_of_another_household_is_not_changed_by_naming_this_one(ens: Provider) -> None:
    home, other, group = at_home(ens), at_home(ens, "Lou"), a_group()
    for one in (home, other):
        a_place(one, group, EVERY_DAY)
    lunch = session(group, next_monday())

    with pytest.raises(NotFound):
        does(ens.has_agent("school_desk"), "cancel", home.at_claires, (other, lunch))
    assert family.state(other, lunch) == "booked"
