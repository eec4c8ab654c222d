"""Requests of operations when a provider begins, follows another one, or ends."""

from services.enrolment.providers.commands import succession_end as ending
from services.enrolment.providers.commands import succession_start as taking
from services.enrolment.providers.commands.first_publication import publish_all
from services.enrolment.providers.queries import succession as handing
from services.enrolment.store import store
from shared.bus import OPS, Service, answers, service_only
from shared.contracts.enrolment import succession as hand_over
from shared.contracts.message import Caller, Empty
from shared.database import Write
from shared.dates.clock import now


class Successions(Service):
    """A successor takes over page by page; the predecessor ends what was taken over."""

    @answers(hand_over.publish_offer, callers=[OPS], right=service_only)
    def publish_offer(
        self, write: Write, _request: Empty, _caller: Caller
    ) -> hand_over.PublishOfferAnswer:
        """Tell what was never told: a trial is over, families may come."""
        return publish_all(write)

    @answers(hand_over.succession_offer, callers=[OPS], right=service_only)
    def succession_offer(
        self, request: hand_over.SuccessionRequest, _caller: Caller
    ) -> hand_over.SuccessionOfferAnswer:
        """Return what a successor goes on offering."""
        with store.read() as read:
            return handing.offer_page(read, self._code(), request.on, request.after)

    @answers(hand_over.succession_places, callers=[OPS], right=service_only)
    def succession_places(
        self, request: hand_over.SuccessionRequest, _caller: Caller
    ) -> hand_over.SuccessionPlacesAnswer:
        """Return the children whom a successor goes on having."""
        with store.read() as read:
            return handing.places_page(read, self._code(), request.on, request.after)

    @answers(hand_over.take_over, callers=[OPS], right=service_only)
    def take_over(
        self, write: Write, request: hand_over.TakeOverRequest, _caller: Caller
    ) -> hand_over.TakeOverAnswer:
        """Go on with what a predecessor handed over."""
        return taking.take_over(
            write, request.predecessor, request.label, request.on, request.children, now()
        )

    @answers(hand_over.end_succession, callers=[OPS], right=service_only)
    def end_succession(
        self, write: Write, request: hand_over.EndSuccessionRequest, _caller: Caller
    ) -> hand_over.EndSuccessionAnswer:
        """End what a successor has taken over."""
        return ending.end_succession(write, request.on, now())

    def _code(self) -> str:
        provider = self.settings.register.provider_of(self.settings.principal)
        return provider.code if provider else ""
