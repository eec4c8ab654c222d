"""
Knowing an e-mail address opens nothing: only the reader of its e-mails takes a registration up.

Proof belongs to an address as written: changed, it is unproven and cannot become a login.
"""

import json
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from services.dossier.models import EmailCheck, Registration, RegistrationLetter
from services.dossier.registrations.commands import email_links, emails
from services.dossier.store import store
from shared.contracts.dossier import registration_decisions, registrations
from shared.contracts.dossier.registration_decisions import EmailNotProven
from shared.contracts.dossier.registrations import TooManyRegistrations
from shared.contracts.errors import BadRequest, NotFound, Outdated
from shared.person.secret_codes import new_code
from tests.factories import registrations as write
from tests.factories.dossier import Town

MOTHER, STRANGER = "ines.moreau@example.org", "nobody.knows@example.org"


def begins(town: Town, email: str = MOTHER) -> dict[str, Any]:
    """Begin by e-mail; return the link that leaves for that address."""
    town.ask(registrations.open_registration, way="email", contact=email)
    return write.links(town, email)[-1]


def looks(town: Town, link: dict[str, Any]) -> Any:
    return town.ask(registrations.look_at_link, reference=link["reference"], key=link["secret"])


def writes_email(town: Town, bearer: Any, email: str) -> None:
    content = write.guardian(email=email)
    write.ask(town, bearer, registrations.save_registration, step="guardian", content=content)


def disowns(town: Town, link: dict[str, Any]) -> None:
    town.ask(registrations.disown_registration, reference=link["reference"], key=link["secret"])


def former_addresses(town: Town) -> list[str]:
    """Return who is told that a registration is no longer reached by their address."""
    kind = registrations.registration_email_changed.full_name
    return [json.loads(row.body)["address"] for row in town.outbox() if row.type == kind]


def opens_nothing(town: Town, bearer: Any) -> bool:
    try:
        write.ask(town, bearer, registrations.read_registration)
    except NotFound:
        return True
    return False


def look_at_desk(town: Town, agent: str) -> tuple[str, Any]:
    registration_id = write.waiting(town, agent)[0]["draft_id"]
    return registration_id, write.at_desk(
        town, agent, registration_decisions.look_at_registration, draft_id=registration_id
    )


def confirm(town: Town, agent: str, email: str, version: int | None = None) -> None:
    registration_id, seen = look_at_desk(town, agent)
    asked = {"version": seen.version if version is None else version, "email": email}
    write.at_desk(
        town, agent, registration_decisions.confirm_email, draft_id=registration_id, **asked
    )


def test_who_begins_with_a_mothers_address_is_given_nothing_that_opens_the_registration(
    town: Town,
) -> None:
    opened = town.ask(registrations.open_registration, way="email", contact=MOTHER)

    assert (opened.reference, opened.key) == ("", "")
    (link,) = write.links(town)
    assert link["address"] == MOTHER
    for key in ("", "0" * 23, link["secret"]):
        assert opens_nothing(town, SimpleNamespace(reference=link["reference"], key=key or "-"))


def test_opening_the_link_says_who_began_and_when_and_changes_nothing(town: Town) -> None:
    """Scanners of mail open every link before its reader does."""
    link = begins(town)

    said = [looks(town, link) for _ in range(3)]

    with store.read() as read:
        opened_at = read.scalars(select(Registration.opened_at)).one()
    assert {(each.opened_at, each.address, each.name, each.proven) for each in said} == {
        (opened_at, MOTHER, "", False)
    }
    assert (
        write.ask(town, write.take_up(town, link), registrations.read_registration).state == "open"
    )


def test_taking_a_registration_up_changes_its_key_and_uses_the_link_up(town: Town) -> None:
    link = begins(town)

    ines = write.take_up(town, link)

    registration = write.ask(town, ines, registrations.read_registration)
    assert registration.email["proven"] == "letter"
    for again in (looks, write.take_up, disowns):
        with pytest.raises(NotFound):
            again(town, link)
    assert not opens_nothing(town, ines)


def test_a_button_that_is_pressed_twice_takes_the_registration_up_once(town: Town) -> None:
    link, key = begins(town), new_code(4)

    first, second = (write.take_up(town, link, key) for _ in range(2))

    assert first == second
    assert not opens_nothing(town, second)


def test_she_comes_back_by_a_new_link_and_it_voids_what_was_held_before(town: Town) -> None:
    before = write.take_up(town, begins(town))
    writes_email(town, before, MOTHER)

    town.ask(registrations.ask_for_link, email=MOTHER.title())

    first, again = write.links(town, MOTHER)
    assert (looks(town, again).name, looks(town, again).proven) == ("Inès Moreau", True)
    after = write.take_up(town, again)
    assert opens_nothing(town, before)
    assert (
        write.ask(town, after, registrations.read_registration).content["guardian"]["first_name"]
        == "Inès"
    )
    assert first["reference"] == again["reference"] and first["secret"] != again["secret"]


def test_asking_for_a_link_answers_alike_for_an_address_without_a_registration(town: Town) -> None:
    begins(town)
    answers = [town.ask(registrations.ask_for_link, email=each) for each in (MOTHER, STRANGER)]

    assert vars(answers[0]) == vars(answers[1]) == {}
    assert write.links(town, STRANGER) == []


def test_who_holds_a_registration_by_telephone_loses_it_to_the_address_that_he_wrote(
    town: Town,
) -> None:
    """A stranger begins by telephone and types her address: her letter is the stronger key."""
    stranger = write.open_registration(town, "phone", "06 39 98 00 00")
    writes_email(town, stranger, MOTHER)
    (link,) = write.links(town)
    assert write.ask(town, stranger, registrations.read_registration).email["proven"] == ""
    assert (looks(town, link).way, looks(town, link).name) == ("phone", "Inès Moreau")

    ines = write.take_up(town, link)

    assert opens_nothing(town, stranger)
    registration = write.ask(town, ines, registrations.read_registration)
    assert (registration.email["proven"], registration.way) == ("letter", "email")


def test_another_address_is_unproven_shows_as_changed_and_the_former_one_is_told(
    town: Town,
) -> None:
    holder = write.take_up(town, begins(town))

    writes_email(town, holder, STRANGER)

    told = write.ask(town, holder, registrations.read_registration).email
    assert (told["proven"], told["former"]) == ("", "i…@example.org")
    assert told["changed_at"] is not None
    assert former_addresses(town) == [MOTHER]
    assert [each["address"] for each in write.links(town)] == [MOTHER, STRANGER]
    town.ask(registrations.ask_for_link, email=MOTHER)
    assert len(write.links(town, MOTHER)) == 1


def test_the_address_that_was_proven_stays_the_former_one_however_often_it_is_changed(
    town: Town,
) -> None:
    holder = write.take_up(town, begins(town))

    for email in (STRANGER, "", "third@example.org"):
        writes_email(town, holder, email)

    assert (
        write.ask(town, holder, registrations.read_registration).email["former"] == "i…@example.org"
    )
    assert former_addresses(town) == [MOTHER, STRANGER]


def test_who_writes_the_first_address_again_proves_it_anew_and_sees_the_one_between(
    town: Town,
) -> None:
    holder = write.take_up(town, begins(town))

    for email in ("zoe@example.org", MOTHER):
        writes_email(town, holder, email)

    told = write.ask(town, holder, registrations.read_registration).email
    assert (told["proven"], told["former"]) == ("", "z…@example.org")


def test_the_same_address_written_again_stays_proven(town: Town) -> None:
    holder = write.take_up(town, begins(town))

    writes_email(town, holder, MOTHER.upper())

    told = write.ask(town, holder, registrations.read_registration).email
    assert (told["proven"], told["changed_at"], former_addresses(town)) == ("letter", None, [])


def test_an_address_that_is_not_proven_becomes_no_login_and_one_that_is_does(town: Town) -> None:
    agent, holder = write.agent(town), write.take_up(town, begins(town))
    write.write_all(town, holder, guardian=write.guardian(email=STRANGER))
    write.ask(town, holder, registrations.send_registration)

    with pytest.raises(EmailNotProven):
        write.accept(town, agent, by_email=True)

    _, seen = look_at_desk(town, agent)
    assert (seen.email["proven"], seen.email["former"]) == ("", "i…@example.org")
    write.take_up(town, write.links(town, STRANGER)[-1])
    assert write.accept(town, agent, by_email=True).guardian_id


def test_a_code_in_hand_needs_no_proven_address(town: Town) -> None:
    agent, by_phone = write.agent(town), write.open_registration(town, "phone", "06 39 98 11 22")
    write.write_all(town, by_phone, guardian=write.guardian(email=""))
    write.ask(town, by_phone, registrations.send_registration)

    with pytest.raises(EmailNotProven):
        write.accept(town, agent, by_email=True)
    assert write.accept(town, agent).guardian_id


def test_the_desk_confirms_the_address_that_it_is_told_in_an_act_that_names_the_agent(
    town: Town,
) -> None:
    agent, by_phone = write.agent(town), write.open_registration(town, "phone", "06 39 98 11 22")
    write.write_all(town, by_phone)
    write.ask(town, by_phone, registrations.send_registration)

    with pytest.raises(BadRequest):
        confirm(town, agent, STRANGER)
    with pytest.raises(Outdated):
        confirm(town, agent, MOTHER, version=0)
    assert look_at_desk(town, agent)[1].email["proven"] == ""
    confirm(town, agent, f" {MOTHER.upper()} ")

    assert look_at_desk(town, agent)[1].email["proven"] == "counter"
    assert write.accept(town, agent, by_email=True).guardian_id
    with store.read() as read:
        (noted,) = read.scalars(select(EmailCheck)).all()
    assert noted.agent == agent and noted.reference


def test_only_an_agent_of_the_central_desk_confirms_an_address(town: Town) -> None:
    agent, holder = write.agent(town), write.sent_registration(town)
    assert holder
    registration_id, seen = look_at_desk(town, agent)

    with pytest.raises(PermissionError):
        town.ask(
            registration_decisions.confirm_email,
            caller="front_desk", subject=write.agent(town, "administrator"), of_kind="agent",
            draft_id=registration_id, version=seen.version, email=MOTHER,
        )  # fmt: skip


def test_who_did_not_begin_says_so_and_nothing_is_left_of_a_registration_that_nobody_took_up(
    town: Town,
) -> None:
    link = begins(town)

    disowns(town, link)

    with pytest.raises(NotFound):
        looks(town, link)
    town.ask(registrations.ask_for_link, email=MOTHER)
    assert len(write.links(town)) == 1
    town.service.forget_registrations()
    with store.read() as read:
        assert read.scalars(select(Registration)).all() == []


def test_who_did_not_begin_takes_the_address_out_of_a_registration_that_another_one_holds(
    town: Town,
) -> None:
    holder = write.open_registration(town, "letter", "")
    write.write_all(town, holder)
    (link,) = write.links(town)

    disowns(town, link)

    registration = write.ask(town, holder, registrations.read_registration)
    assert registration.content["guardian"]["email"] == ""
    assert (registration.email["former"], registration.email["proven"]) == ("i…@example.org", "")
    assert registration.content["guardian"]["first_name"] == "Inès"
    assert former_addresses(town) == []


def test_who_proved_an_address_hears_of_another_one_whatever_was_sent_there_that_day(
    town: Town,
) -> None:
    holder = write.take_up(town, begins(town))
    for _ in range(emails.LETTERS_A_DAY):
        town.ask(registrations.ask_for_link, email=MOTHER)

    writes_email(town, holder, STRANGER)

    assert former_addresses(town) == [MOTHER]


def test_a_link_that_somebody_else_asked_for_can_be_refused_without_losing_the_registration(
    town: Town,
) -> None:
    ines = write.take_up(town, begins(town))
    town.ask(registrations.ask_for_link, email=MOTHER)

    disowns(town, write.links(town)[-1])

    registration = write.ask(town, ines, registrations.read_registration)
    assert (registration.content["guardian"]["email"], registration.email["proven"]) == (
        MOTHER,
        "letter",
    )


def test_what_became_of_a_registration_is_read_by_a_link_after_the_decision_too(town: Town) -> None:
    agent, ines = write.agent(town), write.sent_registration(town)
    registration_id, _ = look_at_desk(town, agent)
    write.at_desk(
        town,
        agent,
        registration_decisions.refuse_registration,
        draft_id=registration_id,
        reason="papers",
    )
    town.service.forget_registrations()

    town.ask(registrations.ask_for_link, email=MOTHER)
    back = write.take_up(town, write.links(town)[-1])

    registration = write.ask(town, back, registrations.read_registration)
    assert (registration.state, registration.reason, registration.email["former"]) == (
        "refused",
        "papers",
        "",
    )
    assert opens_nothing(town, ines)


def test_no_registration_is_a_way_to_write_to_many_strangers(town: Town) -> None:
    holder = write.open_registration(town, "phone", "06 39 98 00 00")

    for number in range(emails.LETTERS_OF_A_REGISTRATION + 4):
        writes_email(town, holder, f"somebody.{number}@example.org")

    assert len(write.links(town)) + len(former_addresses(town)) == emails.LETTERS_OF_A_REGISTRATION


def test_a_registration_that_is_erased_and_begun_anew_does_not_fill_a_letter_box(
    town: Town,
) -> None:
    for _ in range(emails.LETTERS_A_DAY + 2):
        holder = write.open_registration(town, "phone", "06 39 98 00 00")
        writes_email(town, holder, MOTHER)
        write.ask(town, holder, registrations.drop_registration)
        town.service.forget_registrations()

    assert len(write.links(town, MOTHER)) == emails.LETTERS_A_DAY
    with store.read() as read:
        assert len(read.scalars(select(RegistrationLetter)).all()) == emails.LETTERS_A_DAY


# A stranger who asks in a mother's name


HOME, STRANGERS_PLACE = "aa" * 32, "bb" * 32


def test_a_stranger_who_begins_with_her_address_neither_fills_her_mailbox_nor_stops_her_own_link(
    town: Town,
) -> None:
    for _ in range(50):
        with suppress(TooManyRegistrations):
            town.ask(
                registrations.open_registration, way="email", contact=MOTHER, place=STRANGERS_PLACE
            )
    assert len(write.links(town, MOTHER)) == emails.LETTERS_A_DAY

    town.ask(registrations.open_registration, way="email", contact=MOTHER, place=HOME)

    assert len(write.links(town, MOTHER)) == emails.LETTERS_A_DAY + 1
    ines = write.take_up(town, write.links(town, MOTHER)[-1])
    assert write.ask(town, ines, registrations.read_registration).state == "open"


def test_strangers_at_many_places_fill_no_mailbox(town: Town) -> None:
    for number in range(3 * emails.LETTERS_TO_AN_ADDRESS):
        place = f"{number:064x}"
        town.ask(registrations.open_registration, way="email", contact=MOTHER, place=place)

    assert len(write.links(town, MOTHER)) == emails.LETTERS_TO_AN_ADDRESS


def test_a_new_link_leads_to_what_its_holder_took_up_whatever_others_began_later(
    town: Town,
) -> None:
    mine = begins(town)
    write.take_up(town, mine)
    for number in range(email_links.AT_ONCE):
        place = f"{number:064x}"
        town.ask(registrations.open_registration, way="email", contact=MOTHER, place=place)
    before = len(write.links(town, MOTHER))

    town.ask(registrations.ask_for_link, email=MOTHER, place=HOME)

    sent = [link["reference"] for link in write.links(town, MOTHER)[before:]]
    assert mine["reference"] in sent
