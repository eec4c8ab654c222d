"""The front desk's letters of access: how many wait, one page each, and never a code by mistake."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from services.portal_gateway.front_desk.pages.access_letters import documents
from shared.contracts.dossier import front_desk
from shared.contracts.dossier.families import imports as family_imports
from shared.contracts.dossier.families import safeguarding
from shared.contracts.errors import NotFound, Unavailable
from shared.contracts.identity import invitations
from shared.dates.clock import now
from shared.runtime.ids import new_id
from tests.factories import pdf
from tests.factories.front_desk.counter import CLAIRE, HOUSEHOLD, Counter, opened

PAGE = "/lettres"
ANNE, PAUL = new_id(), new_id()
WAITING: dict[str, Any] = {"waiting": 43, "at_desk": 3, "stopped": 2, "next": [ANNE, PAUL]}
LINES = {ANNE: ["12 rue des Lilas", "28000 Démonstration"], PAUL: ["3 quai Sud", "28000 Lèves"]}
EXPIRES_AT = datetime(2027, 1, 1, 4, 14, tzinfo=UTC)
NAMES = {ANNE: "Anne Moreau", PAUL: "Paul Łuczak"}


def letters(request: Any) -> dict[str, Any]:
    """Answer as the dossier does: in its own order, who may get one."""
    return {
        "guardians": [
            {"guardian_id": one, "name": NAMES[one], "lines": LINES[one]}
            for one in (ANNE, PAUL)
            if one in request.guardian_ids
        ]
    }


def invited(request: Any) -> dict[str, Any]:
    return {
        "letters": [
            {
                "guardian_id": each["guardian_id"],
                "login": f"{each['name'].split()[0].lower()}.x4t2k",
                "code": f"0a1b2-{each['name'].split()[0].lower()}",
                "expires_at": EXPIRES_AT,
            }
            for each in request.guardians
        ]
    }


@pytest.fixture
def desk(counter: Counter) -> Counter:
    """Give a front desk of whose arrived guardians two are next."""
    answers: list[tuple[str, Any, Any]] = [
        ("dossier", family_imports.guardians_to_invite, lambda _request: WAITING),
        ("dossier", family_imports.letters_to_write, letters),
        ("identity", invitations.invite_guardians, invited),
        ("identity", invitations.letter_lots, lambda _request: {"lots": []}),
    ]
    for to, method, answer in answers:
        counter.callees.answers(to, method, answer)
    return counter


def prints(desk: Counter, **more: Any) -> Any:
    return desk.desk.sends(PAGE, at=PAGE, guardian=[ANNE, PAUL], **more)


def asked(desk: Counter) -> list[Any]:
    return [each for _, name, _, each in desk.callees.asked if name == "invite_guardians"]


def test_the_page_says_how_many_wait_and_names_nobody(desk: Counter) -> None:
    desk.signs_in("counter")

    page = desk.desk.sees(PAGE)

    for said in (
        "43 parents",
        "3 parents",
        "2 foyers",
        "Imprimer ces 2 lettres",
        "Remettre un accès",
    ):
        assert said in page, said
    assert "Moreau" not in page


def test_each_guardian_has_a_page_with_an_own_code_and_nothing_of_the_other(desk: Counter) -> None:
    desk.signs_in("counter")

    answer = prints(desk)

    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    with pdf.opened(answer.data) as file:
        assert len(file.pages) == 2
    said = pdf.text(answer.data)
    for each in (ANNE, PAUL):
        first = NAMES[each].split()[0].lower()
        for shown in (NAMES[each], *LINES[each], f"{first}.x4t2k", f"0a1b2-{first}"):
            assert said.count(shown) == 1, shown
    assert said.count("Chaque parent a son propre accès") == 2
    assert "http://127.0.0.1:8610" in said and "« J’ai reçu un code »" in said
    assert pdf.roles(answer.data).count("H1") == 2


def test_the_address_lies_where_an_envelope_has_its_window(desk: Counter) -> None:
    desk.signs_in("counter")

    letters = prints(desk).data

    for page, one in enumerate((ANNE, PAUL)):
        pdf.assert_shown_by_window(letters, (NAMES[one], *LINES[one]), page)


def test_a_code_read_by_a_camera_leads_to_where_a_password_is_chosen_and_reaches_no_log() -> None:
    address = documents.activation_address("http://127.0.0.1:8610/", "0a1b2-anne")

    sent, _, kept = address.partition("#")
    assert (sent, kept) == ("http://127.0.0.1:8610/activation", "code=0a1b2-anne")


def test_each_letter_has_a_code_for_a_camera_that_says_what_it_is(desk: Counter) -> None:
    desk.signs_in("counter")

    assert pdf.roles(prints(desk).data).count("Figure") == 2


def test_the_day_until_which_a_code_is_good_is_a_whole_one(desk: Counter) -> None:
    desk.signs_in("counter")

    said = pdf.text(prints(desk).data)

    assert "jusqu’au 31 décembre 2026 inclus" in said


def test_it_is_in_french_whatever_the_agent_reads_and_has_the_help_to_call(desk: Counter) -> None:
    desk.signs_in("counter")
    desk.desk.client.get("/langue/en?retour=/")

    said = pdf.text(prints(desk).data)

    assert "Votre accès à l’espace des familles" in said
    assert re.search(r"Aide : \d\d \d\d \d\d \d\d \d\d", said)


def test_a_code_is_neither_kept_nor_shown_again(desk: Counter, caplog: Any) -> None:
    desk.signs_in("counter")

    prints(desk)

    assert "0a1b2" not in desk.desk.sees(PAGE)
    assert "0a1b2" not in caplog.text


def test_letters_made_already_are_made_anew_only_when_the_agent_says_so(desk: Counter) -> None:
    desk.signs_in("counter")
    desk.callees.answers("identity", invitations.invite_guardians, invitations.AlreadyInvited())

    refused = prints(desk)

    assert refused.status_code == 409
    assert "Ces lettres ont déjà été faites." in refused.text
    assert 'name="again" value="yes"' in refused.text and ANNE in refused.text
    desk.callees.answers("identity", invitations.invite_guardians, invited)
    assert prints(desk, again="yes").mimetype == "application/pdf"
    assert [each.again for each in asked(desk)] == [False, True]


@pytest.fixture
def lot(desk: Counter) -> str:
    """Give a printing of which Anne and Paul have not used their codes."""
    lot = new_id()
    printed = {"lot": lot, "printed_at": now(), "printed_by": new_id(), "used": 1, "unused": 2}
    desk.callees.answers("identity", invitations.letter_lots, lambda _request: {"lots": [printed]})
    unused = {"guardian_ids": [ANNE, PAUL]}
    desk.callees.answers("identity", invitations.letter_lot, lambda _request: unused)
    return lot


def test_a_lot_that_was_lost_is_printed_again_once_the_agent_has_read_what_that_does(
    desk: Counter, lot: str
) -> None:
    desk.signs_in("counter")
    listed = desk.desk.sees(PAGE)
    assert "2 codes pas encore utilisés, 1 utilisé" in listed and "Imprimer de nouveau" in listed

    page = desk.desk.sees(f"{PAGE}/lots/{lot}")
    answer = desk.desk.sends(PAGE, at=f"{PAGE}/lots/{lot}", guardian=[ANNE, PAUL], lot=lot)

    assert "Lettres imprimées aujourd’hui à" in page
    assert "les premiers ne vaudront plus rien" in page and "Refaire ces 2 lettres" in page
    assert "Moreau" not in listed + page
    assert answer.mimetype == "application/pdf"
    (sent,) = asked(desk)
    assert (sent.in_place_of, sent.again) == (lot, False)


def test_a_lot_in_which_something_changed_meanwhile_is_shown_again_and_voids_nothing(
    desk: Counter, lot: str
) -> None:
    desk.signs_in("counter")
    desk.callees.answers("identity", invitations.invite_guardians, invitations.AlreadyInvited())

    answer = desk.desk.sends(PAGE, at=f"{PAGE}/lots/{lot}", guardian=[ANNE, PAUL], lot=lot)

    assert (answer.status_code, answer.location) == (303, f"{PAGE}/lots/{lot}")
    desk.callees.answers("identity", invitations.letter_lot, lambda _request: {"guardian_ids": []})
    assert desk.desk.client.get(answer.location).location == PAGE
    assert "tous leurs codes ont servi" in desk.desk.sees(PAGE)


def test_where_identity_does_not_answer_the_page_says_so_and_can_be_sent_again(
    desk: Counter,
) -> None:
    desk.signs_in("counter")
    desk.callees.answers("identity", invitations.invite_guardians, Unavailable())

    assert prints(desk).status_code == 503

    desk.callees.answers("identity", invitations.invite_guardians, invited)
    assert prints(desk).status_code == 200


def test_who_waits_no_more_is_not_invited(desk: Counter) -> None:
    desk.signs_in("counter")
    desk.callees.answers(
        "dossier", family_imports.letters_to_write, lambda _request: {"guardians": []}
    )

    assert prints(desk).status_code == 303
    assert asked(desk) == []
    assert "n’attendent plus de lettre" in desk.desk.sees(PAGE)


def test_whoever_only_administers_does_not_find_the_page(desk: Counter) -> None:
    desk.signs_in("administrator")

    assert desk.desk.client.get(PAGE).status_code == 404


def test_a_lost_letter_is_renewed_in_the_household_that_the_search_found(desk: Counter) -> None:
    desk.signs_in("counter")
    desk.callees.answers("dossier", front_desk.open_dossier, opened)
    given = {"login": "claire.lefevre.x4t2k", "code": "0a1b2", "expires_at": now()}
    desk.callees.answers("identity", invitations.invite_guardian, lambda _request: given)
    address = f"/dossiers/{HOUSEHOLD}"
    assert "Remettre un accès" in desk.desk.sees(address)

    known = {"household_id": HOUSEHOLD, "guardian_id": CLAIRE}
    unseen = desk.desk.sends("/demandes/acces", at=address, **known)
    page = desk.desk.sends("/demandes/acces", at=address, sure="yes", **known)

    assert unseen.status_code == 400
    assert "claire.lefevre.x4t2k" in page.text


def test_no_access_is_given_to_who_is_not_in_a_household_that_the_agent_may_open(
    desk: Counter,
) -> None:
    desk.signs_in("counter")
    desk.callees.answers("dossier", front_desk.open_dossier, opened)
    address = f"/dossiers/{HOUSEHOLD}"

    def asks(**more: str) -> int:
        sent = {"household_id": HOUSEHOLD, "guardian_id": CLAIRE, "sure": "yes", **more}
        return int(desk.desk.sends("/demandes/acces", at=address, **sent).status_code)

    assert asks(guardian_id=new_id()) == 404
    assert asks(household_id="") == 400
    desk.callees.answers("dossier", front_desk.open_dossier, NotFound())
    assert asks() == 404
    assert desk.callees.count(invitations.invite_guardian) == 0


def at_home(desk: Counter, **letters: Any) -> str:
    """Open the household with this said of its letters; return what the page says."""
    said = {"expected": True, "stops": [], **letters}
    desk.callees.answers(
        "dossier", front_desk.open_dossier, lambda request: opened(request) | {"letters": said}
    )
    return str(desk.desk.sees(f"/dossiers/{HOUSEHOLD}"))


def test_a_household_is_written_to_no_more_and_again_with_who_said_so_and_why(
    desk: Counter,
) -> None:
    me = desk.signs_in("counter")
    for method in (family_imports.stop_letters, family_imports.resume_letters):
        desk.callees.answers("dossier", method, lambda _request: {})
    home, foyer = f"/dossiers/{HOUSEHOLD}", f"{PAGE}/foyers/{HOUSEHOLD}"
    assert "Une lettre est revenue" in at_home(desk)

    stopped = desk.desk.sends(f"{foyer}/arreter", at=home, why="returned")
    row = {"since": now(), "stopped_by": me, "why": "returned"}
    page = at_home(desk, stops=[row | {"resumed_at": None, "resumed_by": None}])

    assert (stopped.status_code, stopped.location) == (303, home)
    for said in (
        "Ce foyer ne recevra plus de lettre.", "Ne plus écrire à ce foyer", "Remettre un accès",
        "Le code de la lettre revenue ne vaut plus rien.", "par Hélène Marais", "Écrire de nouveau",
    ):  # fmt: skip
        assert said in page, said
    assert desk.desk.sends(f"{foyer}/reprendre", at=home).location == home
    again = at_home(desk, stops=[row | {"resumed_at": now(), "resumed_by": me}])
    assert "Ne plus écrire à ce foyer" not in again and "repris le" in again
    sent = [
        (name, each.household_id) for _, name, _, each in desk.callees.asked if "letters" in name
    ]
    assert [each for each in sent if "_to_" not in each[0]] == [
        ("stop_letters", HOUSEHOLD), ("resume_letters", HOUSEHOLD),
    ]  # fmt: skip


def test_without_a_reason_nobody_is_left_out_and_without_the_right_nothing_is_offered(
    desk: Counter,
) -> None:
    desk.signs_in("counter")
    at_home(desk)
    home, foyer = f"/dossiers/{HOUSEHOLD}", f"{PAGE}/foyers/{HOUSEHOLD}/arreter"

    assert desk.desk.sends(foyer, at=home, why="because").status_code == 400

    assert "Lettres d’accès" not in at_home(desk, expected=False)
    desk.signs_in("desk_welcome")
    assert desk.desk.client.post(foyer, data={"why": "asked"}).status_code in (400, 404)


def test_a_protected_home_is_invited_by_who_protects_and_checks(desk: Counter) -> None:
    home = {
        "household_id": HOUSEHOLD, "guardians": [{"id": CLAIRE, "name": "Claire Lefèvre"}],
        "protected": True, "protections": [], "children": [],
    }  # fmt: skip
    desk.callees.answers("dossier", safeguarding.open_guarded, lambda _request: home)

    desk.signs_in("desk_lead")

    assert "Remettre un accès" in desk.desk.sees(f"/dossiers/{HOUSEHOLD}/situation")
