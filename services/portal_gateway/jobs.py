"""Jobs of the portal: retention, alerts, and e-mails about notices that were not seen."""

from services.portal_gateway.alerts.commands.delivery import delete_ended_alerts
from services.portal_gateway.alerts.commands.mobile_codes import delete_expired_checks
from services.portal_gateway.alerts.reminders import remind_of_deadlines
from services.portal_gateway.alerts.sending import send_due_alerts, sender_of_process
from services.portal_gateway.bills.commands import delete_stale_rounds
from services.portal_gateway.calendar_feed.commands import withdraw_feeds_of_former_guardians
from services.portal_gateway.cards.commands.guardian_and_household_cards import (
    note_households_of_earlier_cards,
)
from services.portal_gateway.notices.commands.emails import publish_due_emails
from services.portal_gateway.notices.commands.retention import delete_past_notices_and_orders
from services.portal_gateway.notices.rules.notice_emails import Signer
from services.portal_gateway.store import store
from shared.bus import Service, every
from shared.dates.clock import now

FORGET_SECONDS = 3600.0
EMAIL_SECONDS = 20.0
ALERT_SECONDS = 1.0
REMIND_SECONDS = 600.0


class Jobs(Service):
    """Work that the clock starts in the portal's service process."""

    @every(FORGET_SECONDS, jitter=120.0)
    def forget(self) -> None:
        """Delete what is past its term, and complete the guardianships of older cards."""
        with store.write() as write:
            delete_past_notices_and_orders(write, now())
            note_households_of_earlier_cards(write)
            withdraw_feeds_of_former_guardians(write)
            delete_ended_alerts(write, now())
            delete_expired_checks(write, now())
            delete_stale_rounds(write, now())

    @every(EMAIL_SECONDS)
    def write_letters(self) -> None:
        """Publish the e-mails that are due; identity sends them."""
        with store.write() as write:
            publish_due_emails(write, Signer(self.settings.secret_key).sign_category, now())

    @every(ALERT_SECONDS)
    def send_alerts(self) -> None:
        """Send the alerts that are due, to devices and by SMS."""
        send_due_alerts(sender_of_process(self.settings))

    @every(REMIND_SECONDS, jitter=60.0)
    def remind(self) -> None:
        """Remind of what is not booked, who wants it, before the deadline."""
        remind_of_deadlines(now())
