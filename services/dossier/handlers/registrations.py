"""Requests on registrations: for the holder of reference and key, and for the front desk."""

from services.dossier.handlers.caller_rights import (
    checks_dossiers,
    checks_registration,
    family,
    guardian_of_household,
    may_protect,
)
from services.dossier.read_log.commands import front_desk_reads
from services.dossier.read_log.commands.front_desk_reads import log_reads_before_answer
from services.dossier.registrations.commands import (
    acceptance,
    child_of_known_family,
    email_links,
    opening,
    papers,
    registration_steps,
)
from services.dossier.registrations.queries import child_of_known_family as known_family_queries
from services.dossier.registrations.queries import email_links as link_queries
from services.dossier.registrations.queries import papers as paper_queries
from services.dossier.registrations.queries import registration_by_reference
from services.dossier.registrations.queries import sent_registrations as front_desk_queries
from services.dossier.sharing.queries.current_access_policy import current_policy
from services.dossier.store import store
from shared.bus import FRONT_DESK, PORTAL, Service, anonymous, answers
from shared.contracts.dossier import registration_decisions
from shared.contracts.dossier import registrations as contracts
from shared.contracts.message import Caller, Empty
from shared.contracts.values import OfHousehold
from shared.database import Write
from shared.dates.clock import today
from shared.dates.instant import Instant


class Registrations(Service):
    """Registrations of families without an account, which the central desk accepts or refuses."""

    @answers(contracts.open_registration, callers=[PORTAL], right=anonymous)
    def open_registration(
        self, request: contracts.OpenRegistrationRequest, _caller: Caller
    ) -> contracts.OpenRegistrationAnswer:
        with store.write() as write:
            return opening.begin_registration(write, request, Instant.now())

    @answers(contracts.open_child_registration, callers=[PORTAL], right=guardian_of_household)
    def open_child_registration(
        self, request: OfHousehold, caller: Caller
    ) -> contracts.OpenChildRegistrationAnswer:
        with store.write() as write:
            return child_of_known_family.begin_child_registration(
                write, request.household_id, by=caller.subject, when=Instant.now()
            )

    @answers(contracts.my_child_registrations, callers=[PORTAL], right=family)
    def my_child_registrations(
        self, _request: Empty, caller: Caller
    ) -> contracts.MyChildRegistrationsAnswer:
        with store.read() as read:
            return contracts.MyChildRegistrationsAnswer(
                known_family_queries.my_child_registrations(read, caller.subject)
            )

    @answers(contracts.withdraw_child_registration, callers=[PORTAL], right=family)
    def withdraw_child_registration(
        self, write: Write, request: contracts.WithdrawChildRegistrationRequest, caller: Caller
    ) -> Empty:
        child_of_known_family.withdraw_child_registration(
            write, request.registration_id, by=caller.subject, when=Instant.now()
        )
        return Empty()

    @answers(contracts.look_at_link, callers=[PORTAL], right=anonymous)
    def look_at_link(
        self, request: contracts.RegistrationBearer, _caller: Caller
    ) -> contracts.LookAtLinkAnswer:
        with store.read() as read:
            return link_queries.registration_shown_by_link(read, request)

    @answers(contracts.take_up_registration, callers=[PORTAL], right=anonymous)
    def take_up_registration(
        self, write: Write, request: contracts.TakeUpRegistrationRequest, _caller: Caller
    ) -> Empty:
        email_links.take_up_registration(write, request, Instant.now())
        return Empty()

    @answers(contracts.disown_registration, callers=[PORTAL], right=anonymous)
    def disown_registration(
        self, write: Write, request: contracts.RegistrationBearer, _caller: Caller
    ) -> Empty:
        email_links.disown_link(write, request, Instant.now())
        return Empty()

    @answers(contracts.ask_for_link, callers=[PORTAL], right=anonymous)
    def ask_for_link(
        self, write: Write, request: contracts.AskForLinkRequest, _caller: Caller
    ) -> Empty:
        email_links.send_new_links(write, request.email, request.place, Instant.now())
        return Empty()

    @answers(contracts.read_registration, callers=[PORTAL], right=anonymous)
    def read_registration(
        self, request: contracts.RegistrationBearer, _caller: Caller
    ) -> contracts.ReadRegistrationAnswer:
        with store.read() as read:
            return registration_by_reference.read_registration(read, request)

    @answers(contracts.save_registration, callers=[PORTAL], right=anonymous)
    def save_registration(
        self, write: Write, request: contracts.SaveRegistrationRequest, _caller: Caller
    ) -> Empty:
        registration_steps.save_step(write, request, Instant.now())
        return Empty()

    @answers(contracts.add_paper, callers=[PORTAL], right=anonymous)
    def add_paper(
        self, write: Write, request: contracts.AddPaperRequest, _caller: Caller
    ) -> contracts.AddPaperAnswer:
        return contracts.AddPaperAnswer(whole=papers.add_paper_part(write, request, Instant.now()))

    @answers(contracts.drop_paper, callers=[PORTAL], right=anonymous)
    def drop_paper(
        self, write: Write, request: contracts.DropPaperRequest, _caller: Caller
    ) -> Empty:
        papers.drop_paper(write, request)
        return Empty()

    @answers(contracts.send_registration, callers=[PORTAL], right=anonymous)
    def send_registration(
        self, write: Write, request: contracts.RegistrationBearer, _caller: Caller
    ) -> Empty:
        registration_steps.send_registration(write, request, Instant.now())
        return Empty()

    @answers(contracts.drop_registration, callers=[PORTAL], right=anonymous)
    def drop_registration(
        self, write: Write, request: contracts.RegistrationBearer, _caller: Caller
    ) -> Empty:
        registration_steps.take_back_registration(write, request, Instant.now())
        return Empty()

    # For the central desk

    @answers(
        registration_decisions.waiting_registrations, callers=[FRONT_DESK], right=checks_dossiers
    )
    def waiting_registrations(
        self, _request: Empty, caller: Caller
    ) -> registration_decisions.WaitingRegistrationsAnswer:
        with store.read() as read:
            protects = may_protect(self, read, caller, today())
            return registration_decisions.WaitingRegistrationsAnswer(
                front_desk_queries.list_waiting_registrations(read, protects=protects)
            )

    @answers(
        registration_decisions.look_at_registration, callers=[FRONT_DESK], right=checks_registration
    )
    def look_at_registration(
        self, request: registration_decisions.LookAtRegistrationRequest, caller: Caller
    ) -> registration_decisions.LookAtRegistrationAnswer:
        when = Instant.now()
        with store.read() as read:
            registration = front_desk_queries.sent_registration_for_desk(
                read, request.draft_id, when
            )
        shown = {child["child_id"] for child in registration.alike}
        log_reads_before_answer(caller, shown, front_desk_reads.NAMES, when)
        return registration

    @answers(
        registration_decisions.registration_paper, callers=[FRONT_DESK], right=checks_registration
    )
    def registration_paper(
        self, request: registration_decisions.RegistrationPaperRequest, _caller: Caller
    ) -> registration_decisions.RegistrationPaperAnswer:
        with store.read() as read:
            registration = front_desk_queries.sent_registration(read, request.draft_id)
            return paper_queries.part_of_registration_paper(
                read, registration, request.paper_id, request.part
            )

    @answers(registration_decisions.confirm_email, callers=[FRONT_DESK], right=checks_registration)
    def confirm_email(
        self, write: Write, request: registration_decisions.ConfirmEmailRequest, caller: Caller
    ) -> Empty:
        acceptance.confirm_email(write, request, by=caller.subject, when=Instant.now())
        return Empty()

    @answers(
        registration_decisions.accept_registration, callers=[FRONT_DESK], right=checks_registration
    )
    def accept_registration(
        self,
        write: Write,
        request: registration_decisions.AcceptRegistrationRequest,
        caller: Caller,
    ) -> registration_decisions.AcceptRegistrationAnswer:
        policy, by = current_policy(), caller.subject
        return acceptance.accept_registration(
            write, policy, store.register, request, by=by, when=Instant.now()
        )

    @answers(
        registration_decisions.refuse_registration, callers=[FRONT_DESK], right=checks_registration
    )
    def refuse_registration(
        self,
        write: Write,
        request: registration_decisions.RefuseRegistrationRequest,
        caller: Caller,
    ) -> Empty:
        acceptance.refuse_registration(write, request, by=caller.subject, when=Instant.now())
        return Empty()
