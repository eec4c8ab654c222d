"""The copy of a person's data at the front desk: a document, a file, or a sentence and nothing."""

import json
from typing import Any

import pytest

from services.portal_gateway.front_desk.pages.person_requests.copies.documents import (
    part_of_service,
)
from services.portal_gateway.front_desk.pages.person_requests.copies.gathering import Part
from services.portal_gateway.front_desk.pages.person_requests.copies.row_facts import facts_of_row
from shared.contracts.dossier.data_protection import person_requests
from shared.contracts.errors import BadRequest, NoAnswer
from shared.contracts.identity import agents
from shared.runtime.ids import new_id
from shared.web.base.app import shell_here
from tests.factories.front_desk.counter import Counter
from tests.factories.front_desk.person_requests import PAGE, desk, opens

__all__ = ["desk"]

COPY = f"{PAGE}/copie"
ROWS = [
    {"table": "child", "key": "1", "content": json.dumps({"first_name": "Manon"})},
    {"table": "booking", "key": "2", "content": json.dumps({"day": "2026-11-30", "state": "x"})},
]


def has(desk: Counter, answer: Any) -> None:
    desk.callees.answers("dossier", person_requests.copy_person_data, answer)


def test_a_request_of_access_offers_a_copy_and_a_correction_does_not(desk: Counter) -> None:
    desk.signs_in("data_protection")

    assert "La copie de ses données" not in desk.desk.sees(PAGE)
    opens(desk, kind="access")
    assert "La copie de ses données" in desk.desk.sees(PAGE)
    opens(desk, kind="access", proof="asked")
    assert "La copie de ses données" not in desk.desk.sees(PAGE)


def test_it_is_a_tagged_document_in_french_or_a_file_for_another_software(desk: Counter) -> None:
    desk.signs_in("data_protection")
    opens(desk, kind="access")
    has(desk, lambda _: {"rows": ROWS, "next": ""})

    paper = desk.desk.sends(COPY, at=PAGE, form="pdf")
    assert paper.mimetype == "application/pdf" and b"/StructTreeRoot" in paper.data
    file = desk.desk.sends(COPY, at=PAGE, form="json")
    assert json.loads(file.data)["dossier"][0]["content"] == {"first_name": "Manon"}
    assert "attachment" in file.headers["Content-Disposition"]


def test_all_pages_of_a_service_are_taken(desk: Counter) -> None:
    desk.signs_in("data_protection")
    opens(desk, kind="access")
    has(desk, lambda asked: {"rows": [ROWS[bool(asked.after)]], "next": "" if asked.after else "1"})

    file = desk.desk.sends(COPY, at=PAGE, form="json")

    assert [row["table"] for row in json.loads(file.data)["dossier"]] == ["child", "booking"]


def test_a_silent_service_is_named_and_there_is_no_copy(desk: Counter) -> None:
    desk.signs_in("data_protection")
    opens(desk, kind="access")
    has(desk, NoAnswer(callee="dossier"))

    refused = desk.desk.sends(COPY, at=PAGE, form="pdf")

    assert refused.status_code == 503
    assert "Dossier partagé de l’enfant ne répond pas" in refused.text


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("proof", "rien n’est envoyé"),
        ("person", "Notez d’abord qui c’est"),
        ("hidden", "demande une réponse à la main"),
        ("authority", "n’a plus l’autorité parentale"),
        ("kind", "n’appelle pas de copie"),
    ],
)
def test_where_there_can_be_none_a_sentence_says_why(desk: Counter, why: str, said: str) -> None:
    desk.signs_in("data_protection")
    opens(desk, kind="access")
    has(desk, BadRequest(errors={why: ["no"]}))

    refused = desk.desk.sends(COPY, at=PAGE, form="pdf")

    assert refused.status_code == 422 and said in refused.text.replace("\u00a0", " ")


def test_who_does_not_answer_persons_makes_no_copy(desk: Counter) -> None:
    desk.signs_in("desk_lead")

    assert desk.desk.sends(COPY, at="/", form="pdf").status_code == 404
    assert desk.callees.count(person_requests.copy_person_data) == 0


WHO = {
    "person": "called",
    "paper": "passport",
    "person_name": "Zoé Martin",
    "child": "Manon Lefèvre",
    "born": "2019-03-02",
    "phone": "06 39 98 00 99",
}


def comes_by_letter(desk: Counter, **more: Any) -> None:
    opens(desk, kind="access", way="letter", proof="document", name="Zoé Martin", **more)
    desk.callees.answers("dossier", person_requests.identify_person, lambda _: {"found": True})


def test_of_who_has_no_account_a_copy_comes_after_who_it_is(desk: Counter) -> None:
    desk.signs_in("data_protection")
    comes_by_letter(desk)
    shown = desk.desk.sees(PAGE)
    assert "Qui est-ce" in shown and "La copie de ses données" not in shown

    assert desk.desk.sends(f"{PAGE}/qui", at=PAGE, **WHO).status_code == 303
    asked = desk.callees.asked[-1]
    assert asked[1] == person_requests.identify_person.name

    comes_by_letter(desk, person="called", paper="passport")
    shown = desk.desk.sees(PAGE)
    assert "La copie de ses données" in shown and "Passeport" in shown
    assert "ni l’enfant, ni qui l’a écrit" in shown


@pytest.mark.parametrize(
    "wrong",
    [
        {"person": ""},
        {"paper": "family_book"},
        {"person_name": ""},
        {"child": ""},
        {"born": "demain"},
        {"phone": ""},
        {"phone": "0" * 21},
    ],
)
def test_what_lacks_to_know_who_it_is_is_said_beside_its_field(
    desk: Counter, wrong: dict[str, str]
) -> None:
    desk.signs_in("data_protection")
    comes_by_letter(desk)

    refused = desk.desk.sends(f"{PAGE}/qui", at=PAGE, **{**WHO, **wrong})

    assert refused.status_code == 422
    (field,) = wrong
    assert f'href="#{field}"' in refused.text
    assert desk.callees.count(person_requests.identify_person) == 0


def test_whom_nothing_fits_is_told_so_and_another_right_finds_no_page(desk: Counter) -> None:
    desk.signs_in("data_protection")
    comes_by_letter(desk)
    desk.callees.answers("dossier", person_requests.identify_person, lambda _: {"found": False})
    refused = desk.desk.sends(f"{PAGE}/qui", at=PAGE, **WHO)
    assert refused.status_code == 422
    assert "cet essai est noté" in refused.text.replace("\u00a0", " ")

    desk.signs_in("desk_lead")
    assert desk.desk.sends(f"{PAGE}/qui", at="/", **WHO).status_code == 404


def test_an_agent_is_looked_for_by_name_at_identity(desk: Counter) -> None:
    desk.signs_in("data_protection")
    comes_by_letter(desk)
    subject = new_id()
    desk.callees.answers("identity", agents.agent_called, lambda _: {"subject": subject})

    sent = desk.desk.sends(
        f"{PAGE}/qui", at=PAGE, person="agent", paper="passport", person_name="Karim Haddad"
    )

    assert sent.status_code == 303
    asked = next(each for each in reversed(desk.callees.asked) if each[1] == "identify_person")
    assert asked[3].agent == subject


ID = "01a23429-2888-7d6a-8460-47f113006751"


def words(content: dict[str, Any]) -> str:
    """Return a row as the document says it."""
    return " · ".join(" ".join(fact) for fact in facts_of_row(content, shell_here().register))


SAID = {
    "no-number-of-machines": (
        {"id": ID, "version": 3, "first_name": "Manon"},
        "prénom Manon",
    ),
    "a-code-and-its-session": (
        {"state": "booked", "session.day": "2026-11-30", "activity_group.first_day": "2026-09-01"},
        "état réservé · jour (séance) 30/11/2026",
    ),
    "money": (
        {"unit_cents": 80, "share_bp": 5000},
        "prix 0,80 € · part 50 %",
    ),
    "a-service-and-its-activity": (
        {"provider": "ens", "activity": "canteen"},
        "service Service Enseignement · activité Restauration scolaire",
    ),
    "days": (
        {"month": "2026-09", "weekdays": "12"},
        "mois septembre 2026 · jours de la semaine lundi, mardi",
    ),
    "months-that-were-counted": (
        {"months": {"2026-09": 3}},
        "mois septembre 2026 : 3",
    ),
    "a-request": (
        {"kind": "access", "way": "account"},
        "nature Accès (art. 15) · voie Dans son espace",
    ),
    "what-a-person-wrote": (
        {"text": "booked 2026-11-30", "by": ID, "people": [ID]},
        "texte booked 2026-11-30",
    ),
    "a-field-of-the-dossier": (
        {"allergen": "peanuts", "active": True},
        "au menu, c’est Arachides · actif oui",
    ),
}


@pytest.mark.parametrize(("content", "said"), SAID.values(), ids=SAID)
def test_a_row_is_said_in_words(desk: Counter, content: dict[str, Any], said: str) -> None:
    with desk.desk.client.application.test_request_context():
        assert words(content).replace("\u00a0", " ").replace("\u202f", " ") == said


def test_rows_stand_by_their_days_and_one_without_a_word_is_none(desk: Counter) -> None:
    days = ["2026-11-30", "2026-09-07", "2026-10-05"]
    rows = [
        {"table": "booking", "key": day, "content": json.dumps({"session.day": day, "id": ID})}
        for day in days
    ]
    rows.append({"table": "invoice", "key": "4", "content": json.dumps({"id": ID, "version": 1})})

    with desk.desk.client.application.test_request_context():
        part = part_of_service(Part("enrolment_ens", rows), shell_here().register)

    (table,) = part["tables"]
    assert table["title"] == "Réservation"
    assert [row[0][1] for row in table["rows"]] == ["07/09/2026", "05/10/2026", "30/11/2026"]
