"""Offers of rights: for the administrator who made them, and for the person whom they are for."""

from services.identity.accounts import queries
from services.identity.accounts.commands.publishing import publish_subject_changed
from services.identity.agents.commands import rights_awaiting_holder
from services.identity.agents.queries.rights_awaiting_holder import (
    offer_as_its_person_reads,
    open_offers_to_person,
    page_of_unaccepted_offers,
)
from services.identity.handlers.caller_rights import administrator_of_office, agent_itself
from services.identity.handlers.office.agents import OFFICES
from services.identity.handlers.office.office_of_request import calling_office
from services.identity.store import store
from shared.bus import Service, answers
from shared.contracts.identity import rights_awaiting_holder as contracts
from shared.contracts.message import Caller, Empty
from shared.contracts.values import PageRequest
from shared.database import Write
from shared.dates.clock import now, today


class RightOffers(Service):
    """The office is the caller; the person is the agent who is signed in, at whatever desk."""

    @answers(contracts.list_right_offers, callers=OFFICES, right=administrator_of_office)
    def list_right_offers(self, request: PageRequest, caller: Caller) -> contracts.ListOffersAnswer:
        with store.read() as read:
            return page_of_unaccepted_offers(
                read, calling_office(caller).code, request.after, now()
            )

    @answers(contracts.withdraw_right_offer, callers=OFFICES, right=administrator_of_office)
    def withdraw_right_offer(
        self, write: Write, request: contracts.WithdrawOfferRequest, caller: Caller
    ) -> Empty:
        rights_awaiting_holder.withdraw_offer(
            write, calling_office(caller).code, request.offer, now()
        )
        return Empty()

    @answers(contracts.my_right_offers, callers=OFFICES, right=agent_itself)
    def my_right_offers(self, _request: Empty, caller: Caller) -> contracts.OwnOffersAnswer:
        with store.read() as read:
            offers = open_offers_to_person(read, caller.subject, now())
            return contracts.OwnOffersAnswer([offer_as_its_person_reads(offer) for offer in offers])

    @answers(contracts.accept_right_offer, callers=OFFICES, right=agent_itself)
    def accept_right_offer(
        self, write: Write, request: contracts.AcceptOfferRequest, caller: Caller
    ) -> contracts.AcceptOfferAnswer:
        account = queries.lock_account(write, caller.subject)
        office = rights_awaiting_holder.accept_offer(write, account, request.code, now())
        publish_subject_changed(write, account, store.register, today())
        return contracts.AcceptOfferAnswer(office)

    @answers(contracts.decline_right_offer, callers=OFFICES, right=agent_itself)
    def decline_right_offer(
        self, write: Write, request: contracts.DeclineOfferRequest, caller: Caller
    ) -> Empty:
        account = queries.lock_account(write, caller.subject)
        rights_awaiting_holder.decline_offer(write, account, request.office, now())
        return Empty()
