"""
Carers of placed children: they declare absences for every household, and nothing else (test 7).
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from services.enrolment.bookings.queries import child_calendar
from services.enrolment.conversations.commands import bulletins
from services.enrolment.conversations.commands.bulletins import Draft
from services.enrolment.families.rules.given_and_handled_times import OrderTime
from services.enrolment.models import Booking, Bulletin, Group, Session
from services.enrolment.offer.commands.session_cancelling import cancel_sessions
from services.enrolment.store import store, vault
from shared.contracts.enrolment.messages import conversations
from shared.contracts.enrolment.places import family_acts
from shared.contracts.errors import NotFound
from shared.contracts.message import Caller, Person
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories import bookings as family
from tests.factories import conversations as talk
from tests.factories.bookings import Home, a_group, a_place, orders_at, session, state
from tests.factories.enrolment import Provider, item
from tests.factories.travelling import declaration_of, requested

DAY = timedelta(days=1)
EVERY_DAY = "1234567"


@dataclass
class Carer:
    """The carer of a child, and the carer's own household."""

    subject: str = field(default_factory=new_id)
    household: str = field(default_factory=new_id)


def placed(
    provider: Provider,
    home: Home,
    carer: Carer,
    until: date | None = None,
    version: int = 2,
    since: date | None = None,
) -> None:
    """Let the dossier say with whom the child lives."""
    last = until.isoformat() if until else None
    row = {"subject": carer.subject, "household": carer.household, "until": last}
    carers = [{**row, "since": since.isoformat()} if since else row]
    content = {**home.file, "carers": carers}
    provider.receives("family", item(home.child.id, version, content))


@pytest.fixture
def home(ens: Provider) -> Home:
    """Give a child with a place on every day of the week."""
    found = Home(changes_on=None)
    family.arrives(ens, found)
    return found


@pytest.fixture
def meals(home: Home) -> Group:
    group = a_group()
    a_place(home, group, EVERY_DAY)
    return group


def lunch(group: Group) -> Session:
    return session(group, today() + 10 * DAY)


def says_absent(provider: Provider, home: Home, by: str, meeting: Session, at: Any = None) -> str:
    when = OrderTime(at or now(), at or now())
    sessions = [meeting.id]
    answer = orders_at(
        provider,
        "declare_absence",
        by,
        when,
        child_id=home.child.id,
        sessions=sessions,
        reason="sick",
    )
    return str(answer["outcomes"][0]["outcome"])


def test_the_carer_says_that_the_child_is_absent_on_days_that_others_booked(
    ens: Provider, home: Home, meals: Group
) -> None:
    carer = Carer()
    placed(ens, home, carer)

    assert says_absent(ens, home, carer.subject, lunch(meals)) == "cancelled"
    assert state(home, lunch(meals)) == "cancelled"


def test_the_carer_sees_the_childs_days_on_a_card_of_the_own_household(
    ens: Provider, home: Home, meals: Group
) -> None:
    carer = Carer()
    ens.clear_outbox()
    placed(ens, home, carer)

    (card,) = [c for c in ens.published("family_card") if c["household_id"] == carer.household]
    (child,) = card["children"]
    assert (child["places"], child["applications"]) == ([], [])
    assert {day["state"] for day in child["days"]} == {"booked"}


def test_who_cares_neither_applies_nor_books_nor_changes_the_week(
    ens: Provider, home: Home, meals: Group
) -> None:
    carer = Carer()
    placed(ens, home, carer)

    def change(**asked: Any) -> None:
        family.change(ens, home, by=carer.subject, **asked)

    with pytest.raises(NotFound):
        change(book=[lunch(meals)])
    with pytest.raises(NotFound):
        change(cancel=[lunch(meals)])


def test_in_the_night_after_the_last_day_the_door_is_shut_even_if_no_message_came(
    ens: Provider, home: Home, meals: Group
) -> None:
    carer = Carer()
    placed(ens, home, carer, until=today())
    assert may_look(ens, carer, home)

    tomorrow = now() + DAY
    with pytest.raises(NotFound):
        says_absent(ens, home, carer.subject, lunch(meals), at=tomorrow)

    placed(ens, home, carer, until=today() - DAY, version=3)
    with pytest.raises(NotFound):
        may_look(ens, carer, home)


def may_look(provider: Provider, carer: Carer, home: Home) -> bool:
    """Say whether the right of the calendar lets the carer in; raises NotFound."""
    asked = {"child_id": home.child.id, "first": today(), "last": today()}
    _, declaration = declaration_of(provider.service, family_acts.calendar)
    caller = Caller("portal", Person(carer.subject, "portal", "family"), new_id())
    return declaration.right(provider.service, caller, requested(family_acts.calendar, **asked))


def test_the_end_of_the_placement_takes_the_card_away(
    ens: Provider, home: Home, meals: Group
) -> None:
    carer = Carer()
    placed(ens, home, carer)
    ens.clear_outbox()

    ens.receives("family", item(home.child.id, 3, home.file))

    (card,) = [c for c in ens.published("family_card") if c["household_id"] == carer.household]
    assert card["children"] == []
    with pytest.raises(NotFound):
        says_absent(ens, home, carer.subject, lunch(meals))


def informs(group: Group, body: str, at: datetime | None = None) -> int:
    """Send a bulletin to the families of a group; return how many homes it says it reaches."""
    key = new_id()
    with store.write() as write:
        draft = Draft("Demain", body, "group", group.id)
        bulletins.send_bulletin(write, vault, draft, new_id(), key, at or now())
    with store.read() as read:
        return read.get_one(Bulletin, key).households


def test_who_has_the_child_in_care_reads_what_its_groups_are_told_until_the_last_day(
    ens: Provider, home: Home, meals: Group
) -> None:
    carer, grandmother = Carer(), Carer()
    placed(ens, home, carer)

    assert informs(meals, "Pique-nique, pensez à la gourde.") == 2
    (card,) = [c for c in ens.published("family_card") if c["household_id"] == carer.household]
    assert [group["group_id"] for group in card["children"][0]["groups"]] == [meals.id]
    assert bulletins_of(carer) == ["Pique-nique, pensez à la gourde."]

    placed(ens, home, carer, until=today() - DAY, version=3)
    assert bulletins_of(carer) == []
    granted(ens, home, grandmother, home.at_claires, says_absent=True, version=4)
    assert bulletins_of(grandmother) == []
    assert informs(meals, "Pique-nique annulé.") == 1


def test_who_has_the_child_in_care_from_a_day_on_reads_no_bulletin_of_before_it(
    ens: Provider, home: Home
) -> None:
    group, carer = a_group(), Carer()
    a_place(home, group, EVERY_DAY, valid_from=today() - 9 * DAY)
    informs(group, "Réunion des parents jeudi.", now() - 5 * DAY)
    informs(group, "Pique-nique, pensez à la gourde.")

    placed(ens, home, carer, since=today() - DAY)
    assert bulletins_of(carer) == ["Pique-nique, pensez à la gourde."]
    assert len(bulletins_of(Carer(subject=home.claire))) == 2


def test_who_has_the_child_in_care_sees_no_day_of_before_the_placement(
    ens: Provider, home: Home
) -> None:
    carer, since = Carer(), today() - 2 * DAY
    a_place(home, a_group(), EVERY_DAY, now() - 9 * DAY, valid_from=today() - 8 * DAY)
    placed(ens, home, carer, since=since)
    week = today() - 6 * DAY, today() + DAY

    seen = [day["day"] for day in family.sees(home, *week, by=carer.subject)["days"]]

    assert seen == [since + ahead * DAY for ahead in range(4)]
    assert len(family.sees(home, *week)["days"]) == 8
    assert family.sees(home, week[0], since - DAY, by=carer.subject)["days"] == []


def bulletins_of(carer: Carer) -> list[str]:
    answer = talk.asks(conversations.read_bulletins, carer.subject)
    return [bulletin["body"] for bulletin in answer["bulletins"]]


def closes(*meetings: Session) -> None:
    with store.write() as write:
        cancel_sessions(write, [meeting.id for meeting in meetings], "strike", now())


def notified_days(provider: Provider, carer: Carer) -> list[list[str]]:
    """Return the days of each closure of which a carer's household was notified."""
    notices = provider.published("notice")
    return [each["detail"]["days"] for each in notices if each["household_id"] == carer.household]


def test_who_has_the_child_in_care_is_told_of_a_strike_as_the_parents_are(
    ens: Provider, home: Home, meals: Group
) -> None:
    carer, meeting = Carer(), lunch(meals)
    placed(ens, home, carer)

    closes(meeting)

    assert notified_days(ens, carer) == [[meeting.day.isoformat()]]
    told = {each["household_id"] for each in ens.published("notice")}
    assert home.at_claires in told


def test_who_has_the_child_until_before_the_strike_is_not_told(
    ens: Provider, home: Home, meals: Group
) -> None:
    carer, meeting = Carer(), lunch(meals)
    placed(ens, home, carer, until=meeting.day - DAY)

    closes(meeting)

    assert notified_days(ens, carer) == []


def test_who_may_see_the_week_is_told_by_who_granted_it(
    ens: Provider, home: Home, meals: Group
) -> None:
    grandmother = Carer()
    granted(ens, home, grandmother, home.at_claires, says_absent=True)

    closes(lunch(meals))

    assert notified_days(ens, grandmother) == []


def granted(
    provider: Provider,
    home: Home,
    holder: Carer,
    at: str,
    *,
    says_absent: bool,
    version: int = 2,
    since: date | None = None,
) -> None:
    """Let the dossier say that a guardian of that household let somebody see its days."""
    access = _access(holder, at, says_absent=says_absent, since=since)
    _grant(provider, home, access, version=version)


def _access(
    holder: Carer,
    at: str,
    *,
    says_absent: bool = False,
    since: date | None = None,
    until: date | None = None,
) -> dict[str, Any]:
    return {
        "subject": holder.subject,
        "household": holder.household,
        "until": (until or today() + 30 * DAY).isoformat(),
        "home": at,
        "says_absent": says_absent,
        "since": (since or today()).isoformat(),
    }


def _grant(provider: Provider, home: Home, *accesses: dict[str, Any], version: int = 2) -> None:
    content = {**home.file, "carers": list(accesses)}
    provider.receives("family", item(home.child.id, version, content))


def test_who_may_say_absent_does_and_the_booking_says_that_a_carer_did(
    ens: Provider, home: Home, meals: Group
) -> None:
    grandmother = Carer()
    granted(ens, home, grandmother, home.at_claires, says_absent=True)

    assert says_absent(ens, home, grandmother.subject, lunch(meals)) == "cancelled"
    assert changed_by(home, lunch(meals)) == "carer"


def test_a_guardians_absence_is_the_familys(ens: Provider, home: Home, meals: Group) -> None:
    says_absent(ens, home, home.claire, lunch(meals))

    assert changed_by(home, lunch(meals)) == "family"


def test_who_may_see_the_week_alone_says_nobody_absent(
    ens: Provider, home: Home, meals: Group
) -> None:
    neighbour = Carer()
    granted(ens, home, neighbour, home.at_claires, says_absent=False)

    assert may_look(ens, neighbour, home)
    with pytest.raises(NotFound):
        says_absent(ens, home, neighbour.subject, lunch(meals))
    assert state(home, lunch(meals)) == "booked"


def test_of_two_homes_the_access_shows_the_days_of_the_granting_one_alone(ens: Provider) -> None:
    home = Home(changes_on=1)
    family.arrives(ens, home)
    group = a_group()
    a_place(home, group, EVERY_DAY)
    grandmother = Carer()
    ens.clear_outbox()
    granted(ens, home, grandmother, home.at_claires, says_absent=True)

    (card,) = [
        c for c in ens.published("family_card") if c["household_id"] == grandmother.household
    ]
    (child,) = card["children"]
    days = {date.fromisoformat(day["starts_at"][:10]) for day in child["days"]}
    assert days and all(home.is_claires(day) for day in days)
    theirs = next(
        meeting
        for meeting in (session(group, today() + ahead * DAY) for ahead in range(8, 18))
        if not home.is_claires(meeting.day)
    )
    assert says_absent(ens, home, grandmother.subject, theirs) != "cancelled"
    assert state(home, theirs) == "booked"


def test_a_withdrawn_access_is_closed_and_its_card_is_empty(
    ens: Provider, home: Home, meals: Group
) -> None:
    grandmother = Carer()
    granted(ens, home, grandmother, home.at_claires, says_absent=True)
    ens.clear_outbox()

    ens.receives("family", item(home.child.id, 3, home.file))

    (card,) = [
        c for c in ens.published("family_card") if c["household_id"] == grandmother.household
    ]
    assert card["children"] == []
    with pytest.raises(NotFound):
        may_look(ens, grandmother, home)


def changed_by(home: Home, meeting: Session) -> str:
    """Return who changed the booking last."""
    with store.read() as read:
        return str(read.get_one(Booking, (meeting.id, home.child.id)).changed_by)


def test_who_was_granted_an_access_sees_no_day_of_before_it(ens: Provider, home: Home) -> None:
    neighbour, since = Carer(), today() - 2 * DAY
    a_place(home, a_group(), EVERY_DAY, now() - 9 * DAY, valid_from=today() - 8 * DAY)
    granted(ens, home, neighbour, home.at_claires, says_absent=False, since=since)
    week = today() - 6 * DAY, today() + DAY

    seen = [day["day"] for day in family.sees(home, *week, by=neighbour.subject)["days"]]

    assert seen == [since + ahead * DAY for ahead in range(4)]
    assert len(family.sees(home, *week)["days"]) == 8


def test_of_two_homes_that_let_somebody_see_their_days_each_shows_those_from_its_own_first_one(
    ens: Provider,
) -> None:
    home, nanny = Home(changes_on=1), Carer()
    family.arrives(ens, home)
    a_place(home, a_group(weeks_ago=3), EVERY_DAY, now() - 21 * DAY, valid_from=today() - 20 * DAY)
    first, yesterday = today() - 16 * DAY, today() - DAY
    of_antoine = _access(nanny, home.at_antoines, since=yesterday)
    _grant(ens, home, _access(nanny, home.at_claires, since=first), of_antoine)
    every = [today() + ahead * DAY for ahead in range(-18, 15)]
    to_see = [day for day in every if day >= (first if home.is_claires(day) else yesterday)]

    assert _days_seen(home, nanny, every) == to_see

    ended = _access(nanny, home.at_claires, since=first, until=yesterday)
    _grant(ens, home, ended, of_antoine, version=3)
    of_his = [day for day in to_see if not home.is_claires(day)]
    assert _days_seen(home, nanny, every) == of_his


@pytest.mark.parametrize("order", [1, -1], ids=["longer_one_last", "longer_one_first"])
def test_who_is_granted_a_longer_access_keeps_the_days_of_the_one_that_is_held(
    ens: Provider, home: Home, order: int
) -> None:
    neighbour, since = Carer(), today() - 6 * DAY
    a_place(home, a_group(), EVERY_DAY, now() - 9 * DAY, valid_from=today() - 8 * DAY)
    held = _access(neighbour, home.at_claires, since=since, until=today() + DAY)
    longer = _access(neighbour, home.at_claires, since=today())
    _grant(ens, home, *[held, longer][::order])
    every = [today() + ahead * DAY for ahead in range(-8, 5)]

    assert _days_seen(home, neighbour, every) == [day for day in every if day >= since]


def _days_seen(home: Home, by: Carer, among: list[date]) -> list[date]:
    seen = family.sees(home, among[0], among[-1], by=by.subject)["days"]
    return sorted({day["day"] for day in seen})


def test_the_calendar_of_an_access_has_the_booked_days_of_that_home(
    ens: Provider, home: Home, meals: Group
) -> None:
    grandmother = Carer()
    granted(ens, home, grandmother, home.at_claires, says_absent=True)
    first = today() + 3 * DAY  # lunches that begin before the place does are never booked
    asked = {"child_id": home.child.id, "first": first, "last": first + 13 * DAY}

    with store.read() as read:
        answer = child_calendar.calendar_for_guardian(
            read, family_acts.CalendarRequest(**asked), grandmother.subject, now()
        )

    assert {day["state"] for day in answer.days} == {"booked"}
    assert len(answer.days) > 9
