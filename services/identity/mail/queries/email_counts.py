"""Counts emails by state, for operations, and tells why the oldest waits."""

from sqlalchemy import ColumnElement, exists, func, not_, select
from sqlalchemy.orm import Session, aliased

from services.identity.mail.rules.retries import SENT, WAITING
from services.identity.models import Email
from shared.contracts.identity.email_counts import EmailCount, PostStateAnswer


def count_emails(read: Session) -> PostStateAnswer:
    """
    Return how many emails are in each state, and since when and why the oldest waits.

    Of those that are measured (mail/metrics.py), where there is one: it says what doctor means.
    """
    counts = select(Email.template, Email.state, func.count()).group_by(Email.template, Email.state)
    waits = select(Email.posted_at, Email.reason).where(Email.state == WAITING)
    oldest = read.execute(
        waits.order_by(waits_for_address_alone(), Email.posted_at).limit(1)
    ).first()
    return PostStateAnswer(
        letters=[
            EmailCount(template=template, state=state, count=count)
            for template, state, count in sorted(read.execute(counts))
        ],
        oldest_waiting=oldest.posted_at if oldest else None,
        why_oldest_waits=oldest.reason if oldest else "",
    )


def is_mail_server_away(read: Session) -> bool:
    """
    Return whether emails wait because the town's mail server took none of them.

    Urgent ones do not count: a stranger may ask for one at a page, and would learn from the next
    answer whether an address has an account.
    """
    tried = exists().where(Email.state == WAITING, Email.attempts > 0, Email.urgent.is_(False))
    return bool(read.scalar(select(tried.where(not_(waits_for_address_alone())))))


def waits_for_address_alone() -> ColumnElement[bool]:
    """
    Return the condition of an email that waits for its own address, since others have left.

    A mailbox is full, or lets nobody of the town write to it: the server takes emails.
    """
    later = aliased(Email)
    others_left = exists().where(later.state == SENT, later.next_at > Email.posted_at)
    return Email.reason.between("400", "599") & others_left
