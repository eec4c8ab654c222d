"""Accounts, agents with telephones, and a clock that moves by the rows: for tests of identity."""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

import pyotp
from sqlalchemy import select, update

from deploy.instance.secrets import new_token_signing_key, token_verify_key
from services.identity.models import (
    AccessChange,
    AccompaniedSession,
    Account,
    Challenge,
    CounterCode,
    DatedRight,
    EmailChange,
    Invitation,
    KnownDevice,
    LoginTries,
    OpenIdLink,
    Passing,
    Passkey,
    RightOffer,
    SignIn,
)
from services.identity.service import IdentityService
from services.identity.store import store, vault
from shared.contracts.errors import Unavailable
from shared.contracts.identity import (
    accounts,
    agents,
    desk_passing,
    invitations,
    rights_awaiting_holder,
    sign_ins,
)
from shared.contracts.message import Caller, Method
from shared.database.tables.kit_tables import kit_table
from shared.dates.clock import today
from shared.person import TokenCheck, Verifier
from shared.register import Register
from shared.register.declarations import BILLING, DOSSIER, ENROLMENT, IDENTITY, PORTAL, Subscribes
from shared.runtime.ids import new_id
from shared.runtime.reloading_file import ReloadingFile
from shared.settings import OpenIdSecrets, Settings
from tests.databases import Database
from tests.factories.refusals import outcome
from tests.factories.register import demo_rows
from tests.factories.sealing import require_another_key_fits
from tests.factories.travelling import answered, declaration_of

DAY = timedelta(days=1)
ENS, AGG = "enrolment_ens", "enrolment_agg"
KEY = base64.b64decode("A" * 43 + "=")
PASSWORD = "trois petits chats"
WRONG = "trois petits chiens"
OPENID_SECRET = "a secret of the town alone, forty characters"
PORTAL_URL = "https://familles.ville.example"

_MOMENTS: Mapping[type[Any], tuple[str, ...]] = {
    AccessChange: ("at",),
    Account: ("not_before", "anew_from", "opened_at", "last_signed_in", "totp_since"),
    Challenge: ("expires_at",),
    DatedRight: ("granted_at", "withdrawn_at"),
    EmailChange: ("expires_at",),
    Invitation: ("expires_at", "used_at"),
    RightOffer: ("offered_at", "expires_at", "decided_at"),
    KnownDevice: ("used_at", "trusted_until"),
    LoginTries: ("last_at", "knocked_at"),
    CounterCode: ("sent_at",),
    AccompaniedSession: ("opened_at", "ends_at", "entered_at", "last_used_at"),
    OpenIdLink: ("linked_at",),
    Passkey: ("added_at", "used_at"),
    Passing: ("signed_in_at", "made_at", "expires_at", "used_at"),
    SignIn: ("opened_at", "last_used_at", "ended_at"),
}


def register(
    path: Path,
    *,
    demo: bool = True,
    administrators: Mapping[str, str] = {},
    subscribers: Sequence[str] = (DOSSIER, ENROLMENT, PORTAL),
    acts: Mapping[tuple[str, str], list[str]] = {},
    openid: Mapping[str, Mapping[str, object]] = {},
) -> Register:
    """
    Return the demo town's register; `administrators` are other first names by provider.

    `acts` are those of a role of a provider, in place of the town file's; `openid` are the
    providers by which families and agents sign in.
    """
    subscriptions = [
        Subscribes(service, "subject_changed", 1, IDENTITY, (IDENTITY,), addressed=True)
        for service in subscribers
    ]
    if BILLING in subscribers:
        subscriptions.append(Subscribes(BILLING, "email_reach_changed", 1, IDENTITY, (IDENTITY,)))
    for letter in ("letter_due", "urgent_letter_due"):
        subscriptions.append(Subscribes(IDENTITY, letter, 1, PORTAL, (PORTAL,)))
    rows = demo_rows(subscriptions)
    rows["town"] |= {"demo": demo, **openid}
    for provider in rows["providers"]:
        if provider["code"] in administrators:
            provider["administrator"]["login"] = administrators[provider["code"]]
        for role in provider["roles"]:
            role["acts"] = acts.get((provider["code"], role["code"]), role["acts"])
    path.write_text(json.dumps(rows))
    return Register(path, every=0.0)


@dataclass
class Person:
    """A person with a password, and for an agent a telephone that shows codes."""

    subject: str
    login: str
    password: str = PASSWORD
    totp_secret: str = ""
    kind: str = "family"
    rights: list[dict[str, str]] = field(default_factory=list)
    name: str = "Camille Ferrand"

    def code(self) -> str:
        return pyotp.TOTP(self.totp_secret).now() if self.totp_secret else ""

    def account(self) -> dict[str, Any]:
        return dict(self.__dict__)


def family(login: str = "camille@exemple.fr", **more: Any) -> Person:
    return Person(new_id(), login, **more)


def agent(login: str = "samir.benali", *rights: tuple[str, str], **more: Any) -> Person:
    """Return an agent; `rights` are (provider, role) pairs."""
    held = [{"provider": provider, "role": role} for provider, role in rights]
    more.setdefault("name", "Samir Benali")
    return Person(
        new_id(), login, totp_secret=pyotp.random_base32(), kind="agent", rights=held, **more
    )


@dataclass(frozen=True)
class Town:
    """Identity on a database, asked as the kit asks it: token, right, contract, transaction."""

    service: IdentityService
    gate: TokenCheck

    def ask(self, method: Method, *, caller: str = PORTAL, token: str = "", **payload: Any) -> Any:
        """Return the answer to a request; raises what the service refuses."""
        _, declaration = declaration_of(self.service, method)
        person = self.gate.person(token, caller) if declaration.right.needs_person else None
        asking = Caller(caller, person, new_id())
        return answered(self.service, method, asking, PermissionError, **payload)

    def opens(self, *people: Person) -> None:
        """Open ready accounts, and forget their events."""
        ready = [person.account() for person in people]
        self.ask(accounts.open_accounts, caller="ops", accounts=ready)
        self.published()

    def signs_in(
        self,
        person: Person,
        at: str = PORTAL,
        *,
        password: str = "",
        code: str | None = None,
        **browser: Any,
    ) -> Any:
        """Sign somebody in; `browser` is the address and the devices that the page tells of."""
        return self.ask(
            sign_ins.sign_in,
            caller=at,
            login=person.login,
            password=password or person.password,
            code=person.code() if code is None else code,
            **browser,
        )

    def renews(self, session: str, caller: str = PORTAL) -> Any:
        """Return what comes of asking for a new token, a refusal included."""
        return outcome(lambda: self.ask(sign_ins.renew_token, caller=caller, session=session))

    def activates(self, code: str, password: str = PASSWORD, at: str = ENS) -> Any:
        return self.ask(invitations.activate, caller=at, code=code, password=password)

    def arrives(self, login: str, code: str, at: str = ENS) -> Person:
        """Let somebody use an invitation; return the agent with the telephone that scanned it."""
        answer = self.activates(code, at=at)
        secret = parse_qs(urlparse(answer.totp_uri).query)["secret"][0]
        with store.read() as read:
            subject = read.scalars(
                select(Account.subject).where(Account.login == login, Account.kind == "agent")
            ).one()
        return Person(subject, login, totp_secret=secret, kind="agent")

    def grants(self, token: str, at: str = ENS, **right: Any) -> Any:
        """Let an administrator give a right; by default the kitchen to Samir, from today."""
        wanted = {
            "login": "samir.benali",
            "name": "Samir Benali",
            "role": "kitchen",
            "valid_from": today(),
            **right,
        }
        return self.ask(agents.grant_right, caller=at, token=token, **wanted)

    def accepts(self, token: str, code: str, at: str = ENS) -> str:
        """Let an agent say yes to what an office offers, with its code; return the office."""
        answer = self.ask(
            rights_awaiting_holder.accept_right_offer, caller=at, token=token, code=code
        )
        return str(answer.office)

    def withdraws(self, token: str, subject: str, role: str, at: str = ENS) -> None:
        self.ask(agents.withdraw_right, caller=at, token=token, subject=subject, role=role)

    def invites_again(self, token: str, subject: str, at: str = ENS) -> str:
        """Let an administrator ask for a new code for a colleague; return it."""
        answer = self.ask(agents.invite_again, caller=at, token=token, subject=subject)
        return str(answer.code)

    def passes(self, token: str, at: str = ENS, to: str = "agg") -> str:
        """Return the code with which an agent goes on from one desk to another."""
        answer = self.ask(desk_passing.pass_over, caller=at, token=token, provider=to)
        return str(answer.code)

    def enters(self, code: str, at: str = AGG) -> Any:
        return self.ask(desk_passing.enter, caller=at, code=code)

    def lets(self, token: str, caller: str = PORTAL) -> str:
        """Return the subject whom the gate lets through; raises NotSignedIn."""
        return self.gate.person(token, caller).subject

    def published(self) -> list[tuple[str, accounts.SubjectChanged]]:
        """
        Return what waits in the outbox as (principal, event), oldest first, and empty it.

        Whether e-mails reach a family is another fact, for billing (test_email_reach.py).
        """
        outbox = kit_table(store.metadata, "outbox")
        with store.write() as write:
            rows = write.execute(select(outbox).order_by(outbox.c.published_at, outbox.c.id)).all()
            write.execute(outbox.delete())
        event = accounts.subject_changed
        told = [row for row in rows if row.key != "event.email_reach_changed"]
        bodies = [(row.key.split(".")[1], json.loads(store.unsealed_body(row))) for row in told]
        return [(principal, event.load(body)) for principal, body in bodies]

    def time_passes(self, **time: float) -> None:
        """Move every moment in the database back by so much."""
        gone = timedelta(**time)
        with store.write() as write:
            for model, columns in _MOMENTS.items():
                for row in write.scalars(select(model)):
                    _move(row, columns, gone)
            for model in (LoginTries, KnownDevice):
                for row in write.scalars(select(model)):
                    row.recent = [moment - gone.total_seconds() for moment in row.recent]
            steps = int(gone.total_seconds() // 30)
            write.execute(update(Account).values(totp_step=Account.totp_step - steps))

    def dates(self, subject: str, **days: Any) -> None:
        """Change the days of a person's rights, as if they had been given long ago."""
        with store.write() as write:
            write.execute(update(DatedRight).where(DatedRight.subject == subject).values(days))


class Wire:
    """The bus between pages and identity: who asks is the pages' principal, and nothing else."""

    def __init__(self, town: Town, principal: str) -> None:
        self._town, self._principal = town, principal
        self.down = False

    def ask(
        self,
        method: Method,
        request: Any = None,
        /,
        *,
        token: str = "",
        deadline: float = 0.0,
        **payload: Any,
    ) -> Any:
        if self.down:
            raise Unavailable(callee=method.owner)
        asked = payload if request is None else vars(request)
        return self._town.ask(method, caller=self._principal, token=token, **asked)


def _move(row: Any, columns: tuple[str, ...], gone: timedelta) -> None:
    for column in columns:
        moment = getattr(row, column)
        if moment is not None:
            setattr(row, column, moment - gone)


@contextmanager
def town(database: Database, home: Path, **changes: Any) -> Iterator[Town]:
    """Give identity on a migrated database, with keys of its own."""
    database.migrated("identity")
    known = register(home / "register.json", **changes)
    store.connect(database.url, known, key=KEY)
    vault.connect(database.keys_url, KEY)
    service, signing_key = IdentityService(), new_token_signing_key()
    service.settings = settings(database, known, signing_key, home)
    yield Town(
        service, TokenCheck(Verifier(service.settings.token_verify_key), service.account_status)
    )
    store.close()
    require_another_key_fits(database.url, store.sealed_columns, KEY)


def settings(database: Database, known: Register, signing_key: str, home: Path) -> Settings:
    private, public = pem_pair(signing_key)
    return Settings(
        principal=IDENTITY,
        register=known,
        amqp_uri="",
        database_url=database.url,
        keys_url=database.keys_url,
        key_encryption_key=b"",
        token_verify_key=public,
        token_signing_key=private,
        secret_key="",
        home=home,
        desks=ReloadingFile(home / "desks.json", dict, absent={}),
        portal_url=PORTAL_URL,
        openid=OpenIdSecrets(families=OPENID_SECRET, agents=OPENID_SECRET),
    )


def pem_pair(signing_key: str) -> tuple[str, str]:
    """Return the private and the public key as the services read them."""
    keys = (signing_key, token_verify_key(signing_key))
    private, public = (base64.b64decode(key).decode() for key in keys)
    return private, public
