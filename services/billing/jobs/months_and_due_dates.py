"""Jobs by the calendar: a month begins, a due date passes, what waited for an answer is old."""

from services.billing.accounts.commands import fund_quotients, payment_plans
from services.billing.bills.commands import bill_cards
from services.billing.letters.commands import printing
from services.billing.payers.api_particulier.client import digest_of_token
from services.billing.quantities.commands import received_places
from services.billing.store import store
from shared.bus import Service, every
from shared.dates.clock import now, today

PLACES_SECONDS = 3600.0
OVERDUE_SECONDS = 6 * 3600.0
PLANS_SECONDS = 6 * 3600.0
LETTERS_SECONDS = 6 * 3600.0
FUND_REQUESTS_SECONDS = 600.0


class Daily(Service):
    """Each job is idempotent and can stop anywhere."""

    @every(PLACES_SECONDS, jitter=60.0)
    def mark_running_places(self) -> None:
        """Mark a new month to bill for each place that runs in it."""
        received_places.mark_running_places_to_bill(store, today())

    @every(OVERDUE_SECONDS, jitter=600.0)
    def publish_overdue_cards(self) -> None:
        """Publish the cards of households whose bills became overdue in these days."""
        bill_cards.publish_overdue_cards(store, today(), now())

    @every(PLANS_SECONDS, jitter=600.0)
    def end_missed_plans(self) -> None:
        """Let payment plans lapse of which a part was not paid in time."""
        payment_plans.end_missed_plans(store, now())

    @every(PLANS_SECONDS, jitter=600.0)
    def announce_coming_parts(self) -> None:
        """Announce the parts of payment plans that are due in the next days."""
        payment_plans.announce_coming_parts(store, now())

    @every(LETTERS_SECONDS, jitter=600.0)
    def drop_old_letters(self) -> None:
        """Let go of files of letters that were laid out some days ago."""
        with store.write() as write:
            printing.drop_old_files(write, now())

    @every(FUND_REQUESTS_SECONDS, jitter=60.0)
    def delete_old_fund_requests(self) -> None:
        """Let go of what the funds gave and nobody answered, and of refusals of a former token."""
        digest = digest_of_token(self.settings.api_particulier)
        with store.write() as write:
            fund_quotients.delete_old_requests(write, digest, now())
