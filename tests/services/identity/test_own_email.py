"""A person changes its e-mail address: nothing serves before it is proven, and nobody is misled."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from services.identity.jobs.housekeeping import delete_expired_rows
from services.identity.models import EmailChange
from services.identity.store import store
from shared.contracts.errors import NotSignedIn
from shared.contracts.identity import invitations
from shared.contracts.identity.invitations import InvitationUnknown
from shared.contracts.identity.own_account import email as own_email
from shared.contracts.identity.own_account import password_and_sessions as own_access
from shared.contracts.identity.own_account.email import EmailCodeUnknown
from shared.contracts.identity.sign_ins import TooManyTries, WrongCredentials
from shared.dates.clock import now
from tests.factories import identity as make
from tests.factories.credentials import emails, sent
from tests.factories.identity import ENS, PASSWORD, Person, Town
from tests.factories.refusals import refused

NEW = "camille.f@exemple.fr"


def asks(town: Town, token: str, email: str = NEW, at: str = "portal") -> None:
    town.ask(own_email.ask_email, caller=at, token=token, email=email)


def proves(town: Town, signed_in: Any, code: str, at: str = "portal") -> Any:
    asked = {"token": signed_in.token, "session": signed_in.session}
    return town.ask(own_email.prove_email, caller=at, code=code, **asked)


def access_of(town: Town, signed_in: Any, at: str = "portal") -> Any:
    asked = {"token": signed_in.token, "session": signed_in.session}
    return town.ask(own_access.my_access, caller=at, **asked)


def code_sent_to(address: str) -> str:
    return sent("email_code", address)[-1]["code"]


def test_an_address_becomes_the_login_once_its_code_was_typed_and_not_before(
    town: Town, camille: Person
) -> None:
    signed_in = town.signs_in(camille)
    asks(town, signed_in.token, " Camille.F@Exemple.fr".strip())

    assert access_of(town, signed_in).asked_email == NEW
    refused(lambda: town.signs_in(make.family(NEW)), WrongCredentials)
    begun = proves(town, signed_in, code_sent_to(NEW))

    assert town.signs_in(make.family(NEW)).subject == camille.subject
    refused(lambda: town.signs_in(camille), WrongCredentials)
    access = access_of(town, begun)
    assert (access.login, access.email, access.asked_email) == (NEW, NEW, "")


def test_the_address_of_before_is_told_at_once_and_again_and_never_of_the_new_one(
    town: Town, camille: Person
) -> None:
    signed_in = town.signs_in(camille)
    asks(town, signed_in.token)
    (told,) = sent("email_asked", camille.login)

    proves(town, signed_in, code_sent_to(NEW))

    assert list(told) == ["stop"]
    assert sent("email_changed", camille.login) == [{}]


def test_with_another_address_everything_begins_anew_and_codes_of_the_old_mailbox_are_void(
    town: Town, camille: Person
) -> None:
    telephone, computer = town.signs_in(camille), town.signs_in(camille)
    town.ask(invitations.forgotten_password, login=camille.login)
    town.service.send_emails()
    code = sent("forgotten", camille.login)[0]["code"]
    asks(town, telephone.token)

    begun = proves(town, telephone, code_sent_to(NEW))

    assert town.lets(begun.token) == camille.subject
    refused(lambda: town.lets(computer.token), NotSignedIn)
    assert isinstance(town.renews(computer.session), NotSignedIn)
    refused(lambda: town.activates(code, at="portal"), InvitationUnknown)


def test_an_address_that_is_somebody_elses_gets_no_code_and_the_answer_does_not_say_so(
    town: Town, camille: Person
) -> None:
    louis = make.family("louis@exemple.fr")
    town.opens(louis)
    signed_in = town.signs_in(camille)

    asks(town, signed_in.token, louis.login)
    taken = access_of(town, signed_in).asked_email
    asks(town, signed_in.token, NEW)
    free = access_of(town, signed_in).asked_email

    assert (taken, free) == (louis.login, NEW)
    assert sent("email_taken", louis.login) == [{}]
    assert sent("email_code", louis.login) == []
    assert town.signs_in(louis).subject == louis.subject


def test_of_an_address_taken_meanwhile_the_code_opens_nothing(town: Town, camille: Person) -> None:
    signed_in = town.signs_in(camille)
    asks(town, signed_in.token)
    town.opens(make.family(NEW))

    refused(lambda: proves(town, signed_in, code_sent_to(NEW)), EmailCodeUnknown)

    assert town.signs_in(camille).subject == camille.subject


def test_a_code_is_good_once_for_a_day_for_five_tries_and_for_its_person_alone(
    town: Town, camille: Person
) -> None:
    louis = make.family("louis@exemple.fr")
    town.opens(louis)
    signed_in, stranger = town.signs_in(camille), town.signs_in(louis)
    asks(town, signed_in.token)
    code = code_sent_to(NEW)

    refused(lambda: proves(town, stranger, code), EmailCodeUnknown)
    for _ in range(5):
        refused(lambda: proves(town, signed_in, "00000-00000"), EmailCodeUnknown)
    refused(lambda: proves(town, signed_in, code), EmailCodeUnknown)

    asks(town, signed_in.token)
    begun = proves(town, signed_in, code_sent_to(NEW).upper().replace("-", " "))
    refused(lambda: proves(town, begun, code_sent_to(NEW)), EmailCodeUnknown)
    asks(town, begun.token, "autre@exemple.fr")
    code = code_sent_to("autre@exemple.fr")
    town.time_passes(days=1)
    late = town.signs_in(make.family(NEW))
    refused(lambda: proves(town, late, code), EmailCodeUnknown)
    with store.write() as write:
        delete_expired_rows(write, now())
    with store.read() as read:
        assert read.scalars(select(EmailChange)).all() == []


def test_an_account_asks_five_times_a_day_and_an_address_gets_three_letters(
    town: Town, camille: Person
) -> None:
    signed_in = town.signs_in(camille)
    for _ in range(5):
        asks(town, signed_in.token)

    refused(lambda: asks(town, signed_in.token), TooManyTries)

    assert len(sent("email_code", NEW)) == 3
    town.time_passes(days=1)
    asks(town, town.signs_in(camille).token)


def test_who_did_not_ask_stops_it_from_the_old_mailbox_and_chooses_another_password(
    town: Town, camille: Person
) -> None:
    thief = town.signs_in(camille)
    asks(town, thief.token)
    (told,) = sent("email_asked", camille.login)

    answer = town.ask(own_email.refuse_email, key=told["stop"])

    refused(lambda: town.lets(thief.token), NotSignedIn)
    refused(lambda: town.signs_in(camille), WrongCredentials)
    town.activates(answer.code, "quatre petits chats gris", at="portal")
    hers = town.signs_in(camille, password="quatre petits chats gris")
    refused(lambda: proves(town, hers, code_sent_to(NEW)), EmailCodeUnknown)
    refused(lambda: town.ask(own_email.refuse_email, key=told["stop"]), EmailCodeUnknown)


def test_once_the_change_is_done_the_old_mailbox_stops_nothing_any_more(
    town: Town, camille: Person
) -> None:
    signed_in = town.signs_in(camille)
    asks(town, signed_in.token)
    (told,) = sent("email_asked", camille.login)
    begun = proves(town, signed_in, code_sent_to(NEW))

    refused(lambda: town.ask(own_email.refuse_email, key=told["stop"]), EmailCodeUnknown)

    assert town.lets(begun.token) == camille.subject


@pytest.mark.parametrize("ends", ["password", "devices", "given_up"])
def test_another_password_other_devices_out_or_giving_up_ends_what_was_asked(
    town: Town, camille: Person, ends: str
) -> None:
    signed_in = town.signs_in(camille)
    asks(town, signed_in.token)

    if ends == "password":
        passwords = {"former": PASSWORD, "password": "quatre petits chats gris"}
        signed_in = town.ask(own_access.change_password, token=signed_in.token, **passwords)
    elif ends == "devices":
        asked = {"token": signed_in.token, "session": signed_in.session}
        signed_in = town.ask(own_access.end_other_sessions, **asked)
    else:
        town.ask(own_email.drop_email, token=signed_in.token)

    assert access_of(town, signed_in).asked_email == ""
    refused(lambda: proves(town, signed_in, code_sent_to(NEW)), EmailCodeUnknown)


def test_who_has_a_login_of_a_letter_gets_an_address_as_login(town: Town) -> None:
    rosa = make.family("rosa-7k3pm-2d9xw")
    town.opens(rosa)
    signed_in = town.signs_in(rosa)
    assert access_of(town, signed_in).email == ""

    asks(town, signed_in.token)
    proves(town, signed_in, code_sent_to(NEW))

    assert town.signs_in(make.family(NEW)).subject == rosa.subject
    assert {template for template, _ in emails()} == {"email_code"}


def test_an_agent_keeps_the_login_and_is_written_to_from_then_on(town: Town, samir: Person) -> None:
    at_work = town.signs_in(samir, ENS)
    asks(town, at_work.token, "samir@ville.example", at=ENS)
    begun = proves(town, at_work, code_sent_to("samir@ville.example"), at=ENS)
    access = access_of(town, begun, at=ENS)
    assert (access.login, access.email) == (samir.login, "samir@ville.example")

    passwords = {"former": PASSWORD, "password": "quatre petits chats gris"}
    begun = town.ask(own_access.change_password, caller=ENS, token=begun.token, **passwords)
    assert sent("agent_password_changed", "samir@ville.example") == [{}]

    asks(town, begun.token, "autre@ville.example", at=ENS)
    (told,) = sent("email_asked", "samir@ville.example")
    assert town.ask(own_email.refuse_email, key=told["stop"]).code == ""
    refused(lambda: town.lets(begun.token, ENS), NotSignedIn)
    town.time_passes(minutes=1)
    samir.password = "quatre petits chats gris"
    assert access_of(town, town.signs_in(samir, ENS), at=ENS).email == "samir@ville.example"


def test_no_letter_names_a_person_or_another_address(town: Town, camille: Person) -> None:
    signed_in = town.signs_in(camille)
    asks(town, signed_in.token)
    proves(town, signed_in, code_sent_to(NEW))

    for _, content in emails():
        assert not any(re.search("@|Ferrand", value) for value in content["values"].values())
