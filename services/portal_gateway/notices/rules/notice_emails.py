"""Categories of e-mail notices, when one is due, and the signed link that ends one. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from itsdangerous import BadSignature, URLSafeSerializer

from services.portal_gateway.alerts.rules.categories import BILLS, ENROLMENT, MESSAGES, WEEK
from shared.contracts.billing.bills import NOTICE_KINDS
from shared.json_values import JsonMapping

CATEGORIES = (MESSAGES, BILLS, ENROLMENT, WEEK)

PATIENCE = timedelta(minutes=5)
"""A guardian who opens a page within these minutes gets no e-mail."""

EVERY = timedelta(hours=6)
"""Time in which at most one e-mail of a category goes out."""

DROP, WAIT, WRITE = "drop", "wait", "write"

CLOSURE, CLOSURE_LIFTED = "closure", "closure_lifted"
URGENT_KINDS = frozenset({CLOSURE, CLOSURE_LIFTED})
"""Urgent notices: the end of a closure is as urgent as the closure."""

_OF_THE_WEEK = frozenset({CLOSURE, CLOSURE_LIFTED, "outing", "health_unseen", "menu_to_check"})


def email_category_of_notice(kind: str) -> str:
    """Return the category of a notice; what is neither of the week nor a bill is an enrolment."""
    if kind in NOTICE_KINDS:
        return BILLS
    return WEEK if kind in _OF_THE_WEEK else ENROLMENT


def days_for_which_notice_is_urgent(kind: str, detail: JsonMapping, today: date) -> list[date]:
    """
    Return the days for which a notice is urgent: those to come of a closure or of its end.

    A notice that comes late, after a copy was restored, is of days gone by: nobody is woken for it.
    """
    if kind not in URGENT_KINDS:
        return []
    days = (date.fromisoformat(each) for each in detail.get("days", ()))
    return sorted(each for each in days if each >= today)


@dataclass(frozen=True, slots=True)
class Due:
    """One category of one guardian whose time has come."""

    wanted: bool
    may_leave: bool
    last_at: datetime
    seen_at: datetime | None
    """The guardian's last page, None without one."""
    written_at: datetime | None

    def decide_on_due_email(self, at: datetime) -> str:
        """
        Say what to do: WRITE, WAIT for the hours between two letters, or DROP it.

        What came before the guardian last looked has been seen: every page counts what is new.
        """
        seen = self.seen_at is not None and self.seen_at > self.last_at
        if seen or not self.wanted or not self.may_leave:
            return DROP
        if self.written_at is not None and at < self.written_at + EVERY:
            return WAIT
        return WRITE


SALT = "stop letters of a category"


class Signer:
    """
    Signs what ends one category of one guardian, and nothing else; good as long as its key.

    With a `former` key it signs no more, and reads what lies in letters.
    """

    def __init__(self, secret_key: str, former: Iterable[str] = ()) -> None:
        self._serializer = URLSafeSerializer([*former, secret_key], salt=SALT)

    def sign_category(self, subject: str, category: str) -> str:
        return str(self._serializer.dumps([subject, category]))

    def read_signature(self, token: str) -> tuple[str, str] | None:
        """Return subject and category, None where we never signed it."""
        try:
            subject, category = self._serializer.loads(token)
        except (BadSignature, ValueError, TypeError):
            return None
        return (subject, category) if category in CATEGORIES else None
