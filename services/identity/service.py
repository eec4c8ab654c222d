"""What identity answers: the table of contents of the service."""

from datetime import datetime
from types import SimpleNamespace
from typing import Any

from services.identity import mail
from services.identity.accounts import queries
from services.identity.accounts.commands import announcements as announcing
from services.identity.accounts.rules import accounts, passwords, tries, turns
from services.identity.accounts.rules.accounts import FAMILY
from services.identity.accounts.rules.dated_rights import ADMINISTRATOR, Period
from services.identity.agents.commands import agents, demonstration, town_codes
from services.identity.agents.queries.demonstration import unknown_accounts
from services.identity.agents.queries.town_codes import given_lately, given_page
from services.identity.agents.rules.demonstration import require_sound
from services.identity.handlers.rights import (
    accompanies,
    administrator_of_office,
    agent_of_office,
    checks_dossiers,
    family,
)
from services.identity.invitations.commands import activation, guardians
from services.identity.invitations.queries import activation as invitations
from services.identity.invitations.queries.guardians import (
    forgotten_logins,
    lots_to_reprint,
    unused_of_lot,
)
from services.identity.invitations.rules.activation import new_totp, require_strength
from services.identity.jobs import housekeeping
from services.identity.jobs.emails import carry_out
from services.identity.mail.metrics import of_letters
from services.identity.mail.queries import state_of_post
from services.identity.mail.texts import NEWS
from services.identity.models import TOTP_PLACE, Account
from services.identity.sessions.commands import accompanied, admission, counter_code, devices
from services.identity.sessions.commands import desk_passing as passing
from services.identity.sessions.commands.admission import Door, Known, Taken
from services.identity.store import store, vault
from shared.bus import (
    DEMO_OPS,
    DOSSIER,
    FRONT_DESK,
    OPS,
    PORTAL,
    PROVIDERS,
    Service,
    anonymous,
    answers,
    every,
    service_only,
    subscribes,
)
from shared.bus.native_threads import offload
from shared.contracts import identity as contracts
from shared.contracts import portal
from shared.contracts.dossier import family_imports as arrivals
from shared.contracts.dossier import registrations as drafts
from shared.contracts.errors import NotAllowed, NotFound
from shared.contracts.identity import SecondFactorNeeded, TooManyTries, WrongCredentials
from shared.contracts.message import Delivery
from shared.database import Write
from shared.dates.clock import now, today
from shared.person import LIFETIME, Standing, issue, sign_act, standing_of
from shared.register import Office, ProviderNotFound

HOUR = 3600.0
POST_SECONDS = 3.0
"""Between two rounds of the post: somebody may wait for a code."""

OFFICES = [PROVIDERS, FRONT_DESK]
"""Where agents sign in, with rights of its own."""

Answer = dict[str, Any]


class IdentityService(Service):
    """
    People who sign in, their dated rights, their tokens.

    What hashes a password, or answers with a secret, opens its own transaction: a hash takes too
    long for one, and the kit keeps the answers of methods that write for a day.
    """

    name = "identity"
    store = store
    vault = vault
    measuring = (of_letters,)

    @staticmethod
    def standing(subject: str) -> Standing | None:
        with store.read() as read:
            return standing_of(read, subject)

    # Signing in and out

    @answers(contracts.sign_in, callers=[PORTAL, *OFFICES], right=anonymous)
    def sign_in(self, request: SimpleNamespace) -> Answer:
        door = self._door(request)
        with self.store.write() as write:
            known = admission.who_knocks(write, door)
            taken = admission.take_try(write, door, now(), known.subject)
        admission.require_turn(taken)
        outcome = self._compared(door, taken, known, request.password)
        if not outcome.fits or known.subject is None:
            raise WrongCredentials
        if known.needs_code and not request.code:
            with self.store.write() as write:
                admission.half_way(write, door, taken)
            raise SecondFactorNeeded
        totp = self._opened(known.subject, known.totp_sealed)
        at = now()
        with self.store.write() as write:
            account = admission.still_there(write, known)
            admission.prove_second_factor(account, totp, request.code, at)
            admission.require_welcome(write, account, door.provider, at, today())
            admission.forget_tries(write, door, taken)
            account.password_hash = outcome.renewed or account.password_hash
            secret, issued_at = admission.open_session(write, account, door.azp, at)
            device = admission.remembered(write, door, taken, account.subject)
        return {
            "session": secret,
            **self._token(account, door.azp, issued_at),
            "subject": account.subject,
            "kind": account.kind,
            "name": account.name,
            "device": device,
        }

    @answers(contracts.renew_token, callers=[PORTAL, *OFFICES], right=anonymous)
    def renew_token(self, request: SimpleNamespace) -> Answer:
        office = self._office_code(request.caller)
        with self.store.write() as write:
            if request.caller == PORTAL and accompanied.is_one(write, request.session):
                register = self.store.register
                going = accompanied.renew(write, register, request.session, now(), today())
                return self._accompanied_token(going)
            account, issued_at = admission.renew(
                write, request.session, request.caller, office, now(), today()
            )
        return self._token(account, request.caller, issued_at)

    @answers(contracts.sign_out, callers=[PORTAL, *OFFICES], right=anonymous)
    def sign_out(self, write: Write, request: SimpleNamespace) -> Answer:
        gone = admission.end_session(write, request.session, request.caller, now())
        if request.caller == PORTAL:
            gone = gone or accompanied.end(write, request.session, now())
        if gone is not None:
            self._tell(write, gone)
        return {}

    @answers(contracts.sign_act, callers=[PORTAL], right=family)
    def sign_act(self, request: SimpleNamespace) -> Answer:
        """Sign what a person orders now of a provider that does not answer; it is no token."""
        person, key = request.person, self.settings.token_signing_key
        ordered = person.subject, person.azp, person.kind, request.digest, now(), person.actor
        return {"signed": sign_act(key, *ordered)}

    @answers(contracts.activate, callers=[PORTAL, *OFFICES], right=anonymous)
    def activate(self, request: SimpleNamespace) -> Answer:
        with self.store.read() as read:
            invited = invitations.invited(read, request.code, now())
        require_strength(invited, request.password)
        totp = new_totp(invited, self.store.register.now.town.name)
        sealed = self.vault.seal(invited.subject, TOTP_PLACE, totp.secret) if totp else None
        hashed = offload(passwords.hashed, request.password)
        with self.store.write() as write:
            account = activation.activate(write, invited, hashed, sealed, now())
            device = devices.remember(write, account.subject, request.caller, now())
            self._tell(write, account)
        uri = totp.address if totp else ""
        return {"login": account.login, "totp_uri": uri, "device": device}

    # From one desk to another

    @answers(contracts.my_desks, callers=OFFICES, right=agent_of_office)
    def my_desks(self, request: SimpleNamespace) -> Answer:
        with self.store.read() as read:
            held = queries.desks_of(read, request.person.subject, today())
        running = self.store.register.running_offices
        return {"desks": [office.code for office in running if office.code in held]}

    @answers(contracts.pass_over, callers=OFFICES, right=agent_of_office)
    def pass_over(self, request: SimpleNamespace) -> Answer:
        here, there = self._calling_office(request), self._office(request.provider)
        with self.store.write() as write:
            code, expires_at = passing.pass_over(write, request.person, here, there, now(), today())
        return {"code": code, "expires_at": expires_at}

    @answers(contracts.enter, callers=OFFICES, right=anonymous)
    def enter(self, request: SimpleNamespace) -> Answer:
        office = self._calling_office(request)
        door = passing.door_of(request.caller, office.code, request.code)
        with self.store.write() as write:
            taken = admission.take_try(write, door, now())
        admission.require_turn(taken)
        with self.store.write() as write:
            passed = passing.enter(write, request.code, door, now(), today())
            admission.forget_tries(write, door, taken)
        return {
            "session": passed.secret,
            **self._token(passed.account, door.azp, passed.issued_at),
            "subject": passed.account.subject,
            "kind": passed.account.kind,
            "name": passed.account.name,
            "came_from": passed.came_from,
        }

    # A family at the front desk, an agent beside it

    @answers(contracts.send_counter_code, callers=[FRONT_DESK], right=accompanies)
    def send_counter_code(self, request: SimpleNamespace) -> Answer:
        with self.store.write() as write:
            sent = counter_code.send(write, request.person.subject, request.guardian, now())
        return {"sent": sent}

    @answers(contracts.open_accompanied, callers=[FRONT_DESK], right=accompanies)
    def open_accompanied(self, request: SimpleNamespace) -> Answer:
        """Whoever answers a token hears of the agent anew, so that none refuses it by ignorance."""
        if request.proof == contracts.BY_CODE:
            typed = request.person.subject, request.guardian, request.six_digits
            with self.store.write() as write:
                fits = counter_code.take_try(write, *typed, now())
            if not fits:
                raise WrongCredentials
        with self.store.write() as write:
            opened = accompanied.open_session(write, request.person.subject, request, now())
            self._tell(write, opened.agent)
        return {
            "code": opened.code,
            "expires_at": opened.expires_at,
            "ends_at": opened.ends_at,
        }

    @answers(contracts.enter_accompanied, callers=[PORTAL], right=anonymous)
    def enter_accompanied(self, request: SimpleNamespace) -> Answer:
        register = self.store.register
        with self.store.write() as write:
            going = accompanied.enter(write, register, request.code, now(), today())
        return {
            "session_id": going.row.id,
            "session": going.secret,
            **self._accompanied_token(going),
            "ends_at": going.row.ends_at,
            "subject": going.row.family,
            "actor": going.row.agent,
            "name": going.row.family_name,
        }

    # Agents and their rights

    @answers(contracts.invite_administrator, callers=[OPS], right=service_only)
    def invite_administrator(self, request: SimpleNamespace) -> Answer:
        office = self._office(request.provider)
        named, at = office.administrator, now()
        with self.store.write() as write:
            if queries.has_been_administered(write, office.code):
                return {"login": accounts.folded(named.login), "code": "", "expires_at": None}
            account = agents.account_for(write, named.login, named.name, at)
            former = agents.withdraw_former_names(write, office.code, account.subject, at)
            from_today = Period(today())
            agents.grant(write, account, office, ADMINISTRATOR, from_today, at, by=None)
            code, expires_at = agents.invite_where_due(write, account, office, at, by_town=True)
            for changed in (account, *former):
                self._tell(write, changed)
        return {"login": account.login, "code": code, "expires_at": expires_at}

    @answers(contracts.invite_administrator_again, callers=[OPS], right=service_only)
    def invite_administrator_again(self, request: SimpleNamespace) -> Answer:
        asked, register = self._asked_by_town(request), self.store.register.now
        with self.store.write() as write:
            given = town_codes.give(write, request.login, asked, register)
            self._tell(write, given.account)
        return {
            "name": given.account.name,
            "code": given.code,
            "expires_at": given.expires_at,
            "told": given.told,
        }

    @answers(contracts.invite_successor, callers=[OPS], right=service_only)
    def invite_successor(self, request: SimpleNamespace) -> Answer:
        asked, register = self._asked_by_town(request), self.store.register.now
        to = request.login, request.name
        with self.store.write() as write:
            given, former = town_codes.succeed(write, request.in_place_of, to, asked, register)
            for changed in (given.account, former):
                self._tell(write, changed)
        return {
            "name": given.account.name,
            "former": former.name,
            "code": given.code,
            "expires_at": given.expires_at,
            "active": given.account.active,
            "told": given.told,
        }

    @answers(contracts.codes_by_town, callers=[OPS], right=service_only)
    def codes_by_town(self, request: SimpleNamespace) -> Answer:
        with self.store.read() as read:
            return given_page(read, request.after)

    @answers(contracts.list_agents, callers=OFFICES, right=administrator_of_office)
    def list_agents(self, request: SimpleNamespace) -> Answer:
        office, at = self._calling_office(request), now()
        with self.store.read() as read:
            most = contracts.AGENTS_AT_ONCE
            found = queries.agents_of(read, office.code, today(), request.after, most + 1)
            codes = given_lately(read, [each.subject for each, _ in found], at)
        return {
            "agents": [
                agents.as_listed(each, rights, at) | {"code_by_town": codes.get(each.subject)}
                for each, rights in found[:most]
            ],
            "next": found[most - 1][0].subject if len(found) > most else "",
        }

    @answers(contracts.grant_right, callers=OFFICES, right=administrator_of_office)
    def grant_right(self, request: SimpleNamespace) -> Answer:
        office, at = self._calling_office(request), now()
        wanted = Period(request.valid_from, request.valid_to)
        by = request.person.subject
        with self.store.write() as write:
            account = agents.account_for(write, request.login, request.name, at)
            agents.grant(write, account, office, request.role, wanted, at, by)
            agents.reopen(account, at)
            code, _ = agents.invite_where_due(write, account, office, at)
            self._tell(write, account)
        return {"subject": account.subject, "code": code}

    @answers(contracts.invite_again, callers=OFFICES, right=administrator_of_office)
    def invite_again(self, request: SimpleNamespace) -> Answer:
        office, by = self._calling_office(request), request.person.subject
        with self.store.write() as write:
            account, code = agents.invite_again(write, request.subject, office, now(), today(), by)
            self._tell(write, account)
        return {"name": account.name, "code": code}

    @answers(contracts.withdraw_right, callers=OFFICES, right=administrator_of_office)
    def withdraw_right(self, write: Write, request: SimpleNamespace) -> Answer:
        office, by = self._calling_office(request), request.person.subject
        account = agents.withdraw(write, request.subject, office, request.role, now(), today(), by)
        self._tell(write, account)
        return {}

    # Guardians

    @answers(contracts.invite_guardian, callers=[FRONT_DESK], right=checks_dossiers)
    def invite_guardian(self, request: SimpleNamespace) -> Answer:
        at = now()
        with self.store.write() as write:
            account = guardians.account_of(
                write, request.guardian_id, request.name, request.email, at
            )
            code, expires_at = guardians.invite(write, account, request.email, at)
            self._tell(write, account)
        return {"login": account.login, "code": code, "expires_at": expires_at}

    @answers(contracts.invite_guardians, callers=[FRONT_DESK], right=checks_dossiers)
    def invite_guardians(self, request: SimpleNamespace) -> Answer:
        people = {each["guardian_id"]: each["name"] for each in request.guardians}
        with self.store.write() as write:
            made = guardians.invite_by_letter(
                write,
                people,
                now(),
                by=request.person.subject,
                again=request.again,
                in_place_of=request.in_place_of,
            )
            for account, _, _ in made.values():
                self._tell(write, account)
        letters = [(one, *made[one]) for one in people]
        return {
            "letters": [
                {"guardian_id": one, "login": account.login, "code": code, "expires_at": expires_at}
                for one, account, code, expires_at in letters
            ]
        }

    @answers(contracts.letter_lots, callers=[FRONT_DESK], right=checks_dossiers)
    def letter_lots(self, _request: SimpleNamespace) -> Answer:
        with self.store.read() as read:
            return {"lots": lots_to_reprint(read, now())}

    @answers(contracts.letter_lot, callers=[FRONT_DESK], right=checks_dossiers)
    def letter_lot(self, request: SimpleNamespace) -> Answer:
        with self.store.read() as read:
            return {"guardian_ids": unused_of_lot(read, request.lot, now())}

    @answers(contracts.forgotten_password, callers=[PORTAL], right=anonymous)
    def forgotten_password(self, write: Write, request: SimpleNamespace) -> Answer:
        guardians.note_forgotten(write, request.login, now())
        return {}

    @subscribes(drafts.draft_opened, sources=[DOSSIER])
    def on_draft_opened(self, write: Write, event: drafts.DraftOpened, _delivery: Delivery) -> None:
        letter_id = event.letter_id or event.draft_id  # an event of before letters had ids
        guardians.send_draft_link(write, letter_id, event.address, event.reference, event.secret)

    @subscribes(drafts.draft_email_changed, sources=[DOSSIER])
    def on_draft_email_changed(
        self, write: Write, event: drafts.DraftEmailChanged, _delivery: Delivery
    ) -> None:
        guardians.tell_former_address(write, event.letter_id, event.address)

    @subscribes(arrivals.guardian_taken_back, sources=[DOSSIER])
    def on_guardian_taken_back(
        self, write: Write, event: arrivals.GuardianTakenBack, _delivery: Delivery
    ) -> None:
        guardians.end_invitation(write, event.guardian_id)

    @subscribes(arrivals.letter_returned, sources=[DOSSIER])
    def on_letter_returned(
        self, write: Write, event: arrivals.LetterReturned, _delivery: Delivery
    ) -> None:
        account = guardians.end_letter(write, event.guardian_id, event.at, now())
        if account is not None:
            self._tell(write, account)

    # A town of demonstration

    @answers(contracts.open_accounts, callers=[DEMO_OPS], right=service_only)
    def open_accounts(self, request: SimpleNamespace) -> Answer:
        register = self.store.register
        if not register.now.town.demo:
            raise NotAllowed(callee=self.name, method="open_accounts")
        require_sound(request.accounts, register)
        with self.store.read() as read:
            fresh = unknown_accounts(read, request.accounts)
        hashes = {each: offload(passwords.hashed, each) for each in {a["password"] for a in fresh}}
        self.vault.prepare(account["subject"] for account in fresh)
        with self.store.write() as write:
            opened = demonstration.open_accounts(write, fresh, hashes, self.vault, now(), today())
            for account in opened:
                self._tell(write, account)
        return {"opened": len(opened)}

    # Letters by e-mail

    @answers(contracts.post_state, callers=[OPS], right=service_only)
    def post_state(self, _request: SimpleNamespace) -> Answer:
        with self.store.read() as read:
            return state_of_post(read)

    @subscribes(portal.letter_due, sources=[PORTAL])
    def on_letter_due(self, write: Write, fact: Any) -> None:
        """Post a letter to a guardian of whom the portal knows an id alone."""
        stop = f"{self.settings.portal_url}/courriels/arret/{fact.token}"
        mail.post(write, fact.subject, NEWS, f"portal|{fact.key}", unsubscribe=stop)

    @every(POST_SECONDS)
    def carry_out_post(self) -> None:
        with self.store.read() as read:
            asked = forgotten_logins(read)
        if asked:
            with self.store.write() as write:
                guardians.write_to_who_forgot(write, asked, now())
        carry_out(self.settings.mail_server, self.settings.portal_url)

    @every(HOUR, jitter=600.0)
    def forget(self) -> None:
        with self.store.write() as write:
            housekeeping.forget(write, now())

    # Where a request comes from

    def _door(self, request: SimpleNamespace) -> Door:
        caller, office = request.caller, self._office_code(request.caller)
        kind = accounts.kind_at(caller, is_office=office is not None)
        if kind is None:
            raise NotAllowed(callee=self.name, method="sign_in")
        browser = request.address, tuple(request.devices)
        return Door(caller, office, kind, accounts.folded(request.login), *browser)

    def _compared(self, door: Door, taken: Taken, known: Known, password: str) -> passwords.Outcome:
        """Compare a password; a stranger's try is given back where too many others' are before."""
        if taken.device is not None:
            return offload(passwords.check, known.password_hash, password)
        try:
            with turns.of_strangers(door.azp).one():
                return offload(passwords.check, known.password_hash, password)
        except turns.Taken:
            with self.store.write() as write:
                admission.give_back(write, door, taken)
            raise TooManyTries(wait_seconds=tries.BUSY_SECONDS, others=True) from None

    def _office_code(self, caller: str) -> str | None:
        office = self.store.register.office_of(caller)
        return office.code if office else None

    def _calling_office(self, request: SimpleNamespace) -> Office:
        office: Office | None = self.store.register.office_of(request.caller)
        if office is None:
            raise NotAllowed(callee=self.name)
        return office

    def _office(self, code: str) -> Office:
        try:
            return self.store.register.office(code)
        except ProviderNotFound:
            raise NotFound(provider=code) from None

    def _asked_by_town(self, request: SimpleNamespace) -> town_codes.Asked:
        office, said = self._office(request.office), (request.asked_by, request.reason)
        return town_codes.Asked(office, *said, request.despite_others, now(), today())

    def _opened(self, subject: str, totp_sealed: bytes | None) -> str | None:
        return self.vault.open(subject, TOTP_PLACE, totp_sealed) if totp_sealed else None

    def _accompanied_token(self, going: accompanied.Going) -> Answer:
        key, row = self.settings.token_signing_key, going.row
        at = going.issued_at
        token = issue(key, row.family, PORTAL, FAMILY, going.lifetime, at, actor=row.agent)
        return {"token": token, "expires_at": at + going.lifetime}

    def _token(self, account: Account, azp: str, issued_at: datetime) -> Answer:
        key = self.settings.token_signing_key
        token = issue(key, account.subject, azp, account.kind, issued_at=issued_at)
        return {"token": token, "expires_at": issued_at + LIFETIME}

    def _tell(self, write: Write, account: Account) -> None:
        announcing.tell_subject_changed(write, account, self.store.register, today())
