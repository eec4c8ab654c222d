"""Requests of operations when a provider begins, follows another one, or ends."""

from services.enrolment.providers.commands import succession_end, succession_takeover
from services.enrolment.providers.commands.first_publication import publish_whole_offer
from services.enrolment.providers.queries import succession
from services.enrolment.store import store
from shared.bus import OPS, Service, answers, service_only
from shared.contracts.enrolment import succession as contracts
from shared.contracts.message import Caller, Empty
from shared.database import Write
from shared.dates.clock import now


class Successions(Service):
    """A successor takes over page by page; the predecessor ends what was taken over."""

    @answers(contracts.publish_offer, callers=[OPS], right=service_only)
    def publish_offer(
        self, write: Write, _request: Empty, _caller: Caller
    ) -> contracts.PublishOfferAnswer:
        """Publish the offer for the first time: a trial is over, families may come."""
        return publish_whole_offer(write)

    @answers(contracts.succession_offer, callers=[OPS], right=service_only)
    def succession_offer(
        self, request: contracts.SuccessionRequest, _caller: Caller
    ) -> contracts.SuccessionOfferAnswer:
        """Return the activities that a successor goes on offering."""
        with store.read() as read:
            return succession.next_activity_for_successor(
                read, self._code_of_own_provider(), request.on, request.after
            )

    @answers(contracts.succession_places, callers=[OPS], right=service_only)
    def succession_places(
        self, request: contracts.SuccessionRequest, _caller: Caller
    ) -> contracts.SuccessionPlacesAnswer:
        """Return the children whom a successor takes over."""
        with store.read() as read:
            return succession.next_children_for_successor(
                read, self._code_of_own_provider(), request.on, request.after
            )

    @answers(contracts.take_over, callers=[OPS], right=service_only)
    def take_over(
        self, write: Write, request: contracts.TakeOverRequest, _caller: Caller
    ) -> contracts.TakeOverAnswer:
        """Go on with what a predecessor handed over."""
        return succession_takeover.take_over_children(
            write, request.predecessor, request.label, request.on, request.children, now()
        )

    @answers(contracts.end_succession, callers=[OPS], right=service_only)
    def end_succession(
        self, write: Write, request: contracts.EndSuccessionRequest, _caller: Caller
    ) -> contracts.EndSuccessionAnswer:
        """End what a successor has taken over."""
        return succession_end.end_succession(write, request.on, now())

    def _code_of_own_provider(self) -> str:
        provider = self.settings.register.provider_of(self.settings.principal)
        return provider.code if provider else ""
