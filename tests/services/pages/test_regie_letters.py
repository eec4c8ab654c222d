"""Letters on paper at the desk of a régie: counted, printed by round, had again."""

from pathlib import Path

from shared.contracts.billing.regie import letters as contracts
from shared.contracts.errors import Outdated
from tests.databases import Database
from tests.factories import letter_answers, regie_answers
from tests.factories import regie as make
from tests.factories.letter_answers import PRINT_RUN
from tests.factories.regie import Regisseur
from tests.factories.regie_answers import HOUSEHOLD, OTHER_HOUSEHOLD

PAGE, RUN = "/regie/courriers", f"/regie/courriers/{PRINT_RUN}"


def test_the_page_counts_first_and_offers_all_and_each_round(odile: Regisseur) -> None:
    page = odile.sees(PAGE)

    for shown in (
        "2 courriers", "Tout ce qui attend", "Factures de novembre 2026",
        "Relances du 20 décembre 2026", "1 à remettre en main propre", "28901",
        "adresse protégée : à remettre", "Déjà imprimés", "Odile Marchand",
    ):  # fmt: skip
        assert shown in page, shown


def test_letters_stand_by_round_and_postcode_in_whatever_order_billing_gives_them(
    odile: Regisseur,
) -> None:
    far, near, reminder = (
        letter_answers.waiting(OTHER_HOUSEHOLD, town="Zuydcoote", postcode="59123"),
        letter_answers.waiting(HOUSEHOLD, town="Aubeval", postcode="28990"),
        letter_answers.waiting(HOUSEHOLD, kind="reminder", round="reminders:2026-12-20"),
    )
    odile.billing(contracts.letters_to_print, {"next": "", "letters": [reminder, far, near]})

    page = odile.sees(PAGE)

    assert page.index("Aubeval") < page.index("Zuydcoote") < page.rindex("Démonstration")


def test_a_round_is_printed_in_the_order_that_was_chosen(odile: Regisseur) -> None:
    form = {"round": "bills:2026-11", "letters": "1", "total": "201339"}

    answer = odile.sends(f"{PAGE}?ordre=payer", **form)

    assert answer.location == RUN
    [asked] = odile.asked(contracts.print_letters)
    assert (asked.round, asked.letters, asked.order) == ("bills:2026-11", 1, "payer")


def test_what_changed_meanwhile_is_said_and_nothing_is_printed(odile: Regisseur) -> None:
    odile.billing(contracts.print_letters, Outdated())

    answer = odile.sends(PAGE, round="", letters="2", total="302006")

    assert answer.status_code == 409
    assert "Quelqu’un a changé cela entre-temps" in answer.text


def test_a_file_is_handed_over_as_billing_has_it(odile: Regisseur) -> None:
    assert "Ouvrir : 2 courriers" in odile.sees(RUN)

    answer = odile.desk.client.get(f"{RUN}/1.pdf")

    assert answer.data == b"%PDF-1.7 letters"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_file_that_is_no_longer_kept_is_prepared_again(odile: Regisseur) -> None:
    part = {"number": 1, "letters": 2, "ready": False, "being_made": False}
    whole = letter_answers.answers(HOUSEHOLD, OTHER_HOUSEHOLD)[contracts.read_print_run]
    odile.billing(contracts.read_print_run, whole | {"parts": [part]})
    odile.billing(contracts.print_file, contracts.NotLaidOutYet())
    assert "Préparer de nouveau" in odile.sees(RUN)

    early = odile.desk.client.get(f"{RUN}/1.pdf")
    again = odile.sends(f"{RUN}/encore")

    assert (early.status_code, early.location) == (303, RUN)
    assert (again.status_code, again.location) == (303, RUN)
    assert [asked.run_id for asked in odile.asked(contracts.print_again)] == [PRINT_RUN]


def test_a_household_that_asks_for_paper_is_noted_at_its_account(odile: Regisseur) -> None:
    account = regie_answers.account(by_email=True)
    odile.billing(regie_answers.contracts.payer_account, account)
    assert "Prévenu par e-mail." in odile.sees(f"/regie/payeurs/{HOUSEHOLD}")

    answer = odile.sends(f"{PAGE}/papier/{HOUSEHOLD}", paper="yes")

    assert answer.location == f"/regie/payeurs/{HOUSEHOLD}"
    [asked] = odile.asked(contracts.choose_paper)
    assert (asked.household_id, asked.paper) == (HOUSEHOLD, True)
    assert "ses courriers sont imprimés" in odile.sees(answer.location)


def test_who_does_not_hold_the_regie_finds_no_letters(database: Database, tmp_path: Path) -> None:
    with make.regisseur_on(database, tmp_path, "cook") as cook:
        for address in (PAGE, RUN, f"{RUN}/1.pdf"):
            assert cook.desk.client.get(address).status_code == 404
        assert cook.sends(PAGE, letters="1", total="1").status_code == 404
