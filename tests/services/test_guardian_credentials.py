"""Credentials of one guardian: made at the central desk, forgotten, never said to exist."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

import pytest
from sqlalchemy import func, select

from services.identity import guardians
from services.identity.mail.posting import place_of
from services.identity.models import Account, ForgottenPassword, Invitation, Letter
from services.identity.store import store
from shared.contracts import drafts
from shared.contracts import identity as contracts
from shared.contracts.errors import NotEntitled
from shared.contracts.identity import AlreadyInvited, InvitationUnknown, LoginTaken
from shared.ids import new_id
from tests.conftest import Database
from tests.factories import identity as make
from tests.factories.identity import PASSWORD, Person, Town

DESK = "front_desk"


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Iterator[Town]:
    """Give identity of the demo town on a fresh database."""
    with make.town(database, tmp_path) as town:
        yield town


@pytest.fixture
def at_desk(town: Town) -> str:
    """Give the token of an agent of the central desk."""
    helene = make.agent("helene.marais", (DESK, "counter"), name="Hélène Marais")
    town.opens(helene)
    return str(town.signs_in(helene, DESK).token)


def invites(town: Town, token: str, guardian_id: str = "", **more: Any) -> Any:
    asked = {"name": "Inès Moreau", "email": "", **more}
    return town.ask(
        contracts.invite_guardian,
        caller=DESK,
        token=token,
        guardian_id=guardian_id or new_id(),
        **asked,
    )


def letters() -> list[tuple[str, dict[str, Any]]]:
    """Return what waits for the post, as (template, content)."""
    with store.read() as read:
        rows = read.scalars(select(Letter).order_by(Letter.posted_at, Letter.id)).all()
    return [(row.template, store.opened(place_of(row.id), row.content)) for row in rows]


def rounds(town: Town) -> None:
    town.service.carry_out_post()


def test_a_guardian_is_handed_a_code_and_signs_in_with_a_login_of_their_own(
    town: Town, at_desk: str
) -> None:
    guardian_id = new_id()

    given = invites(town, at_desk, guardian_id)

    assert given.login.startswith("ines.moreau.")
    town.activates(given.code, at="portal")
    signed_in = town.signs_in(Person(guardian_id, given.login))
    assert (signed_in.subject, signed_in.kind) == (guardian_id, "family")
    assert letters() == []


def test_by_e_mail_the_code_leaves_for_the_guardian_and_is_not_shown_at_the_desk(
    town: Town, at_desk: str
) -> None:
    given = invites(town, at_desk, email="Ines.Moreau@example.org")

    assert (given.login, given.code) == ("ines.moreau@example.org", "")
    ((template, letter),) = letters()
    assert (template, letter["to"]) == ("activation", "Ines.Moreau@example.org")
    town.activates(letter["values"]["code"], at="portal")


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
                contracts.invite_guardian,
                caller=at, token=token, guardian_id=new_id(), name="Inès", email="",
            )  # fmt: skip


def test_a_forgotten_password_is_answered_alike_and_a_letter_leaves_for_one_who_has_an_account(
    town: Town,
) -> None:
    camille = make.family("camille@exemple.fr")
    town.opens(camille)

    answers = [
        vars(town.ask(contracts.forgotten_password, login=login))
        for login in ("camille@exemple.fr", "nobody@exemple.fr", "nobody")
    ]
    rounds(town)

    assert answers == [{}, {}, {}]
    ((template, letter),) = letters()
    assert (template, letter["to"]) == ("forgotten", "camille@exemple.fr")
    town.activates(letter["values"]["code"], "un autre mot de passe", at="portal")
    town.signs_in(camille, password="un autre mot de passe")
    with store.read() as read:
        assert read.scalar(select(func.count()).select_from(ForgottenPassword)) == 0


def test_a_password_forgotten_again_and_again_is_one_letter_and_one_link_good_for_two_hours(
    town: Town,
) -> None:
    camille = make.family("camille@exemple.fr")
    town.opens(camille)
    for _ in range(3):
        town.ask(contracts.forgotten_password, login="CAMILLE@exemple.fr")
        rounds(town)

    ((_, letter),) = letters()
    with store.read() as read:
        assert read.scalar(select(func.count()).select_from(Invitation)) == 1
    town.time_passes(hours=2, minutes=1)
    with pytest.raises(InvitationUnknown):
        town.activates(letter["values"]["code"], PASSWORD, at="portal")


def test_the_link_to_a_draft_leaves_once_however_often_it_is_told(town: Town) -> None:
    fact = drafts.draft_opened.load(
        {
            "draft_id": new_id(),
            "address": "ines.moreau@example.org",
            "reference": "0a1b2-c3d4e",
            "secret": "0a1b2-c3d4e-0a1b2-c3d4e",
        }
    )

    for _ in range(2):
        with store.write() as write:
            town.service.on_draft_opened(write, fact)

    ((template, letter),) = letters()
    assert template == "draft"
    assert letter["values"] == {"reference": fact.reference, "secret": fact.secret}


def by_letter(town: Town, token: str, *names: str, **more: Any) -> list[dict[str, Any]]:
    """Invite guardians of these names by letters on paper; the same names are the same people."""
    people = [{"guardian_id": str(uuid5(NAMESPACE_DNS, name)), "name": name} for name in names]
    asked = {"caller": DESK, "token": token, "guardians": people, **more}
    return list(town.ask(contracts.invite_guardians, **asked).letters)


def test_a_code_from_a_letter_opens_the_account_for_thirty_days(town: Town, at_desk: str) -> None:
    ines, yanis = by_letter(town, at_desk, "Inès Moreau", "Yanis Moreau")

    town.time_passes(days=29)
    town.activates(ines["code"], at="portal")
    signed_in = town.signs_in(Person(ines["guardian_id"], ines["login"]))
    assert (signed_in.subject, signed_in.kind) == (ines["guardian_id"], "family")
    town.time_passes(days=2)
    with pytest.raises(InvitationUnknown):
        town.activates(yanis["code"], at="portal")
    assert letters() == []


def test_the_dossier_hears_of_who_was_sent_a_letter_and_since_when_it_counts(
    town: Town, at_desk: str
) -> None:
    (first,) = by_letter(town, at_desk, "Inès Moreau")
    (heard, *_) = [fact for to, fact in town.told() if to == "dossier" and fact.kind == "family"]
    town.time_passes(days=31)

    (second,) = by_letter(town, at_desk, "Inès Moreau")

    (again, *_) = [fact for to, fact in town.told() if to == "dossier" and fact.kind == "family"]
    assert (heard.subject, heard.active, again.active) == (first["guardian_id"], False, False)
    assert (first["login"], heard.not_before < again.not_before) == (second["login"], True)


def test_the_same_letters_twice_void_no_code_unless_they_are_made_anew(
    town: Town, at_desk: str
) -> None:
    (first,) = by_letter(town, at_desk, "Inès Moreau")

    with pytest.raises(AlreadyInvited):
        by_letter(town, at_desk, "Yanis Moreau", "Inès Moreau")
    with store.read() as read:
        assert read.scalar(select(func.count()).select_from(Invitation)) == 1
    anew = by_letter(town, at_desk, "Yanis Moreau", "Inès Moreau", again=True)

    assert [each["login"].split(".")[0] for each in anew] == ["yanis", "ines"]
    with pytest.raises(InvitationUnknown):
        town.activates(first["code"], at="portal")
    town.activates(anew[1]["code"], at="portal")


def test_no_letter_is_made_for_an_account_in_use(town: Town, at_desk: str) -> None:
    (given,) = by_letter(town, at_desk, "Inès Moreau")
    town.activates(given["code"], at="portal")

    for again in (False, True):
        with pytest.raises(AlreadyInvited):
            by_letter(town, at_desk, "Inès Moreau", again=again)


def test_only_an_agent_who_checks_dossiers_invites_by_letter(town: Town) -> None:
    omar = make.agent("omar.delcourt", (DESK, "administrator"))
    town.opens(omar)

    with pytest.raises((PermissionError, NotEntitled)):
        by_letter(town, town.signs_in(omar, DESK).token, "Inès Moreau")


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("Inès Moreau", "ines.moreau."),
        ("Jean-Noël d’Œuvre", "jean.noel."),
        ("李 小龍", ""),
        ("Sylvestre Garnier de la Tour", "sylvestre.garnier."),
    ],
)
def test_a_login_can_be_typed_from_a_name(name: str, begins: str) -> None:
    login = guardians.login_of(name)

    assert login.startswith(begins)
    assert login.isascii() and " " not in login
    assert login != guardians.login_of(name)
