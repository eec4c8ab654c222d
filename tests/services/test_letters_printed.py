"""Bills and reminders on paper: of whom no e-mail reaches, each once, in one tagged file."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from services.billing.letters.commands.printing import drop_old_files
from services.billing.letters.queries import unprinted_letters
from services.billing.letters.rules.envelopes import PER_FILE
from services.billing.models import DeceasedPayer, HouseholdOnHold, Invoice
from services.billing.store import store
from shared.contracts.billing.regie import letters as contracts
from shared.contracts.billing.regie import payers as regie
from shared.contracts.errors import NotFound, Outdated
from shared.dates.clock import now, today
from tests.databases import Database
from tests.factories import billing as make
from tests.factories import documents, pdf, runs
from tests.factories import letters as post
from tests.factories.runs import home
from tests.night import size


@pytest.fixture
def billing(database: Database, tmp_path: Path) -> Iterator[Any]:
    """Give billing of the demo town on a fresh database, with the portal's address."""
    with documents.billing_on(database, tmp_path) as billing:
        yield billing


def payers() -> list[str]:
    return [letter["payer"] for letter in post.waiting()]


# --- Who waits ---


def test_a_bill_waits_for_paper_where_no_adult_of_the_household_is_reached_by_email(
    billing: Any,
) -> None:
    post.billed(1)
    post.billed(2)

    post.reached(2)

    assert payers() == ["Famille 1"]
    [letter] = post.waiting()
    assert (letter["kind"], letter["postcode"], letter["cents"]) == ("invoice", "28901", 660)


def test_who_is_reached_by_email_later_leaves_the_list_and_comes_back_when_it_ends(
    billing: Any,
) -> None:
    post.billed(1)
    post.reached(1, version=2)
    assert payers() == []

    post.reached(1, by_email=False, version=1)  # an older word that comes late
    assert payers() == []
    post.reached(1, by_email=False, version=3)

    assert payers() == ["Famille 1"]


def test_a_household_that_asked_for_paper_is_printed_whatever_reaches_it(billing: Any) -> None:
    post.billed(1)
    post.reached(1)
    chosen: dict[str, Any] = {"household_id": home(1), "paper": True}

    make.ask(make.holder(), contracts.choose_paper, **chosen)
    make.ask(make.holder(), contracts.choose_paper, **chosen)

    assert payers() == ["Famille 1"]
    account = make.ask(make.holder(), regie.payer_account, household_id=home(1))
    assert (account.by_email, account.paper) == (True, True)
    make.ask(make.holder(), contracts.choose_paper, **chosen | {"paper": False})
    assert payers() == []


def test_what_was_paid_before_it_was_printed_needs_no_letter(billing: Any) -> None:
    bill = post.billed(1)
    documents.payment(home(1), bill, 660)

    assert payers() == []


def test_nothing_is_printed_for_who_died_or_whose_file_is_held(billing: Any) -> None:
    for number in (1, 2, 3):
        post.billed(number)
    make.household_published(1, 2, guardians=[])
    with store.write() as write:
        dead: dict[str, Any] = {"subject": make.guardian(1).subject, "died_on": today()}
        write.add(DeceasedPayer(household_id=home(1), name="Famille 1", **dead))
        write.add(HouseholdOnHold(child_id=runs.child(20), household_id=home(2)))

    assert payers() == ["Famille 3"]


def test_the_regie_of_another_provider_sees_and_prints_none_of_it(billing: Any) -> None:
    post.billed(1)
    other = make.holder(make.AGG, "agg")
    run_id = post.printed()
    post.laid_out()

    assert make.ask(other, contracts.letters_to_print).letters == []
    assert make.ask(other, contracts.print_runs).runs == []
    asked: list[tuple[Any, dict[str, Any]]] = [
        (contracts.read_print_run, {}),
        (contracts.print_file, {"number": 1}),
        (contracts.print_again, {}),
    ]
    for method, more in asked:
        with pytest.raises(NotFound):
            make.ask(other, method, run_id=run_id, **more)


def test_each_bill_that_waits_is_read_once_or_twice_however_many_pages_there_are(
    billing: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unprinted_letters, "PAGE", 3)
    monkeypatch.setattr(unprinted_letters, "HOUSEHOLDS", 2)
    monkeypatch.setattr(contracts, "PAGE", 3)
    bills = [post.billed(number) for number in range(1, 13) for _month in range(number % 2 + 1)]
    read: list[object] = []

    def note(bill: object, _context: object) -> None:
        read.append(bill)

    event.listen(Invoice, "load", note)
    listed = post.waiting()
    event.remove(Invoice, "load", note)

    assert len(listed) == len(bills) == 18
    assert len({letter["numbers"][0] for letter in listed}) == 18
    assert len(read) <= 2 * len(bills)


# --- Once ---


def test_what_was_printed_waits_no_more_and_says_who_printed_it_and_when(billing: Any) -> None:
    post.billed(1)
    post.billed(2)

    run_id = post.printed()

    assert post.waiting() == []
    [run] = make.ask(make.holder(), contracts.print_runs).runs
    assert (run["run_id"], run["letters"], run["by_hand"]) == (run_id, 2, 0)
    assert abs(run["printed_at"] - now()) < timedelta(minutes=5)


def test_of_two_agents_who_press_at_once_one_prints(billing: Any) -> None:
    post.billed(1)
    asked: dict[str, Any] = {"letters": 1, "total_cents": 660}
    make.ask(make.holder(), contracts.print_letters, **asked)

    with pytest.raises(Outdated):
        make.ask(make.holder(), contracts.print_letters, **asked)

    assert len(make.ask(make.holder(), contracts.print_runs).runs) == 1


def test_of_two_agents_who_press_in_the_same_moment_in_different_orders_one_prints(
    billing: Any,
) -> None:
    for number in range(1, 41):
        post.billed(number, f"{28999 - number}")
    asked: dict[str, Any] = {"letters": 40, "total_cents": 40 * 660}
    ready, came = threading.Barrier(2), list[object]()

    def presses(order: str) -> None:
        ready.wait()
        try:
            make.ask(make.holder(), contracts.print_letters, order=order, **asked)
            came.append("printed")
        except Exception as refusal:
            came.append(type(refusal))

    both = [threading.Thread(target=presses, args=(order,)) for order in contracts.ORDERS]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()

    assert set(came) == {"printed", Outdated}
    [run] = make.ask(make.holder(), contracts.print_runs).runs
    assert run["letters"] == 40


def test_runs_are_listed_with_their_own_counts_the_latest_first(billing: Any) -> None:
    post.billed(1)
    first = post.printed()
    for number in (2, 3):
        post.billed(number)
    post.protected(3)
    second = post.printed()

    runs_seen = make.ask(make.holder(), contracts.print_runs).runs

    assert [(run["run_id"], run["letters"], run["by_hand"]) for run in runs_seen] == [
        (second, 2, 1),
        (first, 1, 0),
    ]


def test_a_bill_that_came_in_between_is_shown_before_it_is_printed(billing: Any) -> None:
    post.billed(1)
    post.billed(2)

    with pytest.raises(Outdated):
        make.ask(make.holder(), contracts.print_letters, letters=1, total_cents=660)

    assert payers() == ["Famille 1", "Famille 2"]


def test_a_round_is_printed_alone(billing: Any) -> None:
    post.billed(1)
    post.reminded(post.overdue(2))
    rounds = {letter["round"] for letter in post.waiting() if letter["payer"] == "Famille 2"}
    [reminders] = [name for name in rounds if name.startswith("reminders")]

    post.printed(reminders)

    assert "reminder" not in {letter["kind"] for letter in post.waiting()}
    assert "Famille 1" in payers()


def test_a_run_is_had_again_with_the_same_bytes_and_after_its_file_is_gone(billing: Any) -> None:
    post.billed(1)
    run_id = post.printed()
    with pytest.raises(contracts.NotLaidOutYet):
        post.file(run_id)
    post.laid_out()
    first = post.file(run_id)
    assert post.file(run_id) == first

    with store.write() as write:
        drop_old_files(write, now() + timedelta(days=8))
    with pytest.raises(contracts.NotLaidOutYet):
        post.file(run_id)
    make.ask(make.holder(), contracts.print_again, run_id=run_id)
    post.laid_out()

    assert post.file(run_id) == first


# --- The paper ---


def test_one_file_says_what_its_letters_say_each_alone(billing: Any) -> None:
    bills = [post.billed(number) for number in (1, 2, 3)]
    alone = [
        documents.file(billing, "bill_pdf", make.guardian(number).subject, invoice_id=bill)
        for number, bill in enumerate(bills, 1)
    ]

    run_id = post.printed()
    post.laid_out()

    content = post.file(run_id)
    assert pdf.text(content) == "".join(pdf.text(file.content) for file in alone)
    pdf.assert_shown_by_window(content, ("rue des Lilas",))


def test_letters_are_tagged_for_who_reads_them_with_ears_or_fingers(billing: Any) -> None:
    for number in (1, 2):
        post.billed(number)
    run_id = post.printed()
    post.laid_out()

    content = post.file(run_id)

    with pdf.opened(content) as read:
        assert bool(read.Root.MarkInfo.Marked)
        assert str(read.Root.Lang) == "fr-FR"
        with read.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
    tags = pdf.roles(content)
    assert tags.count("H1") == 2 and {"Table", "THead", "TH", "TD", "H2", "Figure"} <= set(tags)


def test_letters_lie_by_postcode_and_each_begins_on_the_front_of_a_sheet(billing: Any) -> None:
    for number, postcode in ((1, "28905"), (2, "28901"), (3, "28903")):
        home_of = post.lives(number, postcode)
        lines = [documents.line(100 + n, 1) for n in range(45 if number == 3 else 1)]
        documents.bill(home_of, *lines, payer=post.block(number, postcode), at=now())

    run_id = post.printed()
    post.laid_out()

    said = pdf.pages(post.file(run_id))
    begins = [at for at, page in enumerate(said) if "rue des Lilas" in page]
    assert [number for at in begins for number in "123" if f"{number} rue" in said[at]] == [*"231"]
    assert all(at % 2 == 0 for at in begins)
    assert said[1] == "" and "Page 2 sur" in said[3]
    assert "Page 1 sur 1" in said[0]


def test_letters_can_lie_by_name(billing: Any) -> None:
    post.billed(1, "28905")
    post.billed(2, "28901")

    run_id = post.printed(order=contracts.BY_PAYER)

    assert [letter["payer"] for letter in post.run(run_id).letters] == ["Famille 1", "Famille 2"]


def test_a_reminder_lists_all_that_a_household_was_reminded_of_that_day(billing: Any) -> None:
    first, second = post.overdue(1), post.overdue(1)
    assert post.reminded(first, second) == 2
    [letter] = [each for each in post.waiting() if each["kind"] == "reminder"]
    assert (len(letter["numbers"]), letter["cents"]) == (2, 2000)

    run_id = post.printed(letter["round"])
    post.laid_out()

    text = pdf.text(post.file(run_id))
    for sentence in (
        "Rappel de paiement", "Reste à payer20,00 €", "1 rue des Lilas", "28901 Démonstration",
        "la régie remet la facture au comptable public", "titre exécutoire", "02 00 00 00 00",
        "elle n’en ouvre pas de nouveau", "famille.demonstration.example/payer", documents.KEY,
        *letter["numbers"],
    ):  # fmt: skip
        assert sentence in text, sentence
    assert {"H1", "Table", "TH"} <= set(pdf.roles(post.file(run_id)))


def test_a_reminder_that_was_paid_before_it_was_printed_is_no_letter(billing: Any) -> None:
    bill = post.overdue(1)
    post.reminded(bill)
    documents.payment(home(1), bill, 1000)

    assert [letter for letter in post.waiting() if letter["kind"] == "reminder"] == []


def test_the_second_reminder_is_printed_though_the_first_was(billing: Any) -> None:
    bill = post.overdue(1)
    post.reminded(bill)
    post.printed()
    post.reminded(bill, at=now() + timedelta(days=1))

    [letter] = post.waiting()
    run_id = post.printed()
    post.laid_out()

    assert letter["kind"] == "reminder"
    assert "Rappel n° 2 de paiement" in pdf.text(post.file(run_id))


def test_a_tax_certificate_goes_by_post_too_in_its_last_version_alone(billing: Any) -> None:
    post.lives(1)
    documents.certificate(home(1), 1000)
    [old] = post.waiting()
    assert old["kind"] == "certificate"

    run_id = post.printed()
    post.laid_out()

    assert "Attestation de frais de garde" in pdf.text(post.file(run_id))


# --- A protected household ---


def test_a_protected_household_is_a_name_that_is_handed_over_and_lies_last(billing: Any) -> None:
    post.billed(1, "28961")
    post.billed(2, "28963")
    post.protected(1)
    listed = {letter["payer"]: letter for letter in post.waiting()}
    assert listed["Famille 1"]["by_hand"] == "protected"
    assert (listed["Famille 1"]["postcode"], listed["Famille 1"]["town"]) == ("", "")

    run_id = post.printed()
    post.laid_out()

    said = pdf.pages(post.file(run_id))
    assert "28963" in said[0] and "Famille 1" in said[2]
    assert "1 rue des Lilas" not in said[2] and "28961" not in said[2]
    assert post.run(run_id).run["by_hand"] == 1


def test_a_file_from_before_a_protection_is_given_to_nobody_and_made_anew_without_the_address(
    billing: Any,
) -> None:
    post.billed(1)
    run_id = post.printed()
    post.laid_out()
    assert "1 rue des Lilas" in pdf.text(post.file(run_id))

    post.protected(1)

    with pytest.raises(contracts.NotLaidOutYet):
        post.file(run_id)
    [part] = post.run(run_id).parts
    assert (part["ready"], part["being_made"]) == (False, False)
    make.ask(make.holder(), contracts.print_again, run_id=run_id)
    post.laid_out()
    text = pdf.text(post.file(run_id))
    assert "Famille 1" in text and "1 rue des Lilas" not in text


# --- Many ---


def resident_megabytes() -> int:
    """Return what this process holds in memory."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * 4096 // 2**20


def test_hundreds_of_letters_are_files_made_in_bounded_memory_and_time(billing: Any) -> None:
    letters = size(2 * PER_FILE, at_night=3 * PER_FILE)
    for number in range(1, letters + 1):
        post.billed(number, f"{28900 + number % 7}")
    assert len(post.waiting()) == letters
    run_id = post.printed()
    post.laid_out(1)
    before, began = resident_megabytes(), time.process_time()

    assert post.laid_out() == letters // PER_FILE - 1

    assert time.process_time() - began < 30
    assert resident_megabytes() - before < 60
    codes = [letter["part"] for letter in post.run(run_id).letters]
    assert codes == sorted(codes) and len(codes) == letters
