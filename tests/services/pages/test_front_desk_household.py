"""The household at the counter: each service shows its part by its own right, and acts by it."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from shared.contracts.billing import front_desk as at_billing
from shared.contracts.dossier import front_desk
from shared.contracts.enrolment import front_desk as contracts
from shared.contracts.errors import NotEntitled, NotFound, Refusal
from shared.contracts.identity import accounts
from shared.dates.clock import PARIS, now, today
from shared.runtime.ids import new_id
from tests.factories.enrolment import words
from tests.factories.front_desk.counter import HOUSEHOLD, Counter, opened

PAGE, ACT = f"/dossiers/{HOUSEHOLD}", f"/dossiers/{HOUSEHOLD}/jours"
ENS, AGG = "enrolment_ens", "enrolment_agg"
MANON = new_id()
ASKED = {"asked_by": "telephone", "reason": "family"}


def home(_request: Any = None) -> dict[str, Any]:
    found = opened(None)
    found["children"][0]["id"] = MANON
    return found


def in_days(count: int, clock: time = time(11, 30)) -> datetime:
    return datetime.combine(today() + timedelta(days=count), clock, PARIS)


def at_provider(activity: str, child: str = MANON, **more: Any) -> dict[str, Any]:
    group, session = new_id(), new_id()
    day = {
        "child_id": child, "session_id": session, "group_id": group, "starts_at": in_days(1),
        "ends_at": in_days(1, time(13)), "state": "booked", "acts": ["cancel", "excuse"],
        "counts": False,
    }  # fmt: skip
    return {
        "groups": [{"group_id": group, "activity": activity, "label": "Lundi", "site": "Ferry"}],
        "places": [
            {"child_id": child, "group_id": group, "valid_from": today(), "valid_to": None}
        ],
        "applications": [], "days": [day], "threads": [], "numbers": [], **more,
    }  # fmt: skip


def cell(provider: str, answer: dict[str, Any]) -> str:
    (day,) = answer["days"]
    return f"{provider} {day['child_id']} {day['session_id']}"


@pytest.fixture
def desk(counter: Counter) -> Counter:
    """Give the counter's agent who has rights at two providers too; the dossier opens Manon's."""
    counter.signs_in("counter", desks=["front_desk", "ens", "agg"])
    counter.callees.answers("dossier", front_desk.open_dossier, home)
    return counter


def shows(desk: Counter, principal: str, answer: Any) -> None:
    told = answer if isinstance(answer, Exception) else (lambda _request: answer)
    desk.callees.answers(principal, contracts.household_at_provider, told)


def test_each_service_shows_its_part_and_a_silent_one_says_so_in_its_own(desk: Counter) -> None:
    number = {"child_id": MANON, "name": "Claire Lefèvre", "phone": "0639980001"}
    thread = {"thread_id": new_id(), "title": "Le goûter", "last_at": now(), "to_answer": True}
    shows(desk, ENS, at_provider("Restauration", numbers=[number], threads=[thread]))

    page = words(desk.desk.sees(PAGE))

    assert "Manon · Restauration" in page and "réservé" in page
    assert "Le goûter" in page and "attend une réponse" in page
    assert "06 39 98 00 01" in page
    assert "Sports de l’agglomération ne répond pas en ce moment." in page
    assert "Sans les séances de ce service, qui ne répond pas : Sports" in page
    assert "La facturation ne répond pas en ce moment" in page
    assert desk.callees.rounds == 2  # the dossier, then all others at once


def test_a_child_that_leaves_the_town_is_said_to_until_when(counter: Counter) -> None:
    counter.signs_in("counter", desks=["front_desk"])
    leaving = home()
    leaving["children"][0]["leaves_after"] = date(2027, 1, 31)
    counter.callees.answers("dossier", front_desk.open_dossier, lambda _request: leaving)

    assert "quitte la ville après le 31 janvier 2027" in words(counter.desk.sees(PAGE))


def test_who_has_no_right_at_a_service_is_shown_nothing_of_it(desk: Counter) -> None:
    shows(desk, ENS, NotEntitled())
    shows(desk, AGG, NotEntitled())
    desk.callees.answers("billing", at_billing.accounts_at_counter, NotEntitled())

    page = words(desk.desk.sees(PAGE))

    assert "Chez les services" not in page and "Cette semaine" not in page


def test_who_has_rights_at_the_front_desk_alone_asks_no_service(counter: Counter) -> None:
    counter.signs_in("counter", desks=["front_desk"])
    counter.callees.answers("dossier", front_desk.open_dossier, home)

    counter.desk.sees(PAGE)

    assert {to for to, *_ in counter.callees.asked} == {"dossier"}


def test_a_child_whom_the_dossier_does_not_open_is_not_on_the_page(desk: Counter) -> None:
    shows(desk, ENS, at_provider("Restauration", child=new_id()))

    page = words(desk.desk.sees(PAGE))

    assert "Restauration" not in page


def test_bills_are_shown_with_what_is_left_to_pay(desk: Counter) -> None:
    bill = {
        "invoice_id": new_id(), "number": "2026-ENS-000001", "kind": "invoice",
        "month": "2026-10", "issued_on": today(), "due_on": today(), "total_cents": 9072,
        "balance_cents": 4072, "state": "partly_paid", "checking": False,
    }  # fmt: skip
    account = {"provider": "ens", "owed_cents": 4072, "credit_cents": 0, "bills": [bill]}
    desk.callees.answers(
        "billing", at_billing.accounts_at_counter, lambda _request: {"accounts": [account]}
    )

    page = words(desk.desk.sees(PAGE))

    assert "Reste à payer : 40,72 €" in page
    assert "2026-ENS-000001" in page and "90,72 €" in page and "payée en partie" in page


def test_of_a_bill_on_hold_the_counter_reads_that_nothing_presses(desk: Counter) -> None:
    bill = {
        "invoice_id": new_id(), "number": "2026-ENS-000001", "kind": "invoice",
        "month": "2026-10", "issued_on": today(), "due_on": today(), "total_cents": 9072,
        "balance_cents": 9072, "state": "due", "checking": False, "on_hold": True,
    }  # fmt: skip
    account = {"provider": "ens", "owed_cents": 9072, "credit_cents": 0, "bills": [bill]}
    desk.callees.answers(
        "billing", at_billing.accounts_at_counter, lambda _request: {"accounts": [account]}
    )

    page = words(desk.desk.sees(PAGE))

    assert "rien ne presse" in page and "à payer avant le" not in page


def test_one_act_goes_to_every_service_at_once_and_says_what_each_did(desk: Counter) -> None:
    canteen, judo = at_provider("Restauration"), at_provider("Judo")
    shows(desk, ENS, canteen)
    shows(desk, AGG, judo)
    for principal in (ENS, AGG):
        done = lambda _request: {"changed": 1}  # noqa: E731
        desk.callees.answers(principal, contracts.change_household_days, done)

    both = [cell("ens", canteen), cell("agg", judo)]
    sent = desk.desk.sends(ACT, at=PAGE, act="cancel", cell=both, order=new_id(), **ASKED)

    assert sent.status_code == 303 and sent.location.endswith(f"{PAGE}#confirmation")
    asked = [request for _, name, _, request in desk.callees.asked if name.startswith("change")]
    assert [(each.act, each.asked_by, len(each.cells)) for each in asked] == [
        ("cancel", "telephone", 1)
    ] * 2
    page = words(desk.desk.sees(PAGE))
    assert "Annulé : 1 séance (Service Enseignement)." in page
    assert "Annulé : 1 séance (Sports de l’agglomération)." in page


def test_what_a_service_refuses_stays_ticked_with_its_reason_and_the_rest_is_done(
    desk: Counter,
) -> None:
    canteen, judo = at_provider("Restauration"), at_provider("Judo")
    shows(desk, ENS, canteen)
    shows(desk, AGG, judo)
    desk.callees.answers(ENS, contracts.change_household_days, lambda _request: {"changed": 1})
    full = [[MANON, judo["days"][0]["session_id"], "full"]]
    desk.callees.answers(AGG, contracts.change_household_days, contracts.DaysRefused(cells=full))

    both = [cell("ens", canteen), cell("agg", judo)]
    sent = desk.desk.sends(ACT, at=PAGE, act="book", cell=both, order=new_id(), **ASKED)

    page = words(sent.text)
    assert sent.status_code == 422
    assert "Réservé : 1 séance (Service Enseignement)." in page
    assert "Manon, Judo, " in page and "Plus de place" in page
    assert "Accepter au-delà des places" in page
    assert f'value="{both[1]}" checked' in sent.text
    assert f'value="{both[0]}" checked' not in sent.text


@pytest.mark.parametrize("refusal", [NotFound(), NotEntitled()])
def test_where_one_service_has_done_its_part_the_page_says_so_and_where_nothing_changed(
    desk: Counter, refusal: Refusal
) -> None:
    canteen, judo = at_provider("Restauration"), at_provider("Judo")
    shows(desk, ENS, canteen)
    shows(desk, AGG, judo)
    desk.callees.answers(ENS, contracts.change_household_days, lambda _request: {"changed": 1})
    desk.callees.answers(AGG, contracts.change_household_days, refusal)

    both = [cell("ens", canteen), cell("agg", judo)]
    sent = desk.desk.sends(ACT, at=PAGE, act="cancel", cell=both, order=new_id(), **ASKED)

    page = words(sent.text)
    assert sent.status_code == 422
    assert "Annulé : 1 séance (Service Enseignement)." in page
    assert "Sports de l’agglomération : rien n’a changé." in page
    assert f'value="{both[0]}" checked' not in sent.text


def test_an_act_that_a_service_did_not_answer_is_done_once_however_often_it_is_sent(
    desk: Counter,
) -> None:
    canteen = at_provider("Restauration")
    shows(desk, ENS, canteen)
    form = {"act": "cancel", "cell": cell("ens", canteen), "order": new_id(), **ASKED}

    sent = [desk.desk.sends(ACT, at=PAGE, **form) for _ in range(2)]
    other = desk.desk.sends(ACT, at=PAGE, **form | {"act": "excuse"})

    assert [each.status_code for each in (*sent, other)] == [503] * 3
    assert "on ne sait pas encore si c’est fait" in words(sent[0].text)
    assert f'value="{form["cell"]}" checked' in sent[0].text
    ids = [key for _, name, key, _ in desk.callees.asked if name == "change_household_days"]
    assert ids[0] == ids[1] != ids[2]


def test_a_form_with_something_missing_asks_no_service_and_says_what(desk: Counter) -> None:
    shows(desk, ENS, at_provider("Restauration"))

    sent = desk.desk.sends(ACT, at=PAGE, act="cancel", asked_by="", reason="x")

    page = words(sent.text)
    assert sent.status_code == 422
    assert "Cochez au moins une séance." in page and "Dites qui l’a demandé." in page
    assert desk.callees.count(contracts.change_household_days) == 0


def test_a_child_or_a_service_that_is_not_the_agents_is_no_page(desk: Counter) -> None:
    canteen = at_provider("Restauration")
    shows(desk, ENS, canteen)
    (day,) = canteen["days"]
    strange = (
        f"ens {new_id()} {day['session_id']}",
        f"museum {MANON} {day['session_id']}",
    )

    for named in strange:
        sent = desk.desk.sends(ACT, at=PAGE, act="cancel", cell=named, order=new_id(), **ASKED)
        assert sent.status_code == 404
    desk.callees.answers(ENS, contracts.change_household_days, NotFound())
    own = cell("ens", canteen)
    refused = desk.desk.sends(ACT, at=PAGE, act="cancel", cell=own, order=new_id(), **ASKED)
    assert refused.status_code == 404


def test_of_a_household_that_may_not_be_opened_nothing_is_asked_or_done(desk: Counter) -> None:
    canteen = at_provider("Restauration")
    shows(desk, ENS, canteen)
    desk.desk.sees(PAGE)
    desk.callees.answers("dossier", front_desk.open_dossier, NotFound())
    asked = len(desk.callees.asked)

    form = {"act": "cancel", "cell": cell("ens", canteen), "order": new_id(), **ASKED}
    assert desk.desk.sends(ACT, at="/", **form).status_code == 404
    desk.desk.sees(PAGE, status=404)

    assert {to for to, *_ in desk.callees.asked[asked:]} == {"dossier"}


# The search


def test_a_bills_number_leads_to_its_household_where_the_agent_holds_the_regie(
    desk: Counter,
) -> None:
    desk.callees.answers(
        "billing", at_billing.payer_of_bill, lambda _request: {"household_id": HOUSEHOLD}
    )

    found = desk.desk.sends("/chercher", at="/", name="2026-ENS-000001")

    assert (found.status_code, found.location) == (303, PAGE)
    assert desk.callees.count(front_desk.find_dossiers) == 0


@pytest.mark.parametrize("refusal", [NotFound(), NotEntitled()])
def test_a_bill_that_the_agent_may_not_see_is_as_one_that_there_is_not(
    desk: Counter, refusal: Refusal
) -> None:
    desk.callees.answers("billing", at_billing.payer_of_bill, refusal)

    sent = desk.desk.sends("/chercher", at="/", name="2026-ENS-000001")

    assert sent.status_code == 422
    assert "Aucune facture de vos régies ne porte ce numéro." in words(sent.text)


def test_a_parents_e_mail_finds_whom_the_dossier_shows_for_who_may_look_it_up(
    counter: Counter,
) -> None:
    counter.signs_in("dossiers", desks=["front_desk"])
    claire = new_id()
    line = {"household_id": HOUSEHOLD, "child_id": None, "name": "Claire Lefèvre", "born": "2019",
            "insee": "", "guardians": []}  # fmt: skip
    counter.callees.answers(
        "dossier", front_desk.find_dossiers, lambda _: {"found": [line], "more": False}
    )
    counter.callees.answers(
        "identity", accounts.guardian_by_email, lambda _: {"guardian_id": claire}
    )

    page = words(counter.desk.sends("/chercher", at="/", name="claire@example.org").text)

    assert "Claire Lefèvre" in page
    asked = counter.callees.asked[-1][3]
    assert asked.account == claire
    assert "@" not in str(asked), "the dossier is told of no address"


def test_an_address_of_nobody_asks_the_dossier_for_nobody(counter: Counter) -> None:
    counter.signs_in("dossiers", desks=["front_desk"])
    counter.callees.answers("identity", accounts.guardian_by_email, lambda _: {"guardian_id": None})

    page = words(counter.desk.sends("/chercher", at="/", name="claire@example.org").text)

    assert "Personne ne porte ce nom" in page
    assert "Une nouvelle famille crée elle-même son dossier" in page
    assert counter.callees.count(front_desk.find_dossiers) == 0


def test_who_may_not_look_addresses_up_seeks_a_name(counter: Counter) -> None:
    counter.signs_in("counter", desks=["front_desk"])
    counter.callees.answers(
        "dossier", front_desk.find_dossiers, lambda _: {"found": [], "more": False}
    )

    counter.desk.sends("/chercher", at="/", name="claire@example.org")

    assert counter.callees.count(accounts.guardian_by_email) == 0
