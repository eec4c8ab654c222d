"""« Argent »: what is owed, in every state, from cards alone; to whose bills they are."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from services.portal_gateway.models import BillCard, Notice
from services.portal_gateway.session import provider_health
from services.portal_gateway.store import store
from shared.contracts.billing import bills
from shared.contracts.errors import NoAnswer
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import portal as make
from tests.factories import portal_bills as billed
from tests.factories.portal import CLAIRE, Child, Portal, main_of
from tests.factories.portal_bills import bill, payment

HOUSEHOLD = new_id()


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    """Give the portal, which knows Claire's family; everybody whom it asks is silent."""
    with make.portal_on(database, tmp_path) as portal:
        portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], Child())
        yield portal


def listed(browser: FlaskClient) -> str:
    answer = browser.get("/factures")
    assert answer.status_code == 200
    return main_of(answer.text)


def home(browser: FlaskClient) -> str:
    return main_of(browser.get("/").text)


def test_the_list_asks_nobody_and_names_who_is_paid_what_until_when(
    portal: Portal, browser: FlaskClient
) -> None:
    billed.receives_bills(portal, HOUSEHOLD, bill(7560))
    billed.receives_bills(portal, HOUSEHOLD, bill(2004, number="2026-AGG-000007"), provider="agg")

    raw = browser.get("/factures").text
    page = main_of(raw)

    assert "95,64 €" in page
    assert "À régler au plus tard le" in page
    assert "Service Enseignement octobre · n° 2026-ENS-000123" in billed.within_the_year(page)
    assert 'aria-label="Payer 75,60\u00a0€\u00a0: Service Enseignement"' in raw
    assert 'aria-label="Payer 20,04\u00a0€\u00a0: Sports de l’agglomération"' in raw
    assert portal.callees.asked == []


def test_of_two_due_days_the_amount_of_the_first_is_said_and_not_that_of_both(
    portal: Portal, browser: FlaskClient
) -> None:
    later = bill(2004, number="2026-ENS-000124", due_on=today() + timedelta(days=40))
    billed.receives_bills(portal, HOUSEHOLD, bill(), later)

    page = listed(browser)

    assert "À régler 95,64 € dont 75,60 € au plus tard le" in page
    assert "À régler au plus tard" not in page


def test_nothing_owed_and_no_bill_yet_are_said_apart(portal: Portal, browser: FlaskClient) -> None:
    nothing_yet = listed(browser)
    billed.receives_bills(portal, HOUSEHOLD, bill(state=bills.PAID))
    nothing_owed = listed(browser)

    assert "Aucune facture pour l’instant" in nothing_yet
    assert "Rien à payer" in nothing_owed


def test_what_is_late_says_so_and_how_much_of_a_part_is_left(
    portal: Portal, browser: FlaskClient
) -> None:
    late = bill(9000, balance_cents=4000, state=bills.OVERDUE, due_on=today() - timedelta(days=9))
    billed.receives_bills(portal, HOUSEHOLD, late, bill(7560, number="2026-ENS-000124"))

    page, first = listed(browser), home(browser)

    assert "dont 40,00 € en retard" in page
    assert "en retard : la date limite était le" in page
    assert "reste 40,00 € sur 90,00 €" in page
    assert "Régler 40,00 € : 1 facture la date limite était le" in first
    assert first.index("Régler 40,00 €") < first.index("Régler 75,60 €")


def test_of_a_bill_on_hold_nothing_presses_and_it_may_be_paid(
    portal: Portal, browser: FlaskClient
) -> None:
    passed = {"due_on": today() - timedelta(days=30), "state": bills.OVERDUE}
    billed.receives_bills(portal, HOUSEHOLD, bill(on_hold=True, **passed))

    page, first = listed(browser), home(browser)

    assert "À régler 75,60 € Rien ne presse" in page and "Payer 75,60 €" in page
    assert "en retard" not in page and "la date limite" not in page
    assert "Régler" not in first


def test_a_bill_is_late_the_day_after_its_due_date_though_no_new_card_came(
    portal: Portal, browser: FlaskClient
) -> None:
    billed.receives_bills(portal, HOUSEHOLD, bill(due_on=today() - timedelta(days=1)))

    assert "en retard" in listed(browser)


def test_a_payment_that_is_being_checked_is_not_owed_and_is_gone_on_with(
    portal: Portal, browser: FlaskClient
) -> None:
    billed.receives_bills(portal, HOUSEHOLD, bill(checking=True))

    page, first = listed(browser), home(browser)

    assert "paiement en cours de vérification" in page
    assert "Payer 75,60 €" not in page
    assert "Reprendre le paiement" in page
    assert "75,60 € : paiement en cours de vérification" in first
    assert "Régler" not in first


def test_a_refused_payment_says_why_and_that_nothing_was_taken(
    portal: Portal, browser: FlaskClient
) -> None:
    owed = bill()
    billed.receives_bills(portal, HOUSEHOLD, owed, payments=(payment(owed, bills.REFUSED),))

    page, first = listed(browser), home(browser)

    assert "La banque a refusé le paiement : rien n’a été débité." in page
    assert "La banque a refusé le paiement : rien n’a été débité." in first
    assert first.count("75,60 €") == 1  # the bill and its refused payment are one thing to do


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (bills.CANCELLED, "rien n’a été débité"),
        (bills.EXPIRED, "Si votre compte a été débité, ne payez pas de nouveau"),
    ],
    ids=["cancelled", "expired"],
)
def test_a_payment_that_the_family_left_itself_is_no_alarm(
    portal: Portal, browser: FlaskClient, state: str, said: str
) -> None:
    owed = bill()
    billed.receives_bills(portal, HOUSEHOLD, owed, payments=(payment(owed, state),))

    assert "débité" not in home(browser)
    assert said in listed(browser)


def test_what_went_to_the_treasury_is_not_paid_here(portal: Portal, browser: FlaskClient) -> None:
    billed.receives_bills(portal, HOUSEHOLD, bill(state=bills.TRANSFERRED))

    page = listed(browser)

    assert "transmise au Trésor public : elle ne se paie plus ici" in page
    assert "Payer 75,60 €" not in page


def overdue() -> dict[str, Any]:
    """Return what a bill says that was to be paid 26 days ago."""
    return {"due_on": today() - timedelta(days=26), "state": bills.OVERDUE}


@pytest.mark.parametrize(
    "owed",
    [
        lambda: {"checking": True},
        lambda: {"checking": True, **overdue()},
        lambda: {"checking": True, "debit_on": today() + timedelta(days=4)},
        lambda: {"state": bills.TRANSFERRED},
        lambda: {"balance_cents": 2000, "state": bills.PARTLY_PAID},
        overdue,
    ],
)
def test_while_anything_is_owed_no_page_says_that_nothing_is_to_pay(
    portal: Portal, browser: FlaskClient, owed: Callable[[], dict[str, Any]]
) -> None:
    settled = bill(state=bills.PAID, number="2026-ENS-000100")
    billed.receives_bills(portal, HOUSEHOLD, settled, bill(**owed()))

    assert "Rien à payer" not in listed(browser)


def test_a_payment_that_the_service_looks_at_is_not_yet_nothing_to_pay(
    portal: Portal, browser: FlaskClient
) -> None:
    paid = bill(state=bills.PAID)
    strange = payment(paid, bills.DISCREPANT)
    billed.receives_bills(portal, HOUSEHOLD, paid, payments=(strange,))

    page = listed(browser)

    assert "Rien à payer" not in page
    assert "Le service vérifie ce paiement" in page


def test_after_an_abandoned_payment_the_page_says_what_remains_to_pay_and_since_when(
    portal: Portal, browser: FlaskClient
) -> None:
    owed = bill(9072, checking=True, **overdue())
    soon = bill(2004, checking=True, number="2026-ENS-000124")
    billed.receives_bills(portal, HOUSEHOLD, owed, soon)
    billed.answers_bill(portal, owed)

    one = main_of(browser.get(f"/factures/{owed['invoice_id']}").text)
    for page in (listed(browser), one):
        assert "S’il n’aboutit pas, 90,72 € restent à payer : la date limite était le" in page
        assert "Reprendre le paiement" in page
    for page in (listed(browser), home(browser)):
        assert "S’il n’aboutit pas, 20,04 € restent à payer au plus tard le" in page


@pytest.mark.parametrize("state", [bills.REFUSED, bills.REVERSED])
@pytest.mark.parametrize("late", [False, True])
def test_a_rejected_debit_says_so_what_is_owed_and_until_when(
    portal: Portal, browser: FlaskClient, state: str, late: bool
) -> None:
    owed = bill(14752, **(overdue() if late else {}))
    rejected = payment(owed, state, means=bills.DEBIT)
    billed.receives_bills(portal, HOUSEHOLD, owed, payments=(rejected,))
    billed.answers_bill(portal, owed, payments=[rejected])

    first = home(browser)
    pages = first, listed(browser), main_of(browser.get(f"/factures/{owed['invoice_id']}").text)

    assert "Régler 147,52 € : 1 facture" in first and first.count("147,52 €") == 1
    assert ("la date limite était le" if late else "au plus tard le") in first
    for page in pages:
        assert "Votre banque a refusé le prélèvement." in page
        assert "débité" not in page
        assert page is first or "Payer 147,52 €" in page


def test_a_credit_is_said_with_the_service_that_holds_it(
    portal: Portal, browser: FlaskClient
) -> None:
    credited = bill(state=bills.CREDITED)
    billed.receives_bills(portal, HOUSEHOLD, credited, credit_cents=1240)

    page = listed(browser)

    assert "Service Enseignement sera déduite de votre prochaine facture" in page
    assert "12,40 €" in page
    assert "annulée par un avoir" in page


def test_a_bill_that_asks_back_an_advance_says_so_and_is_paid_like_any_other(
    portal: Portal, browser: FlaskClient
) -> None:
    billed.receives_bills(portal, HOUSEHOLD, bill(asks_back=True))

    page = listed(browser)

    assert "avance à rendre" in page and "Payer 75,60 €" in page


def test_what_is_settled_has_its_means_its_day_and_its_receipts(
    portal: Portal, browser: FlaskClient
) -> None:
    paid, twice = bill(state=bills.PAID), bill(state=bills.PAID, number="2026-ENS-000100")
    note = bill(-520, kind=bills.CREDIT_NOTE, number="2026-ENS-000125", state=bills.CREDITED)
    came = (
        payment(paid, means=bills.CHEQUE),
        payment(twice, receipt="2026-ENS-R-000002", cents=4000),
        payment(twice, receipt="2026-ENS-R-000003", cents=3560),
    )
    billed.receives_bills(portal, HOUSEHOLD, paid, twice, note, payments=came)

    page = listed(browser)

    assert "payée par chèque le" in page
    assert "payée en 2 fois" in page
    assert page.count("Reçu") == 3
    assert "avoir : en votre faveur" in page
    assert "−5,20 €" in page


def test_a_bill_that_was_paid_once_more_is_said_to_be_paid_by_what_came_first(
    portal: Portal, browser: FlaskClient
) -> None:
    paid = bill(state=bills.PAID)
    again = payment(paid, receipt="2026-ENS-R-000003")
    before = payment(paid, means=bills.CASH, at=now() - timedelta(hours=2))
    billed.receives_bills(portal, HOUSEHOLD, paid, payments=(again, before))

    page = listed(browser)

    assert "payée en espèces le" in page and "en 2 fois" not in page
    assert page.count("Reçu") == 2


def test_a_payment_that_does_not_agree_is_not_paid_again(
    portal: Portal, browser: FlaskClient
) -> None:
    owed = bill()
    strange = payment(owed, bills.DISCREPANT, cents=1500)
    billed.receives_bills(portal, HOUSEHOLD, owed, payments=(strange,))

    page = listed(browser)

    assert "Le service vérifie ce paiement : ne payez pas de nouveau." in page
    assert "Payer 75,60 €" not in page
    assert "À régler" not in page and "ne se paie pas en ligne" not in page
    assert "Régler" not in main_of(browser.get("/").text)
    form = main_of(browser.get(f"/factures/{owed['invoice_id']}/payer").text)
    assert "ne payez pas de nouveau" in form and "Continuer vers le paiement" not in form


def test_below_one_euro_and_without_a_client_number_nothing_is_offered_online(
    portal: Portal, browser: FlaskClient
) -> None:
    billed.receives_bills(portal, HOUSEHOLD, bill(80))
    billed.receives_bills(portal, HOUSEHOLD, bill(number="2026-MDQ-000001"), provider="mdq")

    page = listed(browser)

    assert page.count("ne se paie pas en ligne") == 2
    assert "Payer 0,80 €" not in page


def test_old_bills_wait_on_their_own_page(portal: Portal, browser: FlaskClient) -> None:
    many = [bill(number=f"2026-ENS-{at:06}", state=bills.PAID) for at in range(1, 10)]
    billed.receives_bills(portal, HOUSEHOLD, *many)

    page = browser.get("/factures").text

    assert page.count('class="bill over"') == 4
    assert 'href="/factures/passees"' in page


def test_each_household_of_one_child_sees_its_own_bills_only(portal: Portal) -> None:
    child, karim, theirs = Child("Manon"), new_id(), new_id()
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], child, version=2)
    portal.receives_guardian_card(karim, [theirs], child)
    billed.receives_bills(portal, HOUSEHOLD, bill(7560))
    billed.receives_bills(portal, theirs, bill(4210, number="2026-ENS-000200"))
    pages = {}
    for subject in (CLAIRE, karim):
        browser = portal.site.test_client()
        make.sign_in(browser, subject)
        pages[subject] = listed(browser) + home(browser)

    assert "75,60 €" in pages[CLAIRE]
    assert "42,10 €" not in pages[CLAIRE]
    assert "42,10 €" in pages[karim]
    assert "75,60 €" not in pages[karim]


def test_an_older_card_and_a_repeated_notice_change_nothing(
    portal: Portal, browser: FlaskClient
) -> None:
    billed.receives_bills(portal, HOUSEHOLD, bill(state=bills.PAID), version=3)
    billed.receives_bills(portal, HOUSEHOLD, bill(), version=2)
    for _ in range(2):
        billed.receives_notice(portal, HOUSEHOLD, "bill:1", "bill_paid", cents=7560)

    assert "Rien à payer" in listed(browser)
    with store.read() as read:
        assert len(list(read.scalars(select(Notice)))) == 1


def test_a_copy_of_the_database_shows_no_amount_and_no_number(portal: Portal) -> None:
    billed.receives_bills(portal, HOUSEHOLD, bill(123456))
    billed.receives_notice(portal, HOUSEHOLD, "bill:1", "bill_issued", number="2026-ENS-000123")

    with store.read() as read:
        rows = [*read.scalars(select(BillCard)), *read.scalars(select(Notice))]
        stored = repr([[getattr(row, c.key) for c in row.__table__.columns] for row in rows])

    assert len(rows) == 2
    assert "123456" not in stored
    assert "2026-ENS" not in stored


def test_news_of_bills_are_said_in_words(portal: Portal, browser: FlaskClient) -> None:
    due = (today() + timedelta(days=21)).isoformat()
    told = {"number": "2026-ENS-000123", "month": "2026-10", "cents": 7560, "due_on": due}
    billed.receives_notice(portal, HOUSEHOLD, "bill:1", "bill_issued", **told)
    billed.receives_notice(
        portal, HOUSEHOLD, "bill:2", "credit_note_issued", cents=-520, due_on=due
    )
    billed.receives_notice(portal, HOUSEHOLD, "paid:1", "bill_paid", cents=7560)
    rejected = {"number": "2026-ENS-000122", "cents": 3210, "means": "cheque"}
    billed.receives_notice(portal, HOUSEHOLD, "refused:1", "payment_refused", **rejected)
    of_no_bill = {"cents": 4000, "means": "transfer"}
    billed.receives_notice(portal, HOUSEHOLD, "refused:2", "payment_refused", **of_no_bill)
    billed.receives_notice(portal, HOUSEHOLD, "refused:3", "payment_refused", cents=9900)
    asked = {"number": "2026-ENS-000124", "month": "2026-12", "asks_back": True}
    billed.receives_notice(portal, HOUSEHOLD, "bill:3", "bill_issued", **asked)

    page, first = main_of(browser.get("/nouvelles").text), home(browser)

    assert "Une facture est arrivée" in page
    assert "octobre · n° 2026-ENS-000123" in billed.within_the_year(page)
    assert "avance à rendre · n° 2026-ENS-000124" in page
    assert page.count("à payer au plus tard le") == 1
    assert "Un avoir en votre faveur" in page
    assert "5,20 €" in page
    assert "−5,20 €" not in page
    assert "La banque a rejeté votre chèque de 32,10 €" in page
    assert page.count("la facture est de nouveau due") == 1
    assert "La banque a rejeté votre virement de 40,00 €" in page
    assert "Un paiement n’a pas abouti" in page and "99,00 €" in page
    assert "Votre paiement de 75,60 € est reçu" in first
    assert "Une facture est arrivée" not in first


def test_a_payment_is_not_said_to_be_received_any_more_once_the_bank_has_rejected_it(
    portal: Portal, browser: FlaskClient
) -> None:
    billed.receives_notice(portal, HOUSEHOLD, "bill_paid:1", "bill_paid", cents=3210)
    billed.receives_notice(portal, HOUSEHOLD, "bill_paid:2", "bill_paid", cents=4500)
    rejected = {"cents": 3210, "means": "cheque", "replaces": "bill_paid:1"}
    billed.receives_notice(portal, HOUSEHOLD, "refused:1", "payment_refused", **rejected)

    page, first = main_of(browser.get("/nouvelles").text), home(browser)

    assert "La banque a rejeté votre chèque de 32,10 €" in page
    assert "Votre paiement de 32,10 € est reçu" not in page + first
    assert "Votre paiement de 45,00 € est reçu" in page


def test_a_notice_of_a_provider_cannot_stand_in_the_way_of_billings(
    portal: Portal, browser: FlaskClient
) -> None:
    portal.receives_notice(make.ENS, HOUSEHOLD, "bill:1")

    billed.receives_notice(portal, HOUSEHOLD, "bill:1", "bill_issued", cents=7560)

    assert "Une facture est arrivée" in main_of(browser.get("/nouvelles").text)


def test_while_billing_is_silent_the_list_says_of_when_it_is(
    portal: Portal, browser: FlaskClient
) -> None:
    billed.receives_bills(portal, HOUSEHOLD, bill())
    provider_health.note_which_providers_answered([("billing", NoAnswer())], now())

    silent = listed(browser)
    billed.receives_bills(portal, HOUSEHOLD, bill(), version=2)
    back = listed(browser)

    assert "Voici d’après ce qu’elle disait aujourd’hui à" in silent
    assert "Payer 75,60 €" in silent
    assert "ne répond pas" not in back
