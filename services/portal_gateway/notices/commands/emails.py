"""Publishes which guardians are due an e-mail about notices that they have not seen."""

from collections.abc import Callable
from datetime import datetime
from typing import cast

from sqlalchemy import func, select

from services.portal_gateway.cards.queries.guardian_households import may_send_to_person
from services.portal_gateway.models import MailNotice, WebSession
from services.portal_gateway.notices.rules.notice_emails import DROP, EVERY, WAIT, Due
from shared.contracts.portal_gateway import portal_events
from shared.database import Write
from shared.runtime.ids import new_id

AT_ONCE = 500

Sign = Callable[[str, str], str]
"""Signs (subject, category) for the link that ends a category."""


def publish_due_emails(write: Write, sign: Sign, at: datetime) -> int:
    """
    Decide on what is due and return how many letters were asked for.

    `sign(subject, category)` returns what lets its reader end this category by one click.
    """
    due = select(MailNotice).where(MailNotice.due_at <= at).order_by(MailNotice.due_at)
    written = 0
    for notice in write.scalars(due.limit(AT_ONCE).with_for_update(skip_locked=True)):
        decision = _due_of_notice(write, notice).decide_on_due_email(at)
        if decision == WAIT:
            notice.due_at = cast(datetime, notice.written_at) + EVERY
            continue
        notice.due_at = None
        if decision == DROP:
            continue
        notice.written_at = at
        written += 1
        token = sign(notice.subject, notice.category)
        event = portal_events.LetterDue(new_id(), notice.subject, notice.category, token)
        write.publish(portal_events.letter_due, event)
    return written


def _due_of_notice(write: Write, notice: MailNotice) -> Due:
    seen = select(func.max(WebSession.seen_at)).where(WebSession.subject == notice.subject)
    return Due(
        notice.wanted,
        may_send_to_person(write, notice.subject),
        cast(datetime, notice.last_at),
        write.scalar(seen),
        notice.written_at,
    )
