"""The front desk's pages of requests: noted by agents, answered by the data protection office."""

from datetime import timedelta
from typing import Any

import pytest

from shared.contracts.dossier.data_protection import person_requests
from shared.contracts.dossier.data_protection.person_requests import RequestClosed
from shared.contracts.errors import BadRequest, NotFound
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories.front_desk.counter import Counter
from tests.factories.front_desk.person_requests import LIST, NEW, PAGE, desk, opens

__all__ = ["desk"]

NOTED = {
    "kind": "access",
    "provider": "ville",
    "way": "letter",
    "received_on": "2026-11-20",
    "name": "Paul Ancien",
    "contact": "3 rue des Lilas",
    "about": "",
    "proof": "asked",
    "text": "Je voudrais une copie.",
    "act": new_id(),
}


def asked(desk: Counter, method: Any) -> Any:
    return [each[3] for each in desk.callees.asked if each[1] == method.name][-1]


def test_who_does_not_answer_requests_finds_none_of_their_pages(desk: Counter) -> None:
    desk.signs_in("desk_lead")

    assert desk.desk.client.get(LIST).status_code == 404
    assert desk.desk.client.get(PAGE).status_code == 404
    assert desk.desk.sends(f"{PAGE}/repondre", at="/", answer="Voici.").status_code == 404
    assert desk.callees.count(person_requests.open_person_request) == 0


def test_the_data_protection_office_has_its_list_as_its_home_and_no_search(desk: Counter) -> None:
    desk.signs_in("data_protection")

    home = desk.desk.client.get("/")
    assert home.headers["Location"] == LIST
    page = desk.desk.sees(LIST)
    for words in ("en retard depuis le", "Claire Lefèvre", "Manon Lefèvre", "Rectification"):
        assert words in page
    assert desk.desk.client.post("/chercher").status_code in (400, 404)


def test_one_request_says_whose_controller_it_is_and_whom_to_ask(desk: Counter) -> None:
    desk.signs_in("data_protection")

    page = desk.desk.sees(PAGE)

    for words in ("Un accent manque.", "dpo@agglo-demonstration.example", "Prolonger", "Refuser"):
        assert words in page
    assert "Relisez deux fois" not in page
    opens(desk, careful=True)
    assert "Relisez deux fois" in desk.desk.sees(PAGE)


def test_it_is_taken_prolonged_and_answered(desk: Counter) -> None:
    desk.signs_in("data_protection")

    assert desk.desk.sends(f"{PAGE}/prendre", at=PAGE).status_code == 303
    longer = {"more": "2", "reason": "Trois services à interroger."}
    assert desk.desk.sends(f"{PAGE}/prolonger", at=PAGE, **longer).status_code == 303
    sent = desk.desk.sends(f"{PAGE}/repondre", at=PAGE, answer="C’est fait.\r\nPartout.")
    assert sent.status_code == 303

    assert (asked(desk, person_requests.prolong_person_request).more, sent.headers["Location"]) == (
        2,
        PAGE,
    )
    closed = asked(desk, person_requests.close_person_request)
    assert (closed.outcome, closed.text) == ("answered", "C’est fait.\nPartout.")


def test_a_refusal_has_its_reason(desk: Counter) -> None:
    desk.signs_in("data_protection")

    assert desk.desk.sends(f"{PAGE}/refuser", at=PAGE, refusal="").status_code == 422
    desk.desk.sends(f"{PAGE}/refuser", at=PAGE, refusal="La loi impose de le garder.")

    assert asked(desk, person_requests.close_person_request).outcome == "refused"


@pytest.mark.parametrize(
    "wrong", [{"more": "3", "reason": "Long."}, {"more": "1", "reason": ""}, {"reason": "Long."}]
)
def test_what_is_no_prolongation_comes_back_with_its_mistake(
    desk: Counter, wrong: dict[str, str]
) -> None:
    desk.signs_in("data_protection")

    assert desk.desk.sends(f"{PAGE}/prolonger", at=PAGE, **wrong).status_code == 422
    assert desk.callees.count(person_requests.prolong_person_request) == 0


def test_what_the_dossier_refuses_is_said_in_words(desk: Counter) -> None:
    desk.signs_in("data_protection")

    desk.callees.answers("dossier", person_requests.prolong_person_request, BadRequest(errors={}))
    longer = {"more": "1", "reason": "Long."}
    answer = desk.desk.sends(f"{PAGE}/prolonger", at=PAGE, **longer)
    assert "avant la fin du premier mois" in answer.text
    desk.callees.answers("dossier", person_requests.close_person_request, BadRequest(errors={}))
    answer = desk.desk.sends(f"{PAGE}/repondre", at=PAGE, answer="Voici.")
    assert "preuve d’identité" in answer.text
    desk.callees.answers(
        "dossier", person_requests.close_person_request, RequestClosed(state="refused")
    )
    desk.desk.sends(f"{PAGE}/repondre", at=PAGE, answer="Voici.")
    assert "Un collègue vient de clore" in desk.desk.sees(PAGE)


def test_while_the_proof_is_missing_one_notes_it_and_cannot_answer(desk: Counter) -> None:
    desk.signs_in("data_protection")
    opens(desk, proof="asked", way="letter", contact="3 rue des Lilas")

    page = desk.desk.sees(PAGE)

    assert "La preuve est arrivée" in page and "Envoyer la réponse" not in page
    assert desk.desk.sends(f"{PAGE}/preuve", at=PAGE).status_code == 303
    assert desk.callees.asked[-1][1] == person_requests.note_proof.name


def test_who_answers_a_request_to_erase_reads_who_erases_what_and_what_stays(desk: Counter) -> None:
    desk.signs_in("data_protection")
    opens(desk, kind="access")
    assert "Rien ne s’efface par cette page" not in desk.desk.sees(PAGE)

    opens(desk, kind="erasure")

    page = desk.desk.sees(PAGE).replace("\u00a0", " ")
    assert "Rien ne s’efface par cette page" in page and "gardés pour la comptabilité" in page
    assert "Durées du registre" in page


def test_a_closed_request_has_no_form_left_and_a_letter_to_print(desk: Counter) -> None:
    desk.signs_in("data_protection")
    done = {"act": "answered", "at": now(), "by": new_id(), "text": "C’est fait.", "until": None}
    opens(desk, state="answered", closed_on=today(), way="letter", acts=[done], prolongable=[])

    page = desk.desk.sees(PAGE)

    assert "C’est fait." in page and "Imprimer" in page and "un agent parti" in page
    assert "Refuser la demande" not in page


def test_an_agent_of_the_counter_notes_a_letter_and_says_until_when(desk: Counter) -> None:
    desk.signs_in("counter")
    assert NEW in desk.desk.client.get("/").text

    answer = desk.desk.sends(NEW, at=NEW, **NOTED)

    request = asked(desk, person_requests.record_person_request)
    assert (request.name, request.provider, request.proof) == ("Paul Ancien", "", "asked")
    assert str(request.received_on) == "2026-11-20"
    page = desk.desk.sees(answer.headers["Location"])
    assert "21 décembre" in page and "Ouvrir la demande" not in page


def test_of_a_letter_that_lay_for_months_it_says_that_the_month_is_over(desk: Counter) -> None:
    desk.signs_in("counter")

    page = desk.desk.sees(f"{NEW}/{new_id()}?jour={today() - timedelta(days=1)}")

    assert "a pris fin le" in page and "au plus tard le" not in page
    assert "au plus tard le" in desk.desk.sees(f"{NEW}/{new_id()}?jour={today()}")


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": ""},
        {"provider": "nobody"},
        {"way": "account"},
        {"proof": "account"},
        {"received_on": "hier"},
        {"name": ""},
        {"contact": ""},
        {"text": "a" * 2001},
    ],
)
def test_what_is_not_whole_comes_back_with_its_mistake(
    desk: Counter, wrong: dict[str, str]
) -> None:
    desk.signs_in("dossiers")

    answer = desk.desk.sends(NEW, at=NEW, **{**NOTED, **wrong})

    assert answer.status_code == 422
    assert desk.callees.count(person_requests.record_person_request) == 0


def test_a_day_that_the_dossier_refuses_is_said(desk: Counter) -> None:
    desk.signs_in("data_protection")
    refusal = BadRequest(errors={"received_on": ["to come"]})
    desk.callees.answers("dossier", person_requests.record_person_request, refusal)

    assert "un jour passé" in desk.desk.sends(NEW, at=NEW, **NOTED).text


def test_a_request_that_is_not_there_has_no_page(desk: Counter) -> None:
    desk.signs_in("data_protection")
    desk.callees.answers("dossier", person_requests.open_person_request, NotFound())

    assert desk.desk.client.get(PAGE).status_code == 404
