"""The front desk's own pages: who sees what, and what leaves with a search."""

import re
from datetime import date

from shared.contracts.dossier import front_desk
from shared.contracts.errors import NotFound, Unavailable
from shared.contracts.identity import accompanied_sessions, sign_ins
from shared.contracts.identity.own_account import second_factors
from shared.dates.clock import now
from shared.runtime.ids import new_id
from tests.factories.front_desk.counter import CLAIRE, HOUSEHOLD, Counter, opened


def test_a_name_is_sent_in_the_body_and_what_is_found_is_told_apart(counter: Counter) -> None:
    counter.signs_in("counter")
    line = {"household_id": HOUSEHOLD, "child_id": new_id(), "name": "Manon Lefèvre",
            "born": "2019-03-02", "insee": "28901",
            "guardians": ["Anne Roy", "Claire Lefèvre"]}  # fmt: skip
    parent = line | {"child_id": None, "name": "Claire Lefèvre", "born": "2019", "guardians": []}
    found = {"found": [line, parent], "more": False}
    counter.callees.answers("dossier", front_desk.find_dossiers, lambda _request: found)

    answer = counter.desk.sends("/chercher", at="/", name="lefaivre", born="02/03/2019")

    page = answer.text.replace("\u00a0", " ")
    assert answer.request.query_string == b""
    assert "naissance le 2 mars 2019 · chez Anne Roy et Claire Lefèvre · Démonstration" in page
    assert "parent, enfants nés en 2019 · Démonstration" in page
    asked = counter.callees.asked[-1][3]
    assert (asked.query, str(asked.born)) == ("lefaivre", "2019-03-02")


def test_who_follows_dossiers_opens_one_and_no_session_of_the_family(counter: Counter) -> None:
    counter.signs_in("dossiers")
    counter.callees.answers("dossier", front_desk.open_dossier, opened)

    page = counter.desk.sees(f"/dossiers/{HOUSEHOLD}")

    assert "Jamais rempli : Santé" in page
    assert "natation" not in page  # asked of those who swim, and a desk does not know who does
    assert "Session accompagnée" not in page
    counter.desk.sees(f"/dossiers/{HOUSEHOLD}/parents/{CLAIRE}/session", status=404)


def test_a_household_that_moves_is_shown_with_the_commune_and_the_day(counter: Counter) -> None:
    counter.signs_in("counter")
    moves = {"insee": "28902", "valid_from": date(2031, 12, 15)}
    counter.callees.answers(
        "dossier", front_desk.open_dossier, lambda request: {**opened(request), "moves": moves}
    )

    page = counter.desk.sees(f"/dossiers/{HOUSEHOLD}")

    assert re.search("habite [A-Z][^ ]+ à partir du 15 décembre 2031", page)


def test_an_agent_without_a_role_here_finds_nothing_at_all(counter: Counter) -> None:
    counter.signs_in()

    assert "Aucun droit aujourd’hui" in counter.desk.sees("/")
    counter.desk.sees(f"/dossiers/{HOUSEHOLD}", status=404)
    counter.desk.sees("/agents", status=404)


def test_a_right_withdrawn_is_gone_with_the_next_page(counter: Counter) -> None:
    subject = counter.signs_in("counter")
    assert "Trouver un dossier" in counter.desk.sees("/")

    counter.receives(subject, version=2)

    assert "Aucun droit aujourd’hui" in counter.desk.sees("/")


def test_a_household_that_may_not_be_opened_is_no_page(counter: Counter) -> None:
    counter.signs_in("counter")
    counter.callees.answers("dossier", front_desk.open_dossier, NotFound())

    counter.desk.sees(f"/dossiers/{HOUSEHOLD}", status=404)


def test_the_session_opens_with_a_paper_and_its_day_and_leads_to_the_portal_alone(
    counter: Counter,
) -> None:
    counter.signs_in("counter")
    counter.callees.answers("dossier", front_desk.open_dossier, opened)
    moments = {"expires_at": now(), "ends_at": now()}
    counter.callees.answers(
        "identity",
        accompanied_sessions.open_accompanied,
        lambda _request: {"code": "once", **moments},
    )
    address = f"/dossiers/{HOUSEHOLD}/parents/{CLAIRE}/session"

    refused = counter.desk.sends(address, at=address, slip_signed_on="2026-11-25")
    gone = counter.desk.sends(address, at=address, paper="passport", slip_signed_on="2026-11-25")

    assert refused.status_code == 422 and "Choisissez la pièce" in refused.text
    assert gone.location == "http://127.0.0.1:8610/guichet/entree?code=once"
    policy = counter.desk.client.get(address).headers["Content-Security-Policy"]
    assert "form-action 'self' http://127.0.0.1:8610" in policy


def test_a_code_opens_it_too_and_wrong_digits_are_said_in_words(counter: Counter) -> None:
    counter.signs_in("counter")
    counter.callees.answers("dossier", front_desk.open_dossier, opened)
    counter.callees.answers(
        "identity", accompanied_sessions.send_counter_code, lambda _: {"sent": True}
    )
    counter.callees.answers(
        "identity", accompanied_sessions.open_accompanied, sign_ins.WrongCredentials()
    )
    address = f"/dossiers/{HOUSEHOLD}/parents/{CLAIRE}"

    sent = counter.desk.sends(f"{address}/code", at=f"{address}/session")
    wrong = counter.desk.sends(
        f"{address}/session-par-code", at=f"{address}/session", six_digits="12"
    )

    assert "Six chiffres viennent d’être envoyés" in sent.text
    assert wrong.status_code == 422
    assert "Ce code ne convient pas" in wrong.text


LOST = f"/dossiers/{HOUSEHOLD}/parents/{CLAIRE}/double-verification"


def test_lost_factors_are_removed_once_a_paper_was_shown_and_the_page_says_what_is_to_do(
    counter: Counter,
) -> None:
    counter.signs_in("dossiers")
    counter.callees.answers("dossier", front_desk.open_dossier, opened)
    reset = {"reset": True, "notified": False}
    counter.callees.answers("identity", second_factors.reset_factors, lambda _request: reset)

    refused = counter.desk.sends(LOST, at=LOST)
    done = counter.desk.sends(LOST, at=LOST, paper="passport")

    assert refused.status_code == 422 and "Choisissez la pièce" in refused.text
    assert done.location == f"/dossiers/{HOUSEHOLD}"
    [asked] = [each[3] for each in counter.callees.asked if each[1] == "reset_factors"]
    assert (asked.guardian, asked.paper) == (CLAIRE, "passport")
    page = counter.desk.sees(f"/dossiers/{HOUSEHOLD}")
    assert "Aucune adresse e-mail n’est connue : dites-le" in page.replace("\u00a0", " ")


def test_while_identity_is_away_the_counter_reads_that_nothing_was_removed(
    counter: Counter,
) -> None:
    counter.signs_in("counter")
    counter.callees.answers("dossier", front_desk.open_dossier, opened)
    counter.callees.answers("identity", second_factors.reset_factors, Unavailable())

    answer = counter.desk.sends(LOST, at=LOST, paper="passport")

    assert answer.status_code == 503
    assert "Rien n’a été retiré" in answer.text


def test_who_hands_out_no_access_finds_no_page_to_remove_factors(counter: Counter) -> None:
    counter.signs_in("administrator")

    counter.desk.sees(LOST, status=404)
