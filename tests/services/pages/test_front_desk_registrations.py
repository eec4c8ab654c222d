"""A draft at the central desk: its e-mail becomes a login where it is proven, and nowhere else."""

from typing import Any

import pytest

from shared.contracts.dossier import front_desk, registration_decisions
from shared.contracts.dossier.registration_decisions import EmailNotProven
from shared.contracts.errors import BadRequest, Unavailable
from shared.contracts.identity import invitations
from shared.dates.clock import now
from shared.runtime.ids import new_id
from tests.factories import registrations as write
from tests.factories.front_desk.counter import Counter, opened

DRAFT, GUARDIAN = new_id(), new_id()
PAGE = f"/demandes/{DRAFT}"
INES = "ines.moreau@example.org"
PAPERS = {"paper-0": "livret de famille", "identity_paper": "passeport", "version": "3"}


def seen(proven: str = "", **email: Any) -> dict[str, Any]:
    told = {"proven": proven, "proven_at": now() if proven else None, "changed_at": None}
    content = {"guardian": write.guardian(), "children": {"children": [write.child()]}}
    return {
        "reference": "0a1b2-c3d4e",
        "state": "sent",
        "version": 3,
        "way": "email",
        "sent_at": now(),
        "content": content,
        "email": {**told, "former": "", **email},
        "papers": [],
        "alike": [],
    }


@pytest.fixture
def desk(counter: Counter) -> Counter:
    """Give the desk with an agent who checks a draft whose e-mail is not proven."""
    counter.signs_in("counter")
    answers = counter.callees.answers
    answers("dossier", registration_decisions.look_at_registration, lambda _: seen())
    answers("dossier", registration_decisions.confirm_email, lambda _: {})
    accepted = {"guardian_id": GUARDIAN, "household_id": new_id()}
    answers("dossier", registration_decisions.accept_registration, lambda _: accepted)
    given = {"login": INES, "code": "", "expires_at": now()}
    answers("identity", invitations.invite_guardian, lambda _: given)
    return counter


def invited(desk: Counter) -> list[str]:
    """Return the addresses to which accesses were to leave."""
    return [each.email for _, name, _, each in desk.callees.asked if name == "invite_guardian"]


def test_an_address_that_is_not_proven_is_not_offered_and_not_taken(desk: Counter) -> None:
    page = desk.desk.sees(PAGE)
    assert "pas confirmée" in page and "Par e-mail : " not in page

    refused = desk.desk.sends(f"{PAGE}/accepter", at=PAGE, **PAPERS, access="email")

    assert refused.status_code == 422
    assert desk.callees.count(registration_decisions.accept_registration) == 0
    desk.desk.sends(f"{PAGE}/accepter", at=PAGE, **PAPERS, access="code")
    assert invited(desk) == [""]


def test_a_proven_address_is_what_the_dossier_is_asked_about_and_what_is_invited(
    desk: Counter,
) -> None:
    desk.callees.answers(
        "dossier", registration_decisions.look_at_registration, lambda _: seen("letter")
    )
    assert "confirmée par e-mail" in desk.desk.sees(PAGE)

    desk.desk.sends(f"{PAGE}/accepter", at=PAGE, **PAPERS, access="email")

    ((*_, asked),) = [each for each in desk.callees.asked if each[1] == "accept_registration"]
    assert asked.by_email is True
    assert invited(desk) == [INES]


def test_what_the_dossier_finds_unproven_at_the_last_moment_is_not_invited(desk: Counter) -> None:
    desk.callees.answers(
        "dossier", registration_decisions.look_at_registration, lambda _: seen("letter")
    )
    desk.callees.answers("dossier", registration_decisions.accept_registration, EmailNotProven())

    page = desk.desk.sends(f"{PAGE}/accepter", at=PAGE, **PAPERS, access="email")

    assert page.status_code == 422 and "pas confirmée" in page.text
    assert invited(desk) == []


def test_a_changed_address_shows_as_changed_beside_the_one_before(desk: Counter) -> None:
    changed = {"changed_at": now(), "former": "a…@example.org"}
    desk.callees.answers(
        "dossier", registration_decisions.look_at_registration, lambda _: seen(**changed)
    )

    page = desk.desk.sees(PAGE)

    assert "a changé aujourd’hui" in page and "Avant : a…@example.org" in page


def test_confirming_an_address_is_an_act_of_its_own_and_keeps_what_was_ticked(
    desk: Counter,
) -> None:
    said = {**PAPERS, "said_email": "Ines.Moreau@example.org"}
    unsure = desk.desk.sends(f"{PAGE}/adresse", at=PAGE, **said)
    assert (
        unsure.status_code == 422 and desk.callees.count(registration_decisions.confirm_email) == 0
    )

    page = desk.desk.sends(f"{PAGE}/adresse", at=PAGE, **said, sure="yes")

    ((*_, asked),) = [each for each in desk.callees.asked if each[1] == "confirm_email"]
    assert (asked.email, asked.version) == ("Ines.Moreau@example.org", 3)
    assert page.status_code == 200 and "<option selected>passeport" in page.text
    assert desk.callees.count(registration_decisions.accept_registration) == 0


@pytest.mark.parametrize("address", ["other@example.org", ""])
def test_another_address_than_the_drafts_confirms_nothing(desk: Counter, address: str) -> None:
    wrong = BadRequest(errors={"email": ["La demande porte une autre adresse."]})
    desk.callees.answers("dossier", registration_decisions.confirm_email, wrong)

    page = desk.desk.sends(f"{PAGE}/adresse", at=PAGE, **PAPERS, sure="yes", said_email=address)

    assert page.status_code == 422 and "une autre adresse" in page.text


def test_an_address_that_is_not_the_persons_is_taken_away_from_the_page_that_shows_it(
    desk: Counter,
) -> None:
    desk.callees.answers(
        "dossier", registration_decisions.look_at_registration, lambda _: seen("letter")
    )
    of_ines = [{"id": GUARDIAN, "name": "Inès Moreau"}]
    desk.callees.answers(
        "dossier", front_desk.open_dossier, lambda asked: {**opened(asked), "guardians": of_ines}
    )
    page = desk.desk.sends(f"{PAGE}/accepter", at=PAGE, **PAPERS, access="email").text
    assert "Ce n’est pas son adresse" in page and 'name="wrong" value="yes"' in page
    home = page.partition('name="household_id" value="')[2].partition('"')[0]
    given = {"login": "ines.moreau.0a1b2", "code": "0a1b2-c3d4e", "expires_at": now()}
    desk.callees.answers("identity", invitations.invite_guardian, lambda _: given)

    answer = desk.desk.sends(
        "/demandes/acces", at=PAGE, sure="yes", wrong="yes", household_id=home, guardian_id=GUARDIAN
    ).text

    wrong = [
        each.login_is_wrong for _, name, _, each in desk.callees.asked if name == "invite_guardian"
    ]
    assert wrong == [False, True]
    assert "L’adresse d’avant n’ouvre plus rien." in answer and "ines.moreau.0a1b2" in answer
    assert "Ce n’est pas son adresse" not in answer


def test_an_access_that_is_asked_for_again_goes_to_no_address_that_somebody_wrote(
    desk: Counter,
) -> None:
    desk.callees.answers(
        "dossier", registration_decisions.look_at_registration, lambda _: seen("letter")
    )
    desk.callees.answers("identity", invitations.invite_guardian, Unavailable())
    page = desk.desk.sends(f"{PAGE}/accepter", at=PAGE, **PAPERS, access="email").text
    carried = page.partition('name="email" value="')[2].partition('"')[0]
    assert carried and INES not in page
    given = {"login": INES, "code": "", "expires_at": now()}
    desk.callees.answers("identity", invitations.invite_guardian, lambda _: given)
    home = page.partition('name="household_id" value="')[2].partition('"')[0]
    again = {"sure": "yes", "household_id": home}
    of_ines = [{"id": GUARDIAN, "name": "Inès Moreau"}]
    desk.callees.answers(
        "dossier", front_desk.open_dossier, lambda asked: {**opened(asked), "guardians": of_ines}
    )

    def asks(email: str, guardian_id: str = GUARDIAN) -> int:
        fields = {**again, "guardian_id": guardian_id, "email": email}
        return int(desk.desk.sends("/demandes/acces", at=PAGE, **fields).status_code)

    assert asks("stranger@example.org") == 400
    assert asks(carried, new_id()) == 400
    assert asks(carried) == 200
    assert invited(desk)[1:] == [INES]
