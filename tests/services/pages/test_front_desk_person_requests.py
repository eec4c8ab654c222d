"""The front desk's pages of requests: noted by agents, answered by the data protection office."""

from datetime import date, timedelta
from html import unescape
from typing import Any

import lxml.html
import pytest

from shared.contracts.dossier.data_protection import person_requests, request_erasures
from shared.contracts.dossier.data_protection.person_requests import ANSWER, RequestClosed
from shared.contracts.errors import BadRequest, NotFound
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories.front_desk.counter import Counter
from tests.factories.front_desk.person_requests import (
    CHILD,
    LIST,
    NEW,
    PAGE,
    desk,
    erases,
    opens,
    part,
)

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


def test_who_answers_a_request_to_erase_reads_what_can_go_what_stays_and_why(desk: Counter) -> None:
    desk.signs_in("data_protection")
    opens(desk, kind="erasure")
    erases(
        desk,
        part("identity", "accounts", until=date(2029, 3, 3)),
        part("diet", "needed", "ens"),
        part("pickup", "", "agg"),
    )

    page = desk.desk.sees(PAGE).replace("\u00a0", " ")

    for words in (
        "Effacer pour toujours",
        "le perdra : Sports de l’agglomération",
        "tant que l’enfant est inscrit (RGPD, art. 17-3-b) : Service Enseignement",
        "gardés pour la comptabilité",
        "Ce qui est gardé de Manon Lefèvre :",
        "art. 17-3-b), jusqu’au 3 mars 2029 ;",
    ):
        assert words in page


def test_what_is_chosen_is_erased_and_the_answer_says_so_already(desk: Counter) -> None:
    desk.signs_in("data_protection")
    gone = {"act": "erased", "at": now(), "by": new_id(), "text": "diet\nManon Lefèvre"}
    opens(desk, kind="erasure", acts=[gone | {"until": None}])
    erases(desk, part("identity", "accounts"), part("health"))

    sent = desk.desk.sends(f"{PAGE}/effacer/{CHILD}", at=PAGE, **{f"parts-{CHILD}": "health"})

    assert (sent.status_code, sent.headers["Location"]) == (303, PAGE)
    request = asked(desk, request_erasures.erase_parts)
    assert (request.child_id, request.parts) == (CHILD, ["health"])
    page = desk.desk.sees(PAGE).replace("\u00a0", " ")
    assert "C’est effacé." in page and "de Manon Lefèvre : Régime alimentaire." in page


def test_nothing_chosen_and_what_stays_come_back_with_a_word(desk: Counter) -> None:
    desk.signs_in("data_protection")
    opens(desk, kind="erasure")
    erases(desk, part("health"))
    where, chosen = f"{PAGE}/effacer/{CHILD}", {f"parts-{CHILD}": "health"}

    nothing = desk.desk.sends(where, at=PAGE)
    desk.callees.answers("dossier", request_erasures.erase_parts, BadRequest(errors={}))
    kept = desk.desk.sends(where, at=PAGE, **chosen)
    unproven = BadRequest(errors={"proof": ["asked for and not proven"]})
    desk.callees.answers("dossier", request_erasures.erase_parts, unproven)
    assert "preuve d’identité" in desk.desk.sends(where, at=PAGE, **chosen).text
    desk.callees.answers("dossier", request_erasures.erase_parts, RequestClosed(state="withdrawn"))
    closed = desk.desk.sends(where, at=PAGE, **chosen)

    assert nothing.status_code == 422 and "Choisissez ce qui est effacé" in nothing.text
    assert kept.status_code == 422 and "Rien n’est effacé" in kept.text
    assert closed.status_code == 303
    opens(desk, kind="erasure", state="withdrawn", closed_on=today(), prolongable=[])
    assert "La personne vient de retirer cette demande" in desk.desk.sees(PAGE)


@pytest.mark.parametrize("gone", [True, False])
def test_an_answer_half_written_stays_where_a_part_is_erased(desk: Counter, gone: bool) -> None:
    desk.signs_in("data_protection")
    opens(desk, kind="erasure")
    erases(desk, part("health"))
    before = draft(desk)
    parts = {f"parts-{CHILD}": "health"} if gone else {}

    sent = desk.desk.sends(
        f"{PAGE}/effacer/{CHILD}", at=PAGE, answer="Bonjour,\r\nvoici", draft=before, **parts
    )

    assert sent.status_code == (200 if gone else 422)
    assert ("C’est effacé." in sent.text) == gone
    assert answer_on(sent.text) == "Bonjour,\nvoici"


def test_a_draft_that_nobody_has_touched_is_drawn_up_anew_after_an_erasure(desk: Counter) -> None:
    desk.signs_in("data_protection")
    opens(desk, kind="erasure")
    erases(desk, part("health"))
    page = lxml.html.fromstring(desk.desk.client.get(PAGE).text)
    [whole] = [form for form in page.forms if "answer" in form.fields]
    untouched = {
        name: whole.fields[name].replace("\n", "\r\n").strip() for name in ("answer", "draft")
    }

    sent = desk.desk.sends(
        f"{PAGE}/effacer/{CHILD}", at=PAGE, **untouched, **{f"parts-{CHILD}": "health"}
    )

    assert sent.status_code == 303


def test_of_a_guarded_file_no_part_is_named_and_no_answer_written(desk: Counter) -> None:
    desk.signs_in("data_protection")
    opens(desk, kind="erasure", careful=True)
    erases(desk, part("identity", "guarded"), part("health", "guarded"))

    page = desk.desk.sees(PAGE).replace("\u00a0", " ")

    assert "rien ne s’efface ici" in page and "Effacer pour toujours" not in page
    assert "Ce qui est gardé de" not in page and "Santé" not in page


def test_the_answer_of_a_guarded_file_of_two_parents_reads_as_that_of_any_file_of_two(
    desk: Counter,
) -> None:
    """Neither says whether the other parent has asked, nor what stands in the file (rule R9)."""
    desk.signs_in("data_protection")
    opens(desk, kind="erasure")
    erases(desk, part("identity", "accounts"), part("diet", "other_home"), waits=True)
    usual = draft(desk)
    erases(desk, part("identity", "guarded"), part("diet", "guarded"), waits=True)

    assert draft(desk) == usual
    assert "l’effacement demande l’accord de ses deux parents" in usual
    assert "Régime" not in usual and "Ce qui est gardé de" not in usual


def test_the_answer_says_what_could_go_and_stands_and_fits_into_its_field(desk: Counter) -> None:
    desk.signs_in("data_protection")
    opens(desk, kind="erasure")
    erases(desk, part("identity", "accounts"), part("diet"), part("health"))

    found = draft(desk)

    assert "Pas encore effacé : Régime alimentaire, Santé." in found
    assert "Réservations" in found
    many = [part(code, "needed", "ens", "agg") for code in ("diet", "health", "swimming")]
    erases(desk, *many, times=40)
    found = draft(desk)
    assert 3000 < len(found) <= ANSWER and "Factures et paiements" in found
    assert "autres enfants" in found
    assert "39 autres enfants ne sont pas montrés" in desk.desk.sees(PAGE).replace("\u00a0", " ")


def draft(desk: Counter) -> str:
    """Return the answer that the page proposes."""
    return answer_on(desk.desk.client.get(PAGE).text)


def answer_on(page: str) -> str:
    """Return the answer as it stands in its field."""
    field = page.split('name="answer"', 1)[1].split(">", 1)[1]
    return unescape(field.split("</textarea>", 1)[0]).removeprefix("\n").replace("\u00a0", " ")


def test_a_letter_that_asks_to_erase_asks_who_wrote_it_and_is_withdrawn_at_the_desk(
    desk: Counter,
) -> None:
    desk.signs_in("data_protection")
    opens(desk, kind="erasure", way="letter", proof="document", contact="3 rue des Lilas")

    page = desk.desk.sees(PAGE)

    assert "Qui est-ce" in page and "La personne y renonce" in page
    silent = desk.desk.sends(f"{PAGE}/retirer", at=PAGE)
    assert silent.status_code == 422 and "comment et quel jour" in silent.text
    said = {"said": "Au téléphone, le 2 décembre."}
    assert desk.desk.sends(f"{PAGE}/retirer", at=PAGE, **said).status_code == 303
    assert asked(desk, person_requests.note_withdrawal).said == said["said"]
    desk.callees.answers("dossier", person_requests.note_withdrawal, BadRequest(errors={}))
    account = desk.desk.sends(f"{PAGE}/retirer", at=PAGE, **said)
    assert account.status_code == 422 and "la retire elle-même" in account.text


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
