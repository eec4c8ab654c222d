"""Credentials of one guardian: made at the central desk, forgotten, never said to exist."""

import json
from typing import Any

import pytest
from sqlalchemy import func, select

from services.identity import mail
from services.identity.mail.texts import NEWS
from services.identity.models import (
    Account,
    CorrectedGuardian,
    ForgottenPassword,
    Invitation,
    SignIn,
)
from services.identity.store import store
from shared.contracts.dossier import registrations
from shared.contracts.dossier.families import household_adults, trusted_person_accesses
from shared.contracts.errors import NotEntitled, NotSignedIn
from shared.contracts.identity import accounts, invitations
from shared.contracts.identity.invitations import InvitationUnknown, LoginTaken
from shared.contracts.identity.sign_ins import WrongCredentials
from shared.database.tables.kit_tables import kit_table
from shared.dates.clock import now
from shared.runtime.ids import new_id
from tests.factories import identity as make
from tests.factories.credentials import DELIVERY, DESK, emails, invites
from tests.factories.identity import PASSWORD, Person, Town

HOME, STRANGERS_PLACE = "aa" * 32, "bb" * 32


def rounds(town: Town) -> None:
    town.service.send_emails()


def test_a_guardian_is_handed_a_code_and_signs_in_with_a_login_of_their_own(
    town: Town, at_desk: str
) -> None:
    guardian_id = new_id()

    given = invites(town, at_desk, guardian_id)

    assert given.login.startswith("ines.moreau.")
    town.activates(given.code, at="portal")
    signed_in = town.signs_in(Person(guardian_id, given.login))
    assert (signed_in.subject, signed_in.kind) == (guardian_id, "family")
    assert emails() == []


def test_by_e_mail_the_code_leaves_for_the_guardian_and_is_not_shown_at_the_desk(
    town: Town, at_desk: str
) -> None:
    given = invites(town, at_desk, email="Ines.Moreau@example.org")

    assert (given.login, given.code) == ("ines.moreau@example.org", "")
    ((template, email),) = emails()
    assert (template, email["to"]) == ("activation", "Ines.Moreau@example.org")
    town.activates(email["values"]["code"], at="portal")


def test_two_parents_have_two_accounts_and_never_one_for_the_family(
    town: Town, at_desk: str
) -> None:
    invites(town, at_desk, email="famille@example.org")

    with pytest.raises(LoginTaken):
        invites(town, at_desk, name="Yanis Moreau", email="famille@example.org")

    with store.read() as read:
        kind = Account.kind == "family"
        assert read.scalar(select(func.count()).select_from(Account).where(kind)) == 1


def test_a_new_code_voids_the_last_one(town: Town, at_desk: str) -> None:
    guardian_id = new_id()
    first = invites(town, at_desk, guardian_id)

    second = invites(town, at_desk, guardian_id)

    assert second.login == first.login
    with pytest.raises(InvitationUnknown):
        town.activates(first.code, at="portal")
    town.activates(second.code, at="portal")


def test_only_an_agent_who_checks_dossiers_at_the_central_desk_gives_access(town: Town) -> None:
    samir = make.agent("samir.benali", ("ens", "kitchen"))
    omar = make.agent("omar.delcourt", (DESK, "administrator"))
    town.opens(samir, omar)
    for person, at in ((samir, make.ENS), (omar, DESK)):
        token = town.signs_in(person, at).token
        with pytest.raises((PermissionError, NotEntitled)):
            town.ask(
                invitations.invite_guardian,
                caller=at, token=token, guardian_id=new_id(), name="Inès", email="",
            )  # fmt: skip


def test_a_forgotten_password_is_answered_alike_and_an_email_leaves_for_one_who_has_an_account(
    town: Town,
) -> None:
    camille = make.family("camille@exemple.fr")
    town.opens(camille)

    answers = [
        vars(town.ask(invitations.forgotten_password, login=login))
        for login in ("camille@exemple.fr", "nobody@exemple.fr", "nobody")
    ]
    rounds(town)

    assert answers == [{"mail_is_away": False}] * 3
    ((template, email),) = emails()
    assert (template, email["to"]) == ("forgotten", "camille@exemple.fr")
    town.activates(email["values"]["code"], "un autre mot de passe", at="portal")
    town.signs_in(camille, password="un autre mot de passe")
    assert [template for template, _ in emails()] == ["forgotten", "password_changed"]
    with store.read() as read:
        assert read.scalar(select(func.count()).select_from(ForgottenPassword)) == 0


def test_a_password_forgotten_again_and_again_is_one_email_and_one_link_good_for_two_hours(
    town: Town,
) -> None:
    camille = make.family("camille@exemple.fr")
    town.opens(camille)
    for _ in range(3):
        town.ask(invitations.forgotten_password, login="CAMILLE@exemple.fr")
        rounds(town)

    ((_, email),) = emails()
    with store.read() as read:
        assert read.scalar(select(func.count()).select_from(Invitation)) == 1
    town.time_passes(hours=2, minutes=1)
    with pytest.raises(InvitationUnknown):
        town.activates(email["values"]["code"], PASSWORD, at="portal")


def forgets(town: Town, person: Any, times: int = 1, **browser: Any) -> int:
    """Say so many times that a password is forgotten; return how many emails leave."""
    before = len(emails())
    for _ in range(times):
        town.ask(invitations.forgotten_password, login=person.login, **browser)
        rounds(town)
    return len(emails()) - before


def test_a_stranger_who_asks_fifty_times_neither_fills_her_mailbox_nor_stops_her_own_email(
    town: Town,
) -> None:
    camille = make.family("camille@exemple.fr")
    town.opens(camille)

    assert forgets(town, camille, 50, place=STRANGERS_PLACE) == 1
    assert forgets(town, camille, place=HOME) == 1
    town.activates(emails()[-1][1]["values"]["code"], "un autre mot de passe", at="portal")


def test_from_one_place_three_emails_leave_in_a_day(town: Town) -> None:
    camille = make.family("camille@exemple.fr")
    town.opens(camille)
    sent = 0
    for _ in range(20):
        sent += forgets(town, camille, place=STRANGERS_PLACE)
        town.time_passes(hours=1)

    assert sent == 3


def test_strangers_at_many_places_have_ten_emails_a_day_sent_and_a_known_device_its_own(
    town: Town,
) -> None:
    camille = make.family("camille@exemple.fr")
    town.opens(camille)
    device = town.signs_in(camille).device

    assert sum(forgets(town, camille, place=f"{number:064x}") for number in range(40)) == 10
    assert forgets(town, camille, place=HOME) == 0
    assert forgets(town, camille, 5, place=HOME, devices=[device]) == 3


def test_another_family_s_device_is_a_stranger_s(town: Town) -> None:
    camille, other = make.family("camille@exemple.fr"), make.family("autre@exemple.fr")
    town.opens(camille, other)
    theirs = town.signs_in(other).device

    assert forgets(town, camille, 5, place=HOME, devices=[theirs]) == 1


def test_each_link_to_a_draft_leaves_once_however_often_it_is_told(town: Town) -> None:
    draft_id = new_id()
    first, again = (
        registrations.registration_opened.load(
            {
                "draft_id": draft_id,
                "letter_id": new_id(),
                "address": "ines.moreau@example.org",
                "reference": "0a1b2-c3d4e",
                "secret": secret,
            }
        )
        for secret in ("0a1b2-c3d4e-0a1b2-c3d4e", "c3d4e-0a1b2-c3d4e-0a1b2")
    )

    for event in (first, first, again, again):
        with store.write() as write:
            town.service.on_registration_opened(write, event, DELIVERY)

    assert [(template, email["values"]) for template, email in emails()] == [
        ("draft", {"reference": event.reference, "secret": event.secret})
        for event in (first, again)
    ]


def test_who_is_no_longer_the_address_of_a_draft_is_told_without_a_name_or_content(
    town: Town,
) -> None:
    event = registrations.registration_email_changed.load(
        {"letter_id": new_id(), "address": "ines@example.org"}
    )

    for _ in range(2):
        with store.write() as write:
            town.service.on_registration_email_changed(write, event, DELIVERY)

    ((template, email),) = emails()
    assert (template, email["to"], email["values"]) == ("draft_changed", "ines@example.org", {})


def test_the_code_of_an_account_in_use_goes_to_its_own_address_whatever_a_draft_says(
    town: Town, at_desk: str
) -> None:
    """A registration in the name of a known person does not open the account to another mailbox."""
    camille = make.family("camille@exemple.fr")
    town.opens(camille)

    invites(town, at_desk, camille.subject, name=camille.name, email="stranger@example.org")

    ((template, email),) = emails()
    assert (template, email["to"]) == ("activation", "camille@exemple.fr")


def test_a_mistyped_address_opens_nothing_once_the_desk_takes_it_away(
    town: Town, at_desk: str
) -> None:
    guardian_id = new_id()
    invites(town, at_desk, guardian_id, email="ines@exmaple.org")
    ((_, letter),) = emails()

    given = invites(town, at_desk, guardian_id, login_is_wrong=True)

    assert given.login.startswith("ines.moreau.") and given.code
    with pytest.raises(InvitationUnknown):
        town.activates(letter["values"]["code"], at="portal")
    assert len(emails()) == 1  # who reads that mailbox learns nothing more
    town.activates(given.code, at="portal")
    assert town.signs_in(Person(guardian_id, given.login)).subject == guardian_id
    town.ask(invitations.forgotten_password, caller="portal", login="ines@exmaple.org", place=HOME)
    rounds(town)
    assert len(emails()) == 1


def test_who_opened_an_account_by_a_letter_that_was_not_theirs_is_put_out_with_all_they_enrolled(
    town: Town, at_desk: str
) -> None:
    stranger = make.family("ines@exmaple.org")
    town.opens(stranger)
    town.signs_in(stranger)
    with store.write() as write:
        account = write.get_one(Account, stranger.subject)
        account.totp_sealed, account.totp_since = b"theirs", now()

    given = invites(town, at_desk, stranger.subject, name=stranger.name, login_is_wrong=True)

    with pytest.raises(WrongCredentials):
        town.signs_in(stranger)
    with store.read() as read:
        account = read.get_one(Account, stranger.subject)
        assert (account.active, account.totp_sealed, account.login) == (False, None, given.login)
        ended = select(SignIn.ended_at).where(SignIn.subject == stranger.subject)
        assert None not in read.scalars(ended).all()
    ((template, email),) = emails()
    assert (template, email["to"]) == ("email_changed", "ines@exmaple.org")


def test_who_is_forgotten_has_no_account_left_and_comes_back_with_the_same_address(
    town: Town, at_desk: str
) -> None:
    claire = make.family("claire@example.org")
    town.opens(claire)
    town.signs_in(claire)
    event = household_adults.GuardianForgotten(claire.subject)

    for _ in range(2):
        with store.write() as write:
            town.service.on_guardian_forgotten(write, event, DELIVERY)

    with pytest.raises(WrongCredentials):
        town.signs_in(claire)
    with store.read() as read:
        account = read.get_one(Account, claire.subject)
    assert claire.login not in (account.login, account.name) and claire.name != account.name
    assert [(template, email["to"]) for template, email in emails()] == [
        ("space_closed", "claire@example.org")
    ]
    again = invites(town, at_desk, name=claire.name, email="claire@example.org")
    assert again.login == "claire@example.org"


def test_who_lost_a_child_gets_no_email_when_the_account_closes(town: Town) -> None:
    claire = make.family("claire@example.org")
    town.opens(claire)
    event = household_adults.GuardianForgotten(claire.subject, quiet=True)

    with store.write() as write:
        town.service.on_guardian_forgotten(write, event, DELIVERY)

    with pytest.raises(WrongCredentials):
        town.signs_in(claire)
    assert "space_closed" not in [template for template, _email in emails()]


def test_a_login_that_is_no_address_stays_as_it_is(town: Town, at_desk: str) -> None:
    guardian_id = new_id()
    first = invites(town, at_desk, guardian_id)

    second = invites(town, at_desk, guardian_id, login_is_wrong=True)

    assert second.login == first.login


def test_a_link_published_before_emails_had_ids_leaves_once_too(town: Town) -> None:
    event = registrations.registration_opened.load(
        {
            "draft_id": new_id(),
            "address": "ines.moreau@example.org",
            "reference": "0a1b2-c3d4e",
            "secret": "0a1b2-c3d4e-0a1b2-c3d4e",
        }
    )

    for _ in range(2):
        with store.write() as write:
            town.service.on_registration_opened(write, event, DELIVERY)

    ((template, email),) = emails()
    assert template == "draft"
    assert email["values"] == {"reference": event.reference, "secret": event.secret}


def test_who_died_signs_in_no_more_and_no_email_leaves(town: Town) -> None:
    ines = make.family("ines.moreau@example.org")
    town.opens(ines)
    session = town.signs_in(ines).session

    corrects(town, ines, died=True)

    assert isinstance(town.renews(session), NotSignedIn)
    with pytest.raises(WrongCredentials):
        town.signs_in(ines)
    with store.write() as write:
        assert not mail.queue_email(write, ines.subject, NEWS, "after", unsubscribe="")


def test_a_death_noted_by_mistake_opens_with_a_new_code_alone(town: Town, at_desk: str) -> None:
    ines = make.family("ines.moreau@example.org")
    town.opens(ines)
    corrects(town, ines, died=True)

    corrects(town, ines, died=False)

    with pytest.raises(WrongCredentials):
        town.signs_in(ines)
    code = invites(town, at_desk, ines.subject).code
    town.activates(code, at="portal")
    town.signs_in(ines)


def test_a_corrected_name_is_the_accounts_from_then_on(town: Town) -> None:
    ines = make.family("ines.moreau@example.org")
    town.opens(ines)

    corrects(town, ines, name="Inès Benali")

    town.signs_in(ines)
    with store.read() as read:
        assert read.get_one(Account, ines.subject).name == "Inès Benali"


def test_what_was_told_of_a_guardian_is_kept_by_its_version_and_compared(town: Town) -> None:
    ines = make.family("ines.moreau@example.org")
    town.opens(ines)
    corrects(town, ines, name="Inès Benali")
    corrects(town, ines, name="Inès Roche")
    late = household_adults.GuardianCorrected(ines.subject, 1, "Inès Benali", False, at=now())
    stranger = new_id()
    unknown = household_adults.GuardianCorrected(stranger, 1, "Sans Compte", True, at=now())
    with store.write() as write:
        town.service.on_guardian_corrected(write, late, DELIVERY)
        town.service.on_guardian_corrected(write, unknown, DELIVERY)

    (stored,) = town.service.stored
    with store.read() as read:
        (fact,) = stored.rows(read, "dossier")
        declined = stored.declined(read, "dossier", [ines.subject, stranger])
    assert (fact.key, fact.version) == (ines.subject, 2)
    assert fact.content == {"guardian_id": ines.subject, "name": "Inès Roche", "died": False}
    assert declined == {stranger}


def test_who_died_and_signs_in_again_differs_from_what_was_told(town: Town) -> None:
    ines = make.family("ines.moreau@example.org")
    town.opens(ines)
    corrects(town, ines, died=True)
    (stored,) = town.service.stored

    def died() -> bool:
        with store.read() as read:
            (fact,) = stored.rows(read, "dossier")
        return bool(fact.content["died"])

    assert died()
    with store.write() as write:
        write.get_one(Account, ines.subject).active = True
    assert not died()


def corrects(town: Town, person: Person, *, name: str = "Inès Moreau", died: bool = False) -> None:
    """Let the dossier tell, twice, a guardian's name and whether the person died."""
    with store.read() as read:
        before = read.get(CorrectedGuardian, person.subject)
    event = household_adults.GuardianCorrected(
        person.subject, before.version + 1 if before else 1, name, died=died, at=now()
    )
    for _ in range(2):
        with store.write() as write:
            town.service.on_guardian_corrected(write, event, DELIVERY)


def test_who_is_offered_an_access_is_invited_once_and_found_again_by_the_address(
    town: Town,
) -> None:
    first, second = (offers_access(town, "Monique.Lefevre@example.org") for _ in range(2))

    assert first == second
    assert [(template, email["to"]) for template, email in emails()] == [
        ("activation", "Monique.Lefevre@example.org")
    ] * 2
    with store.read() as read:
        account = read.get_one(Account, first)
        assert (account.login, account.active) == ("monique.lefevre@example.org", False)


def test_whose_account_is_in_use_is_written_to_and_keeps_password_and_sessions(
    town: Town,
) -> None:
    ines = make.family("ines.moreau@example.org")
    town.opens(ines)
    session = town.signs_in(ines).session

    assert offers_access(town, ines.login) == ines.subject

    assert [template for template, _ in emails()] == ["access_offered"]
    assert town.renews(session).token
    town.signs_in(ines)


def offers_access(town: Town, address: str) -> str:
    """Let the dossier offer an access to an address; return under which account."""
    event = trusted_person_accesses.AccessGranted(new_id(), "Monique Lefèvre", address)
    with store.write() as write:
        town.service.on_access_granted(write, event, DELIVERY)
    outbox = kit_table(store.metadata, "outbox")
    with store.write() as write:
        rows = write.execute(select(outbox)).all()
        write.execute(outbox.delete())
    found = accounts.access_holder_found
    (row,) = [row for row in rows if row.type == found.full_name]
    body = json.loads(store.unsealed_body(row))
    assert body["access_id"] == event.access_id
    return str(body["subject"])
