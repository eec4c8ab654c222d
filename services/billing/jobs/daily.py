"""Jobs by the calendar: a new month begins, a bill's due date passes."""

from services.billing.bills.commands import cards
from services.billing.quantities.commands import places
from services.billing.store import store
from shared.bus import Service, every
from shared.dates.clock import now, today

PLACES_SECONDS = 3600.0
OVERDUE_SECONDS = 6 * 3600.0


class Daily(Service):
    """Each of these can stop anywhere and is done again without harm."""

    @every(PLACES_SECONDS, jitter=60.0)
    def touch_running_places(self) -> None:
        """Put a new month down to be billed for each place that runs in it."""
        places.touch_running(store, today())

    @every(OVERDUE_SECONDS, jitter=600.0)
    def tell_overdue_cards(self) -> None:
        """Tell the cards of households whose bills became overdue in these days."""
        cards.refresh_overdue(store, today(), now())
