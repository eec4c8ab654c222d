"""Codes of guardians in letters: by lot, printed again, taken back, and of letters returned."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

import pytest
from sqlalchemy import func, select, update

from services.identity.invitations.commands import guardian_credentials
from services.identity.models import Account, Invitation, LetterLot
from services.identity.store import store
from shared.contracts.dossier.families import imports as family_imports
from shared.contracts.errors import NotEntitled
from shared.contracts.identity import invitations
from shared.contracts.identity.invitations import AlreadyInvited, InvitationUnknown
from shared.dates.clock import now
from shared.runtime.ids import new_id
from tests.factories import identity as make
from tests.factories.credentials import DELIVERY, DESK, emails, invites
from tests.factories.identity import Person, Town


def by_letter(town: Town, token: str, *names: str, **more: Any) -> list[dict[str, Any]]:
    """Invite guardians of these names by letters on paper; the same names are the same people."""
    people = [{"guardian_id": str(uuid5(NAMESPACE_DNS, name)), "name": name} for name in names]
    asked = {"caller": DESK, "token": token, "guardians": people, **more}
    return list(town.ask(invitations.invite_guardians, **asked).letters)


def test_a_code_from_a_letter_opens_the_account_for_thirty_days(town: Town, at_desk: str) -> None:
    ines, yanis = by_letter(town, at_desk, "Inès Moreau", "Yanis Moreau")

    town.time_passes(days=29)
    town.activates(ines["code"], at="portal")
    signed_in = town.signs_in(Person(ines["guardian_id"], ines["login"]))
    assert (signed_in.subject, signed_in.kind) == (ines["guardian_id"], "family")
    town.time_passes(days=2)
    with pytest.raises(InvitationUnknown):
        town.activates(yanis["code"], at="portal")
    assert emails() == []


def test_the_dossier_hears_of_who_was_sent_a_letter_and_since_when_it_counts(
    town: Town, at_desk: str
) -> None:
    (first,) = by_letter(town, at_desk, "Inès Moreau")
    (received, *_) = [
        event for to, event in town.published() if to == "dossier" and event.kind == "family"
    ]
    town.time_passes(days=31)

    (second,) = by_letter(town, at_desk, "Inès Moreau")

    (again, *_) = [
        event for to, event in town.published() if to == "dossier" and event.kind == "family"
    ]
    assert (received.subject, received.active, again.active) == (first["guardian_id"], False, False)
    assert (first["login"], received.not_before < again.not_before) == (second["login"], True)


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


def lots(town: Town, token: str) -> list[dict[str, Any]]:
    return list(town.ask(invitations.letter_lots, caller=DESK, token=token).lots)


def unused(town: Town, token: str, lot: str) -> set[str]:
    answer = town.ask(invitations.letter_lot, caller=DESK, token=token, lot=lot)
    return set(answer.guardian_ids)


def test_a_lot_that_was_lost_is_printed_again_with_new_codes_and_the_first_ones_are_void(
    town: Town, at_desk: str
) -> None:
    ines, yanis = by_letter(town, at_desk, "Inès Moreau", "Yanis Moreau")
    town.activates(yanis["code"], at="portal")
    (printed,) = lots(town, at_desk)
    assert (printed["used"], printed["unused"]) == (1, 1)
    assert unused(town, at_desk, printed["lot"]) == {ines["guardian_id"]}

    (anew,) = by_letter(town, at_desk, "Inès Moreau", in_place_of=printed["lot"])

    assert anew["login"] == ines["login"]
    with pytest.raises(InvitationUnknown):
        town.activates(ines["code"], at="portal")
    (last,) = lots(town, at_desk)
    assert last["lot"] != printed["lot"] and last["unused"] == 1
    assert unused(town, at_desk, printed["lot"]) == set()
    town.activates(anew["code"], at="portal")
    assert lots(town, at_desk) == []


def test_who_printed_a_lot_and_when_is_known_and_nothing_of_its_codes(
    town: Town, at_desk: str
) -> None:
    (given,) = by_letter(town, at_desk, "Inès Moreau")

    (printed,) = lots(town, at_desk)

    with store.read() as read:
        agent = read.scalar(select(Account.subject).where(Account.login == "helene.marais"))
        kept = [str(value) for row in read.execute(select(LetterLot.__table__)) for value in row]
    assert printed["printed_by"] == agent
    assert abs(printed["printed_at"] - now()) < timedelta(minutes=1)
    assert given["code"] not in " ".join(kept)


def test_a_code_handed_over_at_the_counter_since_is_not_voided_with_its_lot(
    town: Town, at_desk: str
) -> None:
    ines, yanis = by_letter(town, at_desk, "Inès Moreau", "Yanis Moreau")
    (printed,) = lots(town, at_desk)
    at_counter = invites(town, at_desk, yanis["guardian_id"], name="Yanis Moreau")

    assert unused(town, at_desk, printed["lot"]) == {ines["guardian_id"]}
    with pytest.raises(AlreadyInvited):
        by_letter(town, at_desk, "Inès Moreau", "Yanis Moreau", in_place_of=printed["lot"])

    town.activates(ines["code"], at="portal")
    town.activates(at_counter.code, at="portal")


@pytest.mark.both_databases
def test_a_lot_printed_again_twice_at_once_is_printed_once(town: Town, at_desk: str) -> None:
    by_letter(town, at_desk, "Inès Moreau", "Yanis Moreau")
    (printed,) = lots(town, at_desk)

    def again() -> Any:
        names = "Inès Moreau", "Yanis Moreau"
        try:
            return by_letter(town, at_desk, *names, in_place_of=printed["lot"])
        except AlreadyInvited as refusal:
            return refusal

    with ThreadPoolExecutor(2) as pool:
        results = [each.result() for each in [pool.submit(again), pool.submit(again)]]

    (refused,) = [each for each in results if isinstance(each, AlreadyInvited)]
    (letters_made,) = [each for each in results if each is not refused]
    for each in letters_made:
        town.activates(each["code"], at="portal")


def test_a_lot_is_offered_while_its_codes_are_good_and_then_forgotten(
    town: Town, at_desk: str
) -> None:
    by_letter(town, at_desk, "Inès Moreau")
    (printed,) = lots(town, at_desk)
    town.service.forget()
    assert lots(town, at_desk) == [printed]

    with store.write() as write:
        write.execute(update(Invitation).values(expires_at=now()))
    assert lots(town, at_desk) == []

    with store.write() as write:
        write.execute(update(Invitation).values(expires_at=now() - timedelta(days=31)))
    town.service.forget()
    with store.read() as read:
        assert read.scalar(select(func.count()).select_from(LetterLot)) == 0


def taken_back(town: Town, guardian_id: str) -> None:
    event = family_imports.guardian_taken_back.load({"guardian_id": guardian_id})
    for _ in range(2):
        with store.write() as write:
            town.service.on_guardian_taken_back(write, event, DELIVERY)


def test_the_code_of_a_family_that_was_taken_back_opens_nothing_and_its_lot_lists_it_no_more(
    town: Town, at_desk: str
) -> None:
    ines, yanis = by_letter(town, at_desk, "Inès Moreau", "Yanis Moreau")
    (printed,) = lots(town, at_desk)

    taken_back(town, ines["guardian_id"])
    taken_back(town, new_id())

    with pytest.raises(InvitationUnknown):
        town.activates(ines["code"], at="portal")
    assert unused(town, at_desk, printed["lot"]) == {yanis["guardian_id"]}
    town.activates(yanis["code"], at="portal")


def returned(town: Town, guardian_id: str, at: datetime | None = None) -> None:
    event = family_imports.letter_returned.load(
        {"guardian_id": guardian_id, "at": str(at or now())}
    )
    for _ in range(2):
        with store.write() as write:
            town.service.on_letter_returned(write, event, DELIVERY)


def test_the_code_of_a_letter_that_came_back_opens_nothing_and_another_may_be_printed(
    town: Town, at_desk: str
) -> None:
    ines, yanis = by_letter(town, at_desk, "Inès Moreau", "Yanis Moreau")
    (printed,) = lots(town, at_desk)
    town.published()

    returned(town, ines["guardian_id"])
    returned(town, new_id())

    with pytest.raises(InvitationUnknown):
        town.activates(ines["code"], at="portal")
    assert unused(town, at_desk, printed["lot"]) == {yanis["guardian_id"]}
    published = dict(town.published())["dossier"]
    assert (published.subject, published.active) == (ines["guardian_id"], False)
    assert published.not_before < now() - timedelta(days=invitations.LETTER_DAYS)
    with store.write() as write:
        people = {ines["guardian_id"]: "Inès Moreau"}
        made = guardian_credentials.invite_guardians_by_letter(write, people, now(), by=new_id())
    town.activates(made[ines["guardian_id"]][1], at="portal")


def test_a_letter_that_came_back_ends_no_code_that_was_given_since(
    town: Town, at_desk: str
) -> None:
    ines, yanis = by_letter(town, at_desk, "Inès Moreau", "Yanis Moreau")
    at_counter = invites(town, at_desk, ines["guardian_id"])
    came_back = now()
    with store.write() as write:
        people = {yanis["guardian_id"]: "Yanis Moreau"}
        made = guardian_credentials.invite_guardians_by_letter(
            write, people, now(), by=new_id(), again=True
        )

    returned(town, ines["guardian_id"], came_back)
    returned(town, yanis["guardian_id"], came_back)

    town.activates(at_counter.code, at="portal")
    town.activates(made[yanis["guardian_id"]][1], at="portal")


@pytest.mark.parametrize("publish", [taken_back, returned])
def test_an_account_in_use_outlives_an_event_that_comes_too_late(
    town: Town, at_desk: str, publish: Callable[[Town, str], None]
) -> None:
    (ines,) = by_letter(town, at_desk, "Inès Moreau")
    town.activates(ines["code"], at="portal")

    publish(town, ines["guardian_id"])

    assert town.signs_in(Person(ines["guardian_id"], ines["login"])).name == "Inès Moreau"


def test_only_an_agent_who_checks_dossiers_invites_by_letter(town: Town) -> None:
    omar = make.agent("omar.delcourt", (DESK, "administrator"))
    town.opens(omar)
    token = town.signs_in(omar, DESK).token

    for act in (
        lambda: by_letter(town, token, "Inès Moreau"),
        lambda: lots(town, token),
        lambda: unused(town, token, new_id()),
    ):
        with pytest.raises((PermissionError, NotEntitled)):
            act()


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
    login = guardian_credentials.make_login_without_address(name)

    assert login.startswith(begins)
    assert login.isascii() and " " not in login
    assert login != guardian_credentials.make_login_without_address(name)
