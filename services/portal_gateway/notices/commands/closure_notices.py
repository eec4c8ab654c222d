"""Notifies each guardian of a household of a closure or its end, at once: e-mail and device."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid5

from services.portal_gateway.alerts.commands.queueing import queue_alert
from services.portal_gateway.alerts.rules.alert_texts import Alert, closure_alert_words
from services.portal_gateway.alerts.rules.categories import URGENT
from services.portal_gateway.cards.queries.guardian_households import guardians_of_household
from services.portal_gateway.notices.rules.notice_emails import CLOSURE_LIFTED
from services.portal_gateway.store import store
from shared.contracts.portal_gateway import portal_events
from shared.database import Write
from shared.dates.clock import PARIS

_LETTERS = UUID("1d6e0c53-8f7a-4d52-b1e4-93c0a7d6f2b8")
"""Namespace of the keys of urgent letters."""


@dataclass(frozen=True)
class UrgentNotice:
    """A closure of a provider, or its end, on some days to come."""

    provider: str
    key: str
    kind: str
    days: Sequence[date]

    @property
    def is_closure_lifted(self) -> bool:
        return self.kind == CLOSURE_LIFTED

    @property
    def alert_key(self) -> str:
        """
        Return the key of this notice: a guardian of two homes is alerted of the same days once.
        """
        days = ",".join(each.isoformat() for each in self.days)
        return f"{self.provider}|{self.key}|{self.kind}|{days}"


def send_urgent_notice(
    write: Write, notice: UrgentNotice, household_id: str, moment: datetime
) -> None:
    """Let letters and alerts leave to a household's guardians, in the transaction of the news."""
    service = store.register.provider(notice.provider)
    label = service.label if service else store.register.now.town.name
    today = moment.astimezone(PARIS).date()
    words = closure_alert_words(label, notice.days, notice.is_closure_lifted, today)
    for subject in guardians_of_household(write, household_id):
        letter = portal_events.UrgentLetterDue(
            key=str(uuid5(_LETTERS, f"{subject}|{notice.alert_key}")),
            subject=subject,
            provider=notice.provider,
            days=list(notice.days),
            lifted=notice.is_closure_lifted,
        )
        write.publish(portal_events.urgent_letter_due, letter)
        queue_alert(write, subject, Alert(notice.alert_key, URGENT, words, "/nouvelles"), moment)
