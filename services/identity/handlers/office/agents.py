"""Agents of an office and their rights, for its administrator."""

from services.identity.accounts import queries
from services.identity.accounts.commands.publishing import publish_subject_changed
from services.identity.accounts.rules.dated_rights import Period, rights_at_places
from services.identity.agents.commands import agents, rights_awaiting_holder
from services.identity.agents.queries.codes_issued_by_operations import latest_town_code_by_person
from services.identity.handlers.caller_rights import administrator_of_office, answers_persons
from services.identity.handlers.office.office_of_request import calling_office
from services.identity.store import store
from shared.bus import FRONT_DESK, PROVIDERS, Service, answers
from shared.contracts.identity import agents as contracts
from shared.contracts.message import Caller, Empty
from shared.contracts.values import PageRequest
from shared.database import Write
from shared.dates.clock import now, today

OFFICES = [PROVIDERS, FRONT_DESK]


class Agents(Service):
    """
    The office is the caller, never a field.

    Requests that answer with a secret open their own transaction: the kit keeps the answers of
    methods that write for a day.
    """

    @answers(contracts.list_agents, callers=OFFICES, right=administrator_of_office)
    def list_agents(self, request: PageRequest, caller: Caller) -> contracts.ListAgentsAnswer:
        office, at, most = calling_office(caller), now(), contracts.AGENTS_AT_ONCE
        with store.read() as read:
            held = queries.agents_at_provider(read, office.code, today(), request.after, most + 1)
            codes = latest_town_code_by_person(read, [account.subject for account, _ in held], at)
        return contracts.ListAgentsAnswer(
            agents=[
                agents.agent_as_administrator_reads(account, rights, codes.get(account.subject), at)
                for account, rights in held[:most]
            ],
            next=held[most - 1][0].subject if len(held) > most else "",
        )

    @answers(contracts.agent_names, callers=[FRONT_DESK], right=answers_persons)
    def agent_names(
        self, request: contracts.AgentNamesRequest, _caller: Caller
    ) -> contracts.AgentNamesAnswer:
        with store.read() as read:
            return contracts.AgentNamesAnswer(queries.names_of_agents(read, request.subjects))

    @answers(contracts.agent_called, callers=[FRONT_DESK], right=answers_persons)
    def agent_called(
        self, request: contracts.AgentCalledRequest, _caller: Caller
    ) -> contracts.AgentCalledAnswer:
        with store.read() as read:
            return contracts.AgentCalledAnswer(queries.agent_of_name(read, request.name))

    @answers(contracts.grant_right, callers=OFFICES, right=administrator_of_office)
    def grant_right(
        self, request: contracts.GrantRightRequest, caller: Caller
    ) -> contracts.GrantRightAnswer:
        office, at, by = calling_office(caller), now(), caller.subject
        period = Period(request.valid_from, request.valid_to)
        requested = rights_at_places(request.role, period, request.places)
        with store.write() as write:
            account = agents.find_or_make_account(write, request.login, request.name, at)
            given = rights_awaiting_holder.give_or_offer_rights(
                write, account, office, request.name, requested, at, today(), by
            )
            if not given.offered:
                publish_subject_changed(write, account, store.register, today())
        return contracts.GrantRightAnswer(given.code)

    @answers(contracts.invite_again, callers=OFFICES, right=administrator_of_office)
    def invite_again(
        self, request: contracts.InviteAgainRequest, caller: Caller
    ) -> contracts.InviteAgainAnswer:
        office, by = calling_office(caller), caller.subject
        with store.write() as write:
            account, code = agents.close_and_invite_agent(
                write, request.subject, office, now(), today(), by
            )
            publish_subject_changed(write, account, store.register, today())
        return contracts.InviteAgainAnswer(account.name, code)

    @answers(contracts.withdraw_right, callers=OFFICES, right=administrator_of_office)
    def withdraw_right(
        self, write: Write, request: contracts.WithdrawRightRequest, caller: Caller
    ) -> Empty:
        office, by = calling_office(caller), caller.subject
        account = agents.withdraw_right(
            write, request.subject, office, request.role, request.place, now(), today(), by
        )
        publish_subject_changed(write, account, store.register, today())
        return Empty()
