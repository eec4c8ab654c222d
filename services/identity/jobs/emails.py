"""
Sends due emails to the town's mail server and stores each outcome.

An email is claimed (`sending`) in a transaction of its own before it is sent. If the process dies
after that, the email is `uncertain` and not sent again but by operations: at most once.
"""

import smtplib
from datetime import datetime
from email.headerregistry import Address

from sqlalchemy import delete, or_, select, update

from services.identity.mail.client import (
    NO_SERVER,
    Connection,
    Outcome,
    build_message,
    reason_of_no_connection,
)
from services.identity.mail.rules.retries import (
    CLOCK_WAS_AHEAD,
    ENDED,
    GIVEN_UP,
    KEY_KEPT,
    LONGEST,
    LOST_AFTER,
    OPEN,
    SENDING,
    SERVER_SOUGHT_AGAIN,
    UNCERTAIN,
    WAITING,
    is_too_old,
    next_attempt_at,
)
from services.identity.mail.texts import subject_and_text
from services.identity.models import Email, sealed_place_of_email
from services.identity.store import store
from shared.database import Write
from shared.dates.clock import now
from shared.runtime.logs import log
from shared.settings import MailServer

AT_ONCE = 200
"""Emails sent in one run of the job; the next run follows seconds later."""


def send_due_emails(server: MailServer | None, portal: str) -> int:
    """
    Send due emails, urgent ones first, the others as they were posted; return how many were sent.

    A server that answers again is given all that waited for it: nobody learns of what came later
    before what came first. None is sent without a mail server.
    """
    _give_up_old_emails(now())
    due = _due_emails(now())
    if not due or server is None:
        return 0
    try:
        with Connection(server) as connection:
            _make_due_what_waited_for_server(now())
            due = _due_emails(now())
            return sum(_send_email(connection, server, portal, email_id) for email_id in due)
    except (OSError, smtplib.SMTPException) as error:
        log("mail_server_silent", why=type(error).__name__)
        _postpone_emails(due, now(), reason_of_no_connection(error))
        return 0


def delete_ended_emails(write: Write, at: datetime) -> None:
    """Delete ended emails whose key is past its retention."""
    write.execute(delete(Email).where(Email.state.in_(ENDED), Email.ended_at < at - KEY_KEPT))


def _due_emails(at: datetime) -> list[str]:
    is_due = or_(Email.next_at <= at, Email.next_at > at + CLOCK_WAS_AHEAD)
    with store.read() as read:
        waiting = (
            select(Email.id)
            .where(Email.state == WAITING, is_due)
            .order_by(Email.urgent.desc(), Email.posted_at, Email.id)
            .limit(AT_ONCE)
        )
        return list(read.scalars(waiting))


def _send_email(connection: Connection, server: MailServer, portal: str, email_id: str) -> bool:
    email = _claim_email(email_id, now())
    if email is None or email.content is None:
        return False
    content = store.unseal(sealed_place_of_email(email.id), email.content)
    town, values = store.register.now.town, content["values"]
    subject, text = subject_and_text(email.template, content["language"], portal, town, values)
    unsubscribe = values.get("unsubscribe", "")
    sender = Address(display_name=town.name, addr_spec=server.sender)
    message = build_message(email.id, sender, content["to"], subject, text, unsubscribe)
    outcome = connection.send(content["to"], message)
    _store_outcome(email, outcome, now())
    return outcome.state not in OPEN


def _claim_email(email_id: str, at: datetime) -> Email | None:
    with store.write() as write:
        taken = write.execute(
            update(Email)
            .where(Email.id == email_id, Email.state == WAITING)
            .values(state=SENDING, taken_at=at, attempts=Email.attempts + 1)
            .returning(Email.id)
        ).first()
        return write.get_one(Email, email_id) if taken else None


def _store_outcome(email: Email, outcome: Outcome, at: datetime) -> None:
    changed: dict[str, object] = {"state": outcome.state, "reason": outcome.reason}
    if outcome.state == WAITING:
        changed["next_at"] = next_attempt_at(email.attempts, at)
    elif outcome.state != UNCERTAIN:  # operations may have that one sent again
        changed |= {"ended_at": at, "content": None}
    with store.write() as write:
        write.execute(
            update(Email).where(Email.id == email.id, Email.state == SENDING).values(**changed)
        )
    log("email", email_id=email.id, state=outcome.state, reason=outcome.reason)


def _make_due_what_waited_for_server(at: datetime) -> None:
    waited = update(Email).where(
        Email.state == WAITING, Email.reason == NO_SERVER, Email.next_at > at
    )
    with store.write() as write:
        write.execute(waited.values(next_at=at))


def _postpone_emails(due: list[str], at: datetime, reason: str) -> None:
    """Count an attempt for emails that were not sent because the server let nobody in."""
    longest = SERVER_SOUGHT_AGAIN if reason == NO_SERVER else LONGEST
    with store.write() as write:
        for email in write.scalars(select(Email).where(Email.id.in_(due))):
            if email.state == WAITING:
                email.attempts += 1
                email.next_at = next_attempt_at(email.attempts, at, longest)
                email.reason = reason


def _give_up_old_emails(at: datetime) -> None:
    """End emails that are too old; those whose process died while sending are uncertain."""
    with store.read() as read:
        not_ended = Email.state.in_((*OPEN, UNCERTAIN)) & Email.ended_at.is_(None)
        past = [
            (row.id, row.state, changed)
            for row in read.scalars(select(Email).where(not_ended))
            if (changed := _changes_with_time(row, at))
        ]
    if not past:
        return
    with store.write() as write:
        for email_id, former, changed in past:
            is_as_it_was = (Email.id == email_id, Email.state == former)
            write.execute(update(Email).where(*is_as_it_was).values(**changed))
            log("email", email_id=email_id, state=changed["state"])


def _changes_with_time(email: Email, at: datetime) -> dict[str, object]:
    """Return what changes of an email that has not ended, since it is too old or lost."""
    if email.state == SENDING:
        is_lost = email.taken_at is not None and at >= email.taken_at + LOST_AFTER
        return {"state": UNCERTAIN} if is_lost else {}
    if not is_too_old(email.template, email.posted_at, at):
        return {}
    state = GIVEN_UP if email.state == WAITING else UNCERTAIN
    return {"state": state, "ended_at": at, "content": None}
