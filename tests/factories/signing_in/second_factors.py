"""Passkeys and codes of families: added, confirmed, used, and taken away at the desk."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlparse

import pyotp

from services.identity.accounts.rules.passwords import hash_password
from services.identity.invitations.commands import activation
from services.identity.invitations.rules.activation_requirements import Invited
from services.identity.models import Invitation
from services.identity.store import store
from shared.contracts.identity.own_account import second_factors
from shared.dates.clock import now
from tests.factories.credentials import DESK
from tests.factories.identity import DAY, PASSWORD, Person, Town
from tests.factories.passkeys import Authenticator


def adds(town: Town, signed_in: Any, telephone: Authenticator, name: str = "Téléphone") -> Any:
    """Let somebody add the passkey of a telephone; return the recovery codes that it brings."""
    own = {"token": signed_in.token, "session": signed_in.session}
    asked = town.ask(second_factors.begin_passkey, **own)
    answer = telephone.makes(asked.options)
    sent = {"challenge": asked.challenge, "passkey": answer, "name": name}
    return town.ask(second_factors.add_passkey, **own, **sent).codes


def enters(
    town: Town,
    telephone: Authenticator,
    change: Callable[[str], str] = lambda answer: answer,
    **browser: Any,
) -> Any:
    asked = town.ask(second_factors.ask_for_passkey)
    sent = {"challenge": asked.challenge, "passkey": change(telephone.signs(asked.options))}
    return town.ask(second_factors.sign_in_by_passkey, **sent, **browser)


def proves(town: Town, signed_in: Any, **given: Any) -> None:
    own = {"token": signed_in.token, "session": signed_in.session}
    town.ask(second_factors.prove_person, **own, **given)


def factors(town: Town, signed_in: Any) -> Any:
    return town.ask(second_factors.second_factors, token=signed_in.token)


def chooses_by_email(person: Person) -> None:
    """Let a person who forgot its password choose one with the link that it was sent."""
    invited = Invited("f" * 64, person.subject, "family", person.login)
    with store.write() as write:
        link = Invitation(digest=invited.digest, subject=person.subject, expires_at=now() + DAY)
        write.add(link)
        write.flush()
        activation.activate_account(write, invited, hash_password(PASSWORD), None, now())


def next_code(agent: Person) -> str:
    """Return the code of half a minute later: each is good once."""
    later = now() + timedelta(seconds=30)
    return pyotp.TOTP(agent.totp_secret).at(later)


def offered(town: Town, signed_in: Any) -> str:
    """Return the secret that a telephone would read from the page."""
    answer = town.ask(second_factors.begin_codes, token=signed_in.token, session=signed_in.session)
    return parse_qs(urlparse(answer.totp_uri).query)["secret"][0]


def confirms(town: Town, signed_in: Any, code: str) -> Any:
    own = {"token": signed_in.token, "session": signed_in.session}
    return town.ask(second_factors.confirm_codes, **own, code=code).codes


def enrols(town: Town, person: Person, signed_in: Any) -> Any:
    """Let a person confirm its codes a minute ago; return its recovery codes."""
    secret = offered(town, signed_in)
    codes = confirms(town, signed_in, pyotp.TOTP(secret).now())
    person.totp_secret = secret
    town.time_passes(minutes=1)
    return codes


def resets(town: Town, token: str, guardian: str) -> Any:
    asked = {"guardian": guardian, "paper": "passport"}
    return town.ask(second_factors.reset_factors, caller=DESK, token=token, **asked)
