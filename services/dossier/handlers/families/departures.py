"""Departures from the town, said by a guardian for its household."""

from services.dossier.handlers.caller_rights import guardian_of_household
from services.dossier.households.queries.last_days_in_town import children_of_departure
from services.dossier.sharing.links.commands import departures
from services.dossier.sharing.queries.current_access_policy import current_policy
from services.dossier.store import store
from shared.bus import PORTAL, Service, answers
from shared.contracts.dossier.families import departures as contracts
from shared.contracts.message import Caller, Empty
from shared.contracts.values import OfHousehold
from shared.database import Write
from shared.dates.instant import Instant


class Departures(Service):
    """One day for a household and all services; an agent beside the family may say it with it."""

    @answers(contracts.departure_of, callers=[PORTAL], right=guardian_of_household)
    def departure_of(self, request: OfHousehold, caller: Caller) -> contracts.DepartureOfAnswer:
        with store.read() as read:
            return contracts.DepartureOfAnswer(
                children_of_departure(read, request.household_id, caller.subject, Instant.now().day)
            )

    @answers(contracts.announce_departure, callers=[PORTAL], right=guardian_of_household)
    def announce_departure(
        self, write: Write, request: contracts.AnnounceDepartureRequest, caller: Caller
    ) -> Empty:
        by, when = caller.subject, Instant.now()
        departures.announce_departure(
            write, store.register, current_policy(), request, by=by, when=when
        )
        return Empty()

    @answers(contracts.withdraw_departure, callers=[PORTAL], right=guardian_of_household)
    def withdraw_departure(self, write: Write, request: OfHousehold, caller: Caller) -> Empty:
        home, by, when = request.household_id, caller.subject, Instant.now()
        departures.withdraw_departure(write, current_policy(), home, by=by, when=when)
        return Empty()
