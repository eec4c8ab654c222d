"""Events of identity: withdrawn sessions, closed accounts."""

from services.portal_gateway.alerts.commands.devices import (
    end_alerts_on_devices,
    forget_devices_and_mobile,
)
from services.portal_gateway.bills.commands import delete_round_of_account
from services.portal_gateway.calendar_feed.commands import withdraw_feed
from services.portal_gateway.session.commands.closing_sessions import close_sessions
from shared.bus import IDENTITY, Service, subscribes
from shared.contracts.identity import accounts
from shared.contracts.message import Delivery
from shared.database import Write
from shared.dates.clock import now


class IdentityEvents(Service):
    """Events that identity alone publishes."""

    @subscribes(accounts.subject_changed, sources=[IDENTITY])
    def on_subject_changed(
        self, write: Write, event: accounts.SubjectChanged, _delivery: Delivery
    ) -> None:
        """
        Close the sessions that identity no longer accepts, and send no more alerts to their
        devices.

        Where the person began anew, the feed of before ends with them: whoever had the password
        may have its address. Of a closed account so do its round of payments, its devices and its
        mobile.
        """
        close_sessions(write, event.subject, event.not_before, now())
        end_alerts_on_devices(write, event.subject, event.not_before)
        if event.anew_from is not None:
            withdraw_feed(write, event.subject, event.anew_from)
        if not event.active:
            withdraw_feed(write, event.subject)
            forget_devices_and_mobile(write, event.subject)
            delete_round_of_account(write, event.subject)
