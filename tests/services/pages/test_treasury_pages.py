"""The régisseur's pages of public finance: lots are looked at and ordered, returns read."""

import io
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.billing import debits
from shared.contracts.billing.debits import NoBankingDay, TooEarly
from shared.contracts.billing.regie import treasury as contracts
from shared.contracts.billing.regie.treasury import LotUnderWay, PesRefused, ReturnUnreadable
from shared.contracts.errors import NoAnswer, Outdated, Refusal, TooLarge
from shared.dates.clock import today
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import regie as make
from tests.factories import treasury_answers as answers
from tests.factories.portal import main_of
from tests.factories.regie import Regisseur
from tests.factories.treasury_answers import DEBIT, LOT, RETURN, ROW
from tests.factories.treasury_answers import RUN as DEBITED

PREPARE, READ = "/regie/tresor/preparer", "/regie/tresor/retours/lire"
NAMES = "/regie/tresor/debiteurs"
SHOWN = {"days": "30", "reminders": "1", "bills": "3", "total": str(answers.HANDED)}


@pytest.fixture
def odile(database: Database, tmp_path: Path) -> Iterator[Regisseur]:
    with make.regisseur_on(database, tmp_path) as regisseur:
        yield regisseur


def reads(odile: Regisseur, content: bytes) -> Any:
    return odile.sends(READ, file=(io.BytesIO(content), "retour.csv"))


def test_what_was_on_the_screen_is_what_is_handed_over(odile: Regisseur) -> None:
    page = odile.sees(f"{PREPARE}?days=30&reminders=1")
    assert "Remettre 3 factures" in page and "moins de 15 €" in page.replace("\u00a0", " ")

    answer = odile.sends(PREPARE, **SHOWN)

    assert answer.location == f"/regie/tresor/lots/{LOT}"
    [request] = odile.asked(contracts.order_lot)
    assert (request.overdue_days, request.reminders) == (30, 1)
    assert (request.bills, request.total_cents) == (3, answers.HANDED)


@pytest.mark.parametrize(
    ("refusal", "sentence"),
    [(Outdated(), "Quelqu’un a changé cela"), (LotUnderWay(), "en train de partir")],
)
def test_a_lot_that_is_refused_is_shown_again_and_says_why(
    odile: Regisseur, refusal: Any, sentence: str
) -> None:
    odile.billing(contracts.order_lot, refusal)

    answer = odile.sends(PREPARE, **SHOWN)

    assert answer.status_code == 409 and sentence in answer.text


def test_a_limit_that_is_no_number_is_said_beside_its_field(odile: Regisseur) -> None:
    page = odile.sees(f"{PREPARE}?days=trente", 422)

    assert "Écrivez un nombre entre 0 et 400." in page.replace("\u00a0", " ")
    assert odile.asked(contracts.preview_lot) == []


def test_civilities_and_first_names_are_written_for_those_who_were_ticked(odile: Regisseur) -> None:
    waiting = answers.debtor(new_id(), "Claire Lefèvre"), answers.debtor(new_id(), "Jo Martin")
    odile.billing(contracts.preview_lot, answers.preview(debtors=list(waiting)))
    page = odile.sees(f"{PREPARE}?days=30&reminders=1")
    assert "2 personnes à compléter" in page.replace("\u00a0", " ")
    form = {
        **{f"debtors-0-{name}": value for name, value in waiting[0].items()},
        **{f"debtors-1-{name}": value for name, value in waiting[1].items()},
        "debtors-1-civility": contracts.SIR,
        "debtors-1-first_name": " Joseph ",
    }

    answer = odile.sends(NAMES, days="30", reminders="1", **form)

    assert answer.location == f"{PREPARE}?regie=ens&days=30&reminders=1"
    [request] = odile.asked(contracts.name_debtors)
    assert (request.regie, request.debtors) == (
        "ens",
        [{**waiting[1], "civility": contracts.SIR, "first_name": "Joseph"}],
    )


def test_where_nothing_can_leave_for_want_of_civilities_the_page_says_so(odile: Regisseur) -> None:
    waiting = [answers.debtor(new_id(), "Claire Lefèvre")]
    odile.billing(contracts.preview_lot, answers.preview(bills=0, debtors=waiting))

    page = odile.sees(f"{PREPARE}?days=30&reminders=1").replace("\u00a0", " ")

    assert "complétez d’abord les civilités" in page and "moins de jours de retard" not in page


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "Cochez Madame ou Monsieur"),
        ({"civility": contracts.MADAM, "first_name": " "}, "Écrivez le prénom."),
        ({"civility": contracts.MADAM, "last_name": "M" * 39}, "Au plus 38 caractères."),
    ],
    ids=["nobody ticked", "no first name", "too long"],
)
def test_what_is_missing_of_a_debtor_is_said_beside_its_field_and_the_rest_stays(
    odile: Regisseur, typed: dict[str, str], sentence: str
) -> None:
    debtor = answers.debtor(new_id(), "Claire Lefèvre")
    odile.billing(contracts.preview_lot, answers.preview(debtors=[debtor]))
    row = {f"debtors-0-{name}": value for name, value in {**debtor, **typed}.items()}

    answer = odile.sends(NAMES, days="30", reminders="1", **row)

    assert answer.status_code == 422 and sentence in answer.text.replace("\u00a0", " ")
    assert 'value="Lefèvre"' in answer.text or "M" * 39 in answer.text
    assert odile.asked(contracts.name_debtors) == []


def test_a_file_in_several_parts_comes_whole(odile: Regisseur) -> None:
    whole = b"format;version\r\n" * 10
    first, second = answers.file(whole[:100], parts=2), answers.file(whole[100:], parts=2)
    for part in (first, second):
        part["sha256"] = answers.file(whole)["sha256"]
    odile.callees.answers(
        "billing", contracts.lot_file, lambda request: second if request.part else first
    )

    answer = odile.desk.client.get(f"/regie/tresor/lots/{LOT}/fichier.csv")

    assert answer.data == whole
    assert "lot-2026-ENS-L-000003.csv" in answer.headers["Content-Disposition"]


def test_a_pes_file_that_does_not_pass_is_not_handed_over_and_the_page_says_why(
    odile: Regisseur,
) -> None:
    odile.billing(contracts.lot_file, PesRefused(why="unusable"))

    answer = odile.desk.client.get(f"/regie/tresor/lots/{LOT}/fichier.pes")

    assert answer.status_code == 409 and "Le schéma officiel est illisible" in answer.text


def test_what_is_larger_than_a_message_is_said_to_be_too_long_or_to_be_our_fault(
    odile: Regisseur,
) -> None:
    odile.billing(contracts.lots, TooLarge(what="request", bytes=300_000))
    sent = odile.sees("/regie/tresor", 413)
    odile.billing(contracts.lots, TooLarge(what="answer", bytes=300_000, request_id="x"))
    answered = odile.sees("/regie/tresor", 500)

    assert "C’est trop long" in sent
    assert "Quelque chose n’a pas marché chez nous" in answered


def test_a_lot_says_by_which_schema_its_pes_file_is_checked(odile: Regisseur) -> None:
    assert "notre schéma seulement" in odile.sees(f"/regie/tresor/lots/{LOT}")

    odile.billing(contracts.read_lot, answers.whole_lot(pes="unusable"))

    page = odile.sees(f"/regie/tresor/lots/{LOT}")
    assert "le schéma officiel est illisible" in page and "fichier.pes" not in page


def test_a_return_is_read_and_its_rows_are_shown(odile: Regisseur) -> None:
    answer = reads(odile, "\N{ZERO WIDTH NO-BREAK SPACE}clé;é".encode())

    assert answer.location == f"/regie/tresor/retours/{RETURN}"
    [request] = odile.asked(contracts.read_return)
    assert (request.regie, request.content) == ("ens", "clé;é")
    assert "facture inconnue" in odile.sees(answer.location)


def test_a_return_that_is_none_says_what_it_lacks(odile: Regisseur) -> None:
    assert "Choisissez le fichier" in reads(odile, b"").text
    odile.billing(contracts.read_return, ReturnUnreadable(why="columns"))

    answer = reads(odile, b"a;b")

    assert answer.status_code == 422 and "Les colonnes ne sont pas celles" in answer.text


def test_a_row_without_effect_waits_until_it_is_said_to_be_seen(odile: Regisseur) -> None:
    assert "plus que ce qui est dû" in odile.sees("/regie/tresor/retours/a-regarder")

    odile.sends(f"/regie/tresor/retours/a-regarder/{ROW}", act=new_id())

    assert [request.row_id for request in odile.asked(contracts.see_row)] == [ROW]


def test_billings_silence_is_said_and_nothing_is_lost(odile: Regisseur) -> None:
    odile.billing(contracts.order_lot, NoAnswer())

    answer = odile.sends(PREPARE, **SHOWN)

    assert answer.status_code == 503 and 'value="30"' in answer.text


# Direct debit


def test_what_was_shown_is_debited_and_a_reject_is_noted(odile: Regisseur) -> None:
    page = odile.sees("/regie/prelevements/preparer")
    assert "Prélever 1 facture" in page
    day = today().isoformat()

    run = odile.sends("/regie/prelevements/preparer", day=day, debits="1", total="201339")

    assert run.location == f"/regie/prelevements/{DEBITED}"
    assert "FRST" in odile.sees(run.location)
    unsaid = odile.sends(f"{run.location}/rejet/{DEBIT}", reason="")
    assert unsaid.status_code == 422 and "Choisissez le motif du rejet" in unsaid.text
    odile.sends(f"{run.location}/rejet/{DEBIT}", reason="AM04")
    [request] = odile.asked(debits.reject_debit)
    assert (request.payment_id, request.reason) == (DEBIT, "AM04")


@pytest.mark.parametrize(
    ("refused", "said"),
    [
        (TooEarly(), "C’est trop tôt"),
        (NoBankingDay(next="2026-12-28"), "Le jour suivant : lundi 28 décembre 2026."),
    ],
    ids=["no-notice", "banks-closed"],
)
def test_a_day_on_which_nobody_is_debited_is_refused_beside_its_field(
    odile: Regisseur, refused: Refusal, said: str
) -> None:
    odile.billing(debits.order_debits, refused)
    day = today().isoformat()

    answer = odile.sends("/regie/prelevements/preparer", day=day, debits="1", total="201339")

    assert answer.status_code == 409 and 'id="day-mistake"' in answer.text
    assert said in main_of(answer.text)


def test_what_needs_the_key_of_accounts_says_that_it_is_another_and_whom_to_tell(
    odile: Regisseur,
) -> None:
    """Billing answers all else: nothing of it is said to be away."""
    for method in (debits.preview_debits, debits.order_debits, debits.debit_file):
        odile.billing(method, debits.AccountsUnreadable())
    prepare, day = "/regie/prelevements/preparer", today().isoformat()

    pages = [
        odile.sees(prepare, 503),
        odile.sees(f"/regie/prelevements/{DEBITED}/fichier.xml", 503),
        main_of(odile.sends(prepare, day=day, debits="1", total="201339").text),
    ]

    for page in pages:
        assert "Les prélèvements sont arrêtés" in page and "a une autre clé" in page
        assert "Prévenez la DSI" in page and "preau doctor" in page
        assert "ne répond pas" not in page


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        ({"earliest": date(2027, 1, 4)}, "C’est trop tôt"),
        ({"banks_collect_on": date(2026, 12, 28)}, "Le jour suivant : lundi 28 décembre 2026."),
    ],
    ids=["no-notice", "banks-closed"],
)
def test_no_debit_is_offered_on_a_day_that_would_be_refused(
    odile: Regisseur, seen: dict[str, date], said: str
) -> None:
    christmas = date(2026, 12, 25)
    odile.billing(debits.preview_debits, answers.seen_on(christmas, **seen))

    page = odile.sees("/regie/prelevements/preparer?day=2026-12-25")

    assert said in page and "Choisissez un autre jour" in page
    assert "Prélever 1 facture" not in page


def test_another_reason_for_a_reject_that_is_noted_is_refused_in_words(odile: Regisseur) -> None:
    odile.billing(debits.reject_debit, Outdated())

    answer = odile.sends(f"/regie/prelevements/{DEBITED}/rejet/{DEBIT}", reason="AC04")

    assert answer.status_code == 409
    assert "Ce rejet est déjà noté, pour un autre motif" in answer.text


def test_a_run_is_confirmed_from_its_day_on(odile: Regisseur) -> None:
    address, taken = f"/regie/prelevements/{DEBITED}", "La banque a prélevé"

    tomorrow = answers.debits_answers(today() + timedelta(days=1))
    odile.billing(debits.read_debits, tomorrow[debits.read_debits])
    before = odile.sees(address)
    odile.billing(debits.confirm_debits, TooEarly())
    refused = odile.sends(f"{address}/pris")
    odile.billing(debits.read_debits, answers.debits_answers()[debits.read_debits])
    on_its_day = odile.sees(address)

    assert taken not in before and "vous direz ici que la banque a prélevé" in before
    assert "prévu" in before and "en cours de vérification" not in before
    assert refused.status_code == 409 and "n’est pas encore venu" in refused.text
    assert taken in on_its_day
