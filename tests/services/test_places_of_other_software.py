"""Places and ranks of another software: taken in once and in order, taken back unless used."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from services.enrolment.models import Booking, Session
from services.enrolment.models.places import BY_FAMILY
from services.enrolment.places.giving.commands.group_admission import LEFT_TO_DESK_FOR
from services.enrolment.places.placing.commands import placing
from services.enrolment.service import EnrolmentService
from services.enrolment.store import store
from shared.contracts.dossier.families import safeguarding as file_holds
from shared.contracts.enrolment.places import imports
from shared.contracts.message import Caller, Method
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories import places as family
from tests.factories.bookings import Home, arrives
from tests.factories.enrolment import Provider, item
from tests.factories.places import Family
from tests.factories.travelling import answered

BATCH = "ardoise-places"


def in_days(count: int) -> date:
    return today() + timedelta(days=count)


def asked(method: Method[Any, Any], **payload: Any) -> Any:
    """Ask as operations do, through both sides of the contract."""
    return answered(EnrolmentService(), method, Caller("ops", None, new_id()), **payload)


def place_of(household: Family, group: str, **more: Any) -> dict[str, Any]:
    row = {"child_id": household.child.id, "group": group, "valid_from": today(), "weekdays": []}
    return {**row, **more}


def brought(*rows: dict[str, Any]) -> Any:
    return asked(imports.import_places, places=list(rows), batch=BATCH)


def taken_back() -> tuple[int, list[tuple[str, str]]]:
    """Return how many were taken back, and of whom one stays with why."""
    answer = asked(imports.undo_places, batch=BATCH)
    return answer.removed, sorted((row["child_id"], row["why"]) for row in answer.kept)


def booked_days(household: Family | Home, group: str) -> list[date]:
    with store.read() as read:
        mine = select(Session.day).join(Booking, Booking.session_id == Session.id)
        mine = mine.where(Booking.child_id == household.child.id, Session.group_id == group)
        return sorted(read.scalars(mine.where(Booking.state == "booked")))


def test_who_waited_elsewhere_waits_here_in_the_same_order_behind_nobody_who_came_later(
    ens: Provider,
) -> None:
    group = family.a_group(places=1)
    holder, early, late = family.arrived(ens, 3)
    ens.clear_outbox()

    brought(
        place_of(late, group, waits_since=in_days(-20)),
        place_of(holder, group),
        place_of(early, group, waits_since=in_days(-200)),
    )

    assert family.states(group) == {
        holder.child.id: "accepted",
        early.child.id: "waiting",
        late.child.id: "waiting",
    }
    assert family.rank(family.application_of(group, early)) == 1
    assert family.rank(family.application_of(group, late)) == 2
    assert family.notices(ens) == [], "nothing is told of what a family knows"

    family.withdraws(holder, family.application_of(group, holder))
    assert family.states(group)[early.child.id] == "offered"


def test_a_free_place_is_offered_by_the_clock_to_who_came_waiting_from_the_next_day_on(
    ens: Provider,
) -> None:
    """It did within a minute, and an undo then kept a rank that nobody had touched."""
    group = family.a_group(places=2)
    holder, next_one, last = family.arrived(ens, 3)
    brought(
        place_of(holder, group),
        place_of(next_one, group, waits_since=in_days(-20)),
        place_of(last, group, waits_since=in_days(-10)),
    )
    ens.clear_outbox()

    family.pass_time(now())

    assert family.states(group)[next_one.child.id] == "waiting"
    assert family.notices(ens) == []
    family.pass_time(now() + LEFT_TO_DESK_FOR)
    assert family.states(group)[next_one.child.id] == "offered"


def test_an_undo_of_the_same_day_takes_back_a_rank_that_nobody_touched(ens: Provider) -> None:
    group = family.a_group(places=2)
    holder, next_one = family.arrived(ens, 2)
    brought(place_of(holder, group), place_of(next_one, group, waits_since=in_days(-20)))

    family.pass_time(now() + LEFT_TO_DESK_FOR - timedelta(minutes=1))

    assert taken_back() == (2, [])


def test_a_place_that_becomes_free_later_is_offered_by_the_clock_to_who_came_waiting(
    ens: Provider,
) -> None:
    group = family.a_group(places=2)
    holder, other, next_one = family.arrived(ens, 3)
    brought(
        place_of(holder, group, valid_to=in_days(6)),
        place_of(other, group),
        place_of(next_one, group, waits_since=in_days(-20)),
    )
    ens.clear_outbox()

    family.pass_time(now())
    assert family.states(group)[next_one.child.id] == "waiting"
    family.pass_time(now() + timedelta(days=6))

    assert family.states(group)[next_one.child.id] == "offered"
    assert [kind for kind, _ in family.notices(ens)] == ["place_offered"]


def test_who_asks_here_waits_behind_who_came_waiting_and_is_offered_what_that_one_leaves(
    ens: Provider,
) -> None:
    group = family.a_group(places=1)
    first, asking = family.arrived(ens, 2)
    brought(place_of(first, group, waits_since=in_days(-20)))

    asked_here = family.asks(asking, group)["application_id"]

    assert family.states(group) == {first.child.id: "offered", asking.child.id: "waiting"}
    family.answers(first, family.application_of(group, first), accept=False)
    family.pass_time(now())
    assert family.application(asked_here).state == "offered"


def test_a_place_that_ends_is_booked_to_its_last_day(ens: Provider) -> None:
    group = family.a_group(places=None)
    (household,) = family.arrived(ens, 1)

    brought(place_of(household, group, valid_to=in_days(6)))

    assert max(booked_days(household, group)) == in_days(6)
    told = ens.published("place_recorded")[-1]
    assert told["valid_to"] == in_days(6).isoformat()


def test_a_family_that_has_asked_here_is_left_to_the_desk(ens: Provider) -> None:
    group, (_, asking) = family.full_group(ens, waiting=1)

    answer = brought(place_of(asking, group))

    assert [row["why"] for row in answer.refused] == ["asked_here"]
    assert family.states(group)[asking.child.id] == "waiting"


def test_a_place_that_was_over_before_its_group_began_is_refused(ens: Provider) -> None:
    group = family.a_group(places=None)
    (household,) = family.arrived(ens, 1)

    answer = brought(place_of(household, group, valid_from=in_days(-90), valid_to=in_days(-30)))

    assert [row["why"] for row in answer.refused] == ["ended"]


def test_a_batch_is_taken_back_with_its_bookings_and_comes_again(ens: Provider) -> None:
    group = family.a_group(places=2)
    holder, waiting = family.arrived(ens, 2)
    rows = (place_of(holder, group), place_of(waiting, group, waits_since=in_days(-5)))
    brought(*rows)

    assert taken_back() == (2, [])

    assert family.places_in(group) == [] and booked_days(holder, group) == []
    assert ens.published("place_recorded")[-1]["cancelled"] is True
    assert family.notices(ens) == []
    assert brought(*rows).new == 2
    assert brought(*rows).same == 2


def test_a_place_of_which_the_family_changed_a_day_or_a_day_passed_is_not_taken_back(
    ens: Provider,
) -> None:
    group = family.a_group(places=None)
    changing, coming, untouched = family.arrived(ens, 3)
    brought(*(place_of(each, group) for each in (changing, coming, untouched)))
    with store.write() as write:
        days = dict(write.execute(select(Session.day, Session.id).filter_by(group_id=group)).all())
        of_family = write.get_one(Booking, (days[in_days(3)], changing.child.id))
        of_family.changed_by = BY_FAMILY
        [place] = [each for each in family.places_in(group) if each.child_id == coming.child.id]
        write.merge(place).valid_from = in_days(-2)
        write.add(
            Booking(
                session_id=days[in_days(-1)],
                child_id=coming.child.id,
                household_id=coming.household,
                state="booked",
                changed_by="place",
                changed_at=of_family.changed_at,
            )
        )

    assert taken_back() == (
        1,
        sorted([(changing.child.id, "changed"), (coming.child.id, "counted")]),
    )
    assert {place.child_id for place in family.places_in(group)} == {
        changing.child.id,
        coming.child.id,
    }


def test_operations_read_the_groups_that_are_open_and_no_person(ens: Provider) -> None:
    group = family.a_group(places=1)
    family.a_group(group={"first_day": in_days(-60), "last_day": in_days(-1)})

    page = asked(imports.placeable_groups, after="")

    assert [row["group_id"] for row in page.groups] == [group]
    assert page.groups[0]["site"] == "École Jules-Ferry" and page.next == ""


def test_a_place_of_a_child_of_two_homes_is_billed_to_the_one_of_its_first_day(
    ens: Provider,
) -> None:
    group = family.a_group(places=None)
    home = _of_two_homes(ens)

    brought({"child_id": home.child.id, "group": group, "valid_from": today(), "weekdays": []})

    assert ens.published("place_recorded")[-1]["household_id"] == home.at_antoines


def test_a_child_of_two_homes_is_expected_on_the_days_of_both(ens: Provider) -> None:
    """It was on no list in the weeks of the other home than that of the least id."""
    group = family.a_group(places=None, booking="by_day")
    home, alone = Home(changes_on=1), Home()
    arrives(ens, home, alone)

    brought(
        *(
            {"child_id": each.child.id, "group": group, "valid_from": today(), "weekdays": []}
            for each in (home, alone)
        )
    )

    days = [booked_days(each, group) for each in (home, alone)]
    assert days[0] == days[1] != []


def test_of_a_place_that_a_protected_home_could_have_the_other_is_shown_nothing(
    ens: Provider,
) -> None:
    """The file does not say whose place it is: the group may be the hidden home's school."""
    group, waited_for = family.a_group(places=None), family.a_group(places=0)
    home = _of_two_homes(ens, protected=True)
    row = {"child_id": home.child.id, "valid_from": today(), "weekdays": []}

    brought({**row, "group": group}, {**row, "group": waited_for, "waits_since": today()})

    shown = [
        (card["household_id"], len(child["places"]), len(child["applications"]))
        for card in ens.published("family_card")
        for child in card["children"]
    ]
    assert {each for each in shown if any(each[1:])} == {(home.at_antoines, 1, 2)}


def test_a_child_who_died_has_no_file_here_and_is_given_no_place(ens: Provider) -> None:
    group = family.a_group(places=None)
    (household,) = family.arrived(ens, 1)
    ens.receives_event(
        file_holds.file_held,
        child_id=household.child.id,
        version=1,
        households=[],
        held=True,
        at=now(),
    )

    answer = brought(place_of(household, group))

    assert (answer.new, answer.waiting) == (0, [household.child.id])
    assert family.places_in(group) == []


def _of_two_homes(ens: Provider, *, protected: bool = False) -> Home:
    """Let the file of a child come that lives at Antoine's, and has Claire's home before it."""
    home = Home(changes_on=1)
    home.at_claires, home.at_antoines = sorted((home.at_claires, home.at_antoines))
    file = home.file
    file["weeks"] |= {"even": home.at_antoines, "odd": home.at_antoines}
    if protected:
        file["protected"] = [home.at_antoines]
    ens.receives("care_core", item(home.child.id, 1, home.child.care_core()))
    ens.receives("family", item(home.child.id, 1, file))
    return home


def test_a_place_that_only_a_departure_has_changed_is_not_taken_back(ens: Provider) -> None:
    """The family was told until when the child comes, and the days after that are free."""
    group = family.a_group(places=None)
    leaving, untouched = family.arrived(ens, 2)
    brought(*(place_of(each, group) for each in (leaving, untouched)))
    last_day = {"last_day": in_days(5).isoformat()}
    ens.receives("family", item(leaving.child.id, 2, {**leaving.file, **last_day}))

    assert taken_back() == (1, [(leaving.child.id, "changed")])
    assert max(booked_days(leaving, group)) == in_days(5)


def test_a_place_whose_period_was_changed_is_not_taken_back(ens: Provider) -> None:
    group = family.a_group(places=None)
    (ending,) = family.arrived(ens, 1)
    brought(place_of(ending, group))
    with store.write() as write:
        [place] = [write.merge(each) for each in family.places_in(group)]
        placing.end_place(write, place, in_days(5), now())

    assert taken_back() == (0, [(ending.child.id, "changed")])
