"""
A round of the post: takes up what is due, hands it to the town's mail server, notes what became.

A letter is taken up in a transaction of its own before it is handed over. Whoever dies with one in
hand leaves it uncertain, and nobody sends it again.
"""

import smtplib
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from services.identity.mail.client import Line, Outcome, message_of
from services.identity.mail.rules import (
    ENDED,
    GIVEN_UP,
    KEY_KEPT,
    LOST_AFTER,
    OPEN,
    SENDING,
    UNCERTAIN,
    WAITING,
    is_over,
    next_try,
)
from services.identity.mail.texts import worded
from services.identity.models import Letter, place_of
from services.identity.store import store
from shared.database import Write
from shared.dates.clock import now
from shared.runtime.logs import log
from shared.settings import MailServer

AT_ONCE = 200
"""Letters in one round; the next round comes seconds later."""


def carry_out(server: MailServer | None, portal: str) -> int:
    """Send what is due, urgent letters first; return how many left. Nothing without a server."""
    _give_up_what_is_over(now())
    due = _due(now())
    if not due or server is None:
        return 0
    try:
        with Line(server) as line:
            return sum(_carry(line, server, portal, letter_id) for letter_id in due)
    except (OSError, smtplib.SMTPException) as error:
        log("mail_server_silent", why=type(error).__name__)
        _put_off(due, now())
        return 0


def forget_ended(write: Write, at: datetime) -> None:
    """Delete the rows whose keys nobody uses any more."""
    write.execute(delete(Letter).where(Letter.state.in_(ENDED), Letter.ended_at < at - KEY_KEPT))


def _due(at: datetime) -> list[str]:
    with store.read() as read:
        waiting = (
            select(Letter.id)
            .where(Letter.state == WAITING, Letter.next_at <= at)
            .order_by(Letter.urgent.desc(), Letter.next_at, Letter.id)
            .limit(AT_ONCE)
        )
        return list(read.scalars(waiting))


def _carry(line: Line, server: MailServer, portal: str, letter_id: str) -> bool:
    letter = _take_up(letter_id, now())
    if letter is None or letter.content is None:
        return False
    content = store.opened(place_of(letter.id), letter.content)
    values = content["values"]
    subject, text = worded(letter.template, content["language"], portal, values)
    unsubscribe = values.get("unsubscribe", "")
    message = message_of(letter.id, server, content["to"], subject, text, unsubscribe)
    outcome = line.carry(content["to"], message)
    _settle(letter, outcome, now())
    return outcome.state not in OPEN


def _take_up(letter_id: str, at: datetime) -> Letter | None:
    with store.write() as write:
        taken = write.execute(
            update(Letter)
            .where(Letter.id == letter_id, Letter.state == WAITING)
            .values(state=SENDING, taken_at=at, attempts=Letter.attempts + 1)
            .returning(Letter.id)
        ).first()
        return write.get_one(Letter, letter_id) if taken else None


def _settle(letter: Letter, outcome: Outcome, at: datetime) -> None:
    changed: dict[str, Any] = {"state": outcome.state, "reason": outcome.reason}
    if outcome.state == WAITING:
        changed["next_at"] = next_try(letter.attempts, at)
    else:
        changed |= {"ended_at": at, "content": None}
    with store.write() as write:
        write.execute(
            update(Letter).where(Letter.id == letter.id, Letter.state == SENDING).values(**changed)
        )
    log("letter", letter_id=letter.id, state=outcome.state, reason=outcome.reason)


def _put_off(due: list[str], at: datetime) -> None:
    """Count a try for what could not even be taken up, as nobody answered."""
    with store.write() as write:
        for letter in write.scalars(select(Letter).where(Letter.id.in_(due))):
            if letter.state == WAITING:
                letter.attempts += 1
                letter.next_at = next_try(letter.attempts, at)
                letter.reason = "no_server"


def _give_up_what_is_over(at: datetime) -> None:
    """End what is worth nothing any more, and what a process had in hand when it died."""
    with store.read() as read:
        past = [
            (row.id, UNCERTAIN if row.state == SENDING else GIVEN_UP)
            for row in read.scalars(select(Letter).where(Letter.state.in_(OPEN)))
            if _is_past(row, at)
        ]
    if not past:
        return
    with store.write() as write:
        for letter_id, state in past:
            write.execute(
                update(Letter)
                .where(Letter.id == letter_id, Letter.state.in_(OPEN))
                .values(state=state, ended_at=at, content=None)
            )
            log("letter", letter_id=letter_id, state=state)


def _is_past(letter: Letter, at: datetime) -> bool:
    if letter.state == SENDING:
        return letter.taken_at is not None and at >= letter.taken_at + LOST_AFTER
    return is_over(letter.template, letter.posted_at, at)
