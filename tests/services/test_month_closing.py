"""Open questions of a month before it is billed: groups, children, tablets."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from services.enrolment.attendance.quantities.queries.month_closing import (
    Closing,
    open_questions_of_month,
)
from services.enrolment.attendance.roll_call.commands import closing as roll_call
from services.enrolment.attendance.tablets.commands import tablets
from services.enrolment.models import RollCall, Session, Tablet, UnknownChild
from services.enrolment.models.offer import CANCELLED
from services.enrolment.store import store
from shared.contracts.billing.regie import runs as regie_runs
from shared.database import Write
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import attendance as make
from tests.factories import offer
from tests.factories import regie as make_regie
from tests.factories import regie_answers as answers
from tests.factories.enrolment import Child, Provider
from tests.factories.regie import Regisseur


def yesterday() -> date:
    return today() - timedelta(days=1)


def month() -> date:
    """Return the first day of yesterday's month."""
    return yesterday().replace(day=1)


def a_session(write: Write) -> Session:
    """Add a group of the canteen; return its session of yesterday, over by now."""
    group = offer.a_group(
        write,
        offer.an_activity(write),
        first_day=month() - timedelta(days=40),
        last_day=yesterday(),
    )
    return offer.session_on(write, group, yesterday())


def open_now(moment: datetime | None = None) -> Closing:
    with store.read() as read:
        return open_questions_of_month(read, month(), moment or now())


def used_tablet(write: Write, seen_at: datetime | None, unsent: int = 0) -> str:
    """Enrol a tablet on which somebody worked yesterday, heard of at that moment."""
    tablets.enrol_tablet(write, "Tablette de la cantine", new_id(), now() - timedelta(days=60))
    tablet = write.query(Tablet).one()
    worked_at = now() - timedelta(days=1)
    tablets.begin_duty(write, tablet.id, new_id(), worked_at)
    tablet.seen_at, tablet.unsent = seen_at, unsent
    write.flush()
    return tablet.id


def test_a_booked_session_whose_group_is_not_closed_stands_with_its_day(ens: Provider) -> None:
    with store.write() as write:
        make.booked(write, a_session(write), new_id())

    (group,) = open_now().groups

    assert (group.activity, group.group) == ("Restauration scolaire", "Jules-Ferry")
    assert group.days == (yesterday(),)
    assert not open_now().is_nothing_open


def test_a_session_that_nobody_booked_and_nobody_marked_is_not_waited_for(ens: Provider) -> None:
    child = Child()
    ens.receives_child(child)
    with store.write() as write:
        session = a_session(write)

    assert open_now().is_nothing_open

    make.arrive([make.a_mark(session, child.id)])
    assert [group.days for group in open_now().groups] == [(yesterday(),)]


def test_closed_cancelled_and_coming_sessions_are_not_waited_for(ens: Provider) -> None:
    with store.write() as write:
        closed, cancelled = a_session(write), a_session(write)
        make.booked(write, closed, new_id())
        make.booked(write, cancelled, new_id())
        write.add(RollCall(session_id=closed.id, closed_at=now()))
        cancelled.state = CANCELLED
        coming = a_session(write)
        make.booked(write, coming, new_id())
        before = coming.ends_at - timedelta(minutes=1)

    assert open_now(before).groups == []


def test_another_month_is_another_page(ens: Provider) -> None:
    with store.write() as write:
        make.booked(write, a_session(write), new_id())

    with store.read() as read:
        before = open_questions_of_month(read, (month() - timedelta(days=1)).replace(day=1), now())

    assert before.groups == []


def test_a_child_whom_nobody_recognised_is_counted_until_somebody_does(ens: Provider) -> None:
    with store.write() as write:
        session, unknown = a_session(write), new_id()
        write.add(UnknownChild(id=unknown, session_id=session.id, made_at=now(), subject=new_id()))

    assert open_now().unknown == 1

    with store.write() as write:
        write.query(UnknownChild).one().resolved_at = now()
    assert open_now().unknown == 0


def test_a_tablet_that_says_that_marks_wait_is_named(ens: Provider) -> None:
    with store.write() as write:
        used_tablet(write, now(), unsent=3)

    assert [tablet.label for tablet in open_now().tablets] == ["Tablette de la cantine"]


@pytest.mark.parametrize(("after_the_session", "named"), [(None, True), (-30, True), (30, False)])
def test_a_tablet_that_was_used_and_not_heard_since_may_hold_marks(
    ens: Provider, after_the_session: int | None, named: bool
) -> None:
    with store.write() as write:
        ended = a_session(write).ends_at
        minutes = after_the_session
        used_tablet(write, None if minutes is None else ended + timedelta(minutes=minutes))

    assert bool(open_now().tablets) is named


def test_a_tablet_that_was_taken_out_is_not_waited_for(ens: Provider) -> None:
    with store.write() as write:
        a_session(write)
        tablets.revoke_tablet(write, used_tablet(write, None, unsent=2), now())

    assert open_now().is_nothing_open


# On the closing page


@pytest.fixture
def odile(database: Database, tmp_path: Path) -> Iterator[Regisseur]:
    """Give a régisseur; to billing nothing is open."""
    with make_regie.regisseur_on(database, tmp_path) as regisseur:
        regisseur.billing(regie_runs.closing, answers.CLEAR)
        yield regisseur


def test_a_group_that_is_not_closed_asks_for_a_reason_and_closing_it_does_not(
    odile: Regisseur,
) -> None:
    page, child = f"/regie/facturer/{month():%Y-%m}", new_id()
    with store.write() as write:
        session = a_session(write)
        make.booked(write, session, child)

    words = odile.sees(page)
    silent = odile.sends(page)
    make.arrive([make.a_mark(session, child)])
    with store.write() as write:
        roll_call.close_roll_call(write, session.id, new_id(), {}, now())
    answer = odile.sends(page)

    assert "Restauration scolaire · Jules-Ferry" in words and "à clôturer, un jour" in words
    assert silent.status_code == 422
    assert answer.status_code == 303


def test_what_the_desk_knows_stands_there_while_billing_is_silent(odile: Regisseur) -> None:
    odile.silence()
    with store.write() as write:
        make.booked(write, a_session(write), new_id())

    words = odile.sees(f"/regie/facturer/{month():%Y-%m}", 503)

    assert "à clôturer, un jour" in words
    assert "La facturation ne répond pas en ce moment." in words
    assert "Préparer le brouillon" not in words
