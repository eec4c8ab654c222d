"""One instant from end to end: the deadline kept with a session is shown, told and enforced."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import update

from services.enrolment.families.commands.card_marking import mark_cards_of_children
from services.enrolment.models import Group
from services.enrolment.models.offer import PLANNED
from services.enrolment.offer.commands.calendar.days import set_special_days, unset_special_days
from services.enrolment.offer.commands.editing import save_activity
from services.enrolment.offer.commands.sessions import renew_all_sessions
from services.enrolment.store import store
from shared.dates.clock import now, today
from shared.register.calendar import CLOSED
from tests.factories import bookings as family
from tests.factories.bookings import Home, a_group, a_place, change, sees, session
from tests.factories.enrolment import Provider

EVERY_DAY = "1234567"
MINUTE = timedelta(minutes=1)


def in_five_days() -> date:
    return today() + timedelta(days=5)


def at_home(ens: Provider) -> Home:
    home = Home()
    family.arrives(ens, home)
    return home


def on_card(ens: Provider, day: date) -> dict[str, str]:
    """Return a day as the household's last card has it."""
    (child,) = ens.published("family_card")[-1]["children"]
    (found,) = [each for each in child["days"] if each["day"] == day.isoformat()]
    return found


def test_the_deadline_shown_told_and_enforced_is_the_one_kept_with_the_session(
    ens: Provider,
) -> None:
    """Rules' test 8, with the bookings: the rule itself is in tests/rules/test_deadlines.py."""
    home, group, day = at_home(ens), a_group(), in_five_days()
    a_place(home, group, EVERY_DAY)
    until = session(group, day).cancel_until

    # shown when it is looked up
    (shown,) = sees(home, day, day)["days"]
    assert shown["until"] == until
    # told to the portal, which mails what it was told
    with store.write() as write:
        mark_cards_of_children(write, [home.child.id], now())
    assert datetime.fromisoformat(on_card(ens, day)["until"]) == until
    # enforced: at the very minute still, a minute later no more
    assert change(ens, home, cancel=[session(group, day)], at=until + MINUTE) == ["late"]
    assert change(ens, home, cancel=[session(group, day)], at=until) == ["cancelled"]


def test_a_card_is_told_again_when_a_closed_day_moves_a_deadline(ens: Provider) -> None:
    home, group = at_home(ens), a_group(cancel_before="1@18:00", book_before="1@18:00")
    a_place(home, group, EVERY_DAY)
    day = next_weekday_after(2)
    eve = day - timedelta(days=1)
    before = session(group, day).cancel_until

    with store.write() as write:
        set_special_days(write, eve, eve, CLOSED, "Pont")
        renew_all_sessions(write, now())

    moved = session(group, day).cancel_until
    assert moved < before
    assert datetime.fromisoformat(on_card(ens, day)["until"]) == moved.astimezone(UTC)


def test_a_day_that_comes_back_is_booked_again_for_who_has_a_place(ens: Provider) -> None:
    home, group, day = at_home(ens), a_group(), in_five_days()
    a_place(home, group, EVERY_DAY)
    with store.write() as write:
        set_special_days(write, day, day, CLOSED, "Fermé")
        renew_all_sessions(write, now())
    assert family.state(home, session(group, day)) == "closed"

    with store.write() as write:
        unset_special_days(write, day, day, CLOSED)
        renew_all_sessions(write, now())

    assert session(group, day).state == PLANNED
    assert family.state(home, session(group, day)) == "booked"
    assert on_card(ens, day)["state"] == "booked"


def is_closed(day: date, moment: datetime | None = None) -> None:
    with store.write() as write:
        set_special_days(write, day, day, CLOSED, "Fermé")
        renew_all_sessions(write, moment or now())


def is_open_again(day: date, moment: datetime | None = None) -> None:
    with store.write() as write:
        unset_special_days(write, day, day, CLOSED)
        renew_all_sessions(write, moment or now())


def test_a_single_day_that_the_family_booked_is_booked_again_and_it_is_told_each_time(
    ens: Provider,
) -> None:
    home, group, day = at_home(ens), a_group(), in_five_days()
    a_place(home, group, "")
    assert change(ens, home, book=[session(group, day)]) == ["booked"]

    is_closed(day)
    assert family.state(home, session(group, day)) == "closed"
    is_open_again(day)
    assert family.state(home, session(group, day)) == "booked"
    is_closed(day)
    assert family.state(home, session(group, day)) == "closed"

    told = [notice["kind"] for notice in ens.published("notice")]
    assert told == ["closure", "closure_lifted", "closure"]


def test_who_was_told_that_a_day_is_closed_has_time_to_say_no_once_it_is_not(
    ens: Provider,
) -> None:
    home, group, day = at_home(ens), a_group(), in_five_days()
    a_place(home, group, EVERY_DAY)
    over = session(group, day).cancel_until + MINUTE
    is_closed(day)

    is_open_again(day, over)

    until = session(group, day).cancel_until
    assert until > over
    (told,) = [each for each in ens.published("notice") if each["kind"] == "closure_lifted"]
    assert told["detail"]["untils"] == [{"day": day.isoformat(), "until": until.isoformat()}]
    with store.write() as write:
        renew_all_sessions(write, over + MINUTE)
    assert session(group, day).cancel_until == until
    assert change(ens, home, cancel=[session(group, day)], at=until) == ["cancelled"]


def test_a_single_day_that_has_no_room_left_can_be_booked_by_hand_once_there_is(
    ens: Provider,
) -> None:
    home, group, day = at_home(ens), a_group(1), in_five_days()
    a_place(home, group, "")
    assert change(ens, home, book=[session(group, day)]) == ["booked"]
    is_closed(day)
    with store.write() as write:
        write.execute(update(Group).where(Group.id == group.id).values(places=0))

    is_open_again(day)
    assert family.state(home, session(group, day)) == "cancelled"
    with store.write() as write:
        write.execute(update(Group).where(Group.id == group.id).values(places=1))

    assert change(ens, home, book=[session(group, day)]) == ["booked"]


def test_a_longer_period_books_the_new_sessions_for_who_has_a_place(ens: Provider) -> None:
    home, group = at_home(ens), a_group()
    a_place(home, group, EVERY_DAY)
    with store.write() as write:
        last = group.last_day + timedelta(days=7)
        write.execute(update(Group).where(Group.id == group.id).values(last_day=last))
        renew_all_sessions(write, now())

    assert max(family.states(home)) == last


def test_a_new_name_is_on_the_cards_at_once(ens: Provider) -> None:
    home, group = at_home(ens), a_group()
    a_place(home, group, EVERY_DAY)

    with store.write() as write:
        save_activity(write, group.activity_id, {"label": "Cantine"}, now(), consent=False)

    assert on_card(ens, in_five_days())["activity"] == "Cantine"


def next_weekday_after(count: int) -> date:
    """Return a day so many days away or later whose eve and the day before are worked."""
    day = today() + timedelta(days=count + 3)
    while day.isoweekday() not in (3, 4, 5):
        day += timedelta(days=1)
    return day
