"""Payers as a régisseur reads them, on both databases: of the own provider alone."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from services.billing.bills.rules.states import state_of_bill
from services.billing.ledger.rules.bill_number_forms import format_number
from services.billing.models import HouseholdOnHold, Payment
from services.billing.payers.queries import household_words
from services.billing.store import store
from shared.contracts.billing import bills
from shared.contracts.billing.regie import payers as regie
from shared.contracts.errors import NotEntitled, NotFound
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import billing as make
from tests.factories import runs
from tests.factories.runs import child, family, home, meals, november, sheet

NOVEMBER_3 = date(2026, 11, 3)
BORN = date(2018, 1, 1)


@pytest.fixture
def billing(database: Database, tmp_path: Path) -> Iterator[None]:
    """Give billing of the demo town, with a canteen at 3,50 € and judo at 40 € a month."""
    with runs.billing_on(database, tmp_path):
        runs.tariff(runs.flat("canteen", runs.MEAL))
        runs.tariff(runs.flat("judo", 4_000, unit="month"), provider="agg")
        yield


def billed(*numbers: int) -> None:
    """Bill households a meal row, so long ago that it is overdue."""
    for number in numbers:
        family(number)
        meals(number, *november(2))
    runs.run(at=now() - timedelta(days=90))


def payers_named(text: str, principal: str = "ens") -> list[tuple[str, int, str]]:
    holder = make.holder(f"enrolment_{principal}", principal)
    answer = make.ask(holder, regie.find_payers, text=text)
    return [(payer["payer"], payer["owed_cents"], payer["number"]) for payer in answer.payers]


def test_homonyms_are_told_apart_by_their_children_and_nobody_elses_are_named(
    billing: None,
) -> None:
    for number, name in enumerate(["Claire Martin", "Claire MARTIN", "Claire Martineau"], start=1):
        family(number, children=2)
        meals(number, *november(2))
        guardians = [make.guardian_row(number, name)]
        children = [
            make.child_row(child(number * 10 + at), BORN, f"Lou {number} {at}") for at in range(2)
        ]
        make.household_published(number, 2, guardians=guardians, addresses=[], children=children)
    runs.run()

    found = make.ask(make.holder(), regie.find_payers, text="martin").payers

    told = {payer["household_id"]: payer["children"] for payer in found}
    assert {household_id: len(names) for household_id, names in told.items()} == {
        home(1): 1, home(2): 1, home(3): 0,
    }  # fmt: skip
    assert told[home(1)] != told[home(2)], "a child who eats here, and no brother of it"


NAMES = {
    "Anne Lebœuf": ["Lebœuf", "leboeuf", "LEBŒUF"],
    "Paul D’Alençon": ["D'Alençon", "d’alencon", "dalencon", "alençon"],
    "Yann Le Goff": ["Le Goff", "le-goff", "legoff"],
    "Awa N’Diaye": ["N’Diaye", "n'diaye", "ndiaye"],
}


def test_a_payer_is_found_however_its_ligatures_and_apostrophes_are_typed(billing: None) -> None:
    for number, name in enumerate(NAMES, start=1):
        family(number)
        meals(number, *november(2))
        guardians = [make.guardian_row(number, name)]
        make.household_published(number, 2, guardians=guardians, addresses=[])
    runs.run()

    for name, spellings in NAMES.items():
        for spelling in spellings:
            assert [payer for payer, _, _ in payers_named(spelling)] == [name], spelling


def test_a_payer_is_found_by_name_without_its_accents_and_by_number(billing: None) -> None:
    family(1)
    meals(1, *november(2))
    name = make.guardian_row(1, "Élodie Lefèvre-Nguyễn")
    make.household_published(1, 2, guardians=[name], addresses=[make.address_row(date(2020, 1, 1))])
    runs.run()
    (bill,) = runs.bills(home(1))

    assert payers_named("nguyen ELODIE") == [("Élodie Lefèvre-Nguyễn", 350, "-")]
    numbered = [("Élodie Lefèvre-Nguyễn", 350, "2026-ENS-000001")]
    assert (
        payers_named("2026-ENS-000001")
        == payers_named("2026-ens-1")
        == payers_named(bill.number)
        == numbered
    )
    assert payers_named("nguyne elodie") == payers_named("lefvre") == payers_named("nguyen ELODIE")
    assert payers_named("%") == payers_named("2026-AGG-000001") == payers_named("personne") == []


FRAGMENTS = {
    "lefe": "the beginning of a surname",
    "Éloïse": "a first name",
    "elo": "the beginning of a first name",
    "eloise lefevre": "the first name before",
    "LEFEVRE Éloïse": "the surname before",
    "lefevre elo": "a surname and the beginning of a first name",
    "lefevre e": "a surname and an initial",
    "e l": "two initials",
    "goyard lefevre": "both payers",
    "go": "two letters of the second payer",
    "fevre": "the end of a surname",
    "oya": "the middle of one",
    "ya": "two letters in the middle, where nobody's name begins so",
    "goyrad": "letters that changed places",
    "lou lefe": "a child, its surname begun",
    "lou l": "a child and an initial",
}


@pytest.mark.parametrize("typed", FRAGMENTS, ids=FRAGMENTS.values())
def test_a_payer_is_found_by_what_an_agent_types(billing: None, typed: str) -> None:
    for number, names, first_name in (
        (1, ["Éloïse Lefèvre", "Paul Goyard"], "Lou"),
        (2, ["Anne Martin"], "Zoé"),
    ):
        family(number)
        meals(number, *november(2))
        surname = names[0].split()[-1]
        born = {**make.child_row(child(number * 10), BORN, first_name), "last_name": surname}
        make.household_published(
            number,
            2,
            guardians=[make.guardian_row(number * 10 + at, each) for at, each in enumerate(names)],
            addresses=[],
            children=[born],
        )

    assert [payer for payer, _, _ in payers_named(typed)] == ["Éloïse Lefèvre et Paul Goyard"]


def test_a_letter_that_many_payers_have_shows_the_first_of_them_by_name(
    billing: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(household_words, "FEW", 1)
    for number, name in enumerate(["Zoé Zola", "Anne Zidi", "Anne Morel"], start=1):
        family(number)
        meals(number, *november(2))
        guardians = [make.guardian_row(number, name)]
        make.household_published(number, 2, guardians=guardians, addresses=[])

    assert [payer for payer, _, _ in payers_named("z")] == ["Anne Zidi", "Zoé Zola"]


def test_a_payer_is_no_longer_found_under_a_name_that_was_corrected(billing: None) -> None:
    family(1, first_name="Maëlys")
    meals(1, *november(2))
    renamed = {
        "guardians": [make.guardian_row(1, "Élodie Nguyễn")],
        "addresses": [],
        "children": [make.child_row(child(10), BORN, "Inès")],
    }
    assert payers_named("maelys") and payers_named("famille 1")

    make.household_published(1, 2, **renamed)

    assert payers_named("maelys") == payers_named("famille 1") == []
    assert payers_named("ines") == payers_named("nguyen") == [("Élodie Nguyễn", 0, "-")]


def test_a_payer_without_a_bill_is_found_though_another_home_of_the_town_is_protected(
    billing: None,
) -> None:
    for number in (1, 2):
        family(number)
        meals(number, *november(2))
    make.household_published(2, 2, addresses=[], protected=True)

    assert payers_named("famille") == [("Famille 1", 0, "-")]


def test_names_are_not_mixed_of_a_payer_and_a_child(billing: None) -> None:
    family(1, first_name="Maëlys")
    meals(1, *november(2))
    guardians = [make.guardian_row(1, "Élodie Nguyễn")]
    make.household_published(1, 2, guardians=guardians, addresses=[])

    assert payers_named("maelys nguyen") == []


def test_a_payer_is_found_by_the_name_of_a_child_that_this_provider_has(billing: None) -> None:
    family(1, first_name="Maëlys")
    meals(1, *november(2))
    family(2, first_name="Maëlys")
    sheet(november(2)[0], (home(2), child(20), "present"), provider="agg", activity="judo")

    for typed in ("maelys", "MAELYS famille", "maelis"):
        assert payers_named(typed) == [("Famille 1", 0, "-")], typed
    assert payers_named("maelys", "agg") == [("Famille 2", 0, "-")]


def test_a_provider_finds_and_opens_no_payer_or_bill_of_another(billing: None) -> None:
    billed(1)
    family(2)
    make.place(2, date(2026, 11, 1))
    (bill,) = runs.bills(home(1))
    other = make.holder(make.AGG, "agg")

    assert payers_named("famille", "ens") == [("Famille 1", 350, "-")]
    assert payers_named("famille", "agg") == [("Famille 2", 0, "-")]
    assert payers_named(bill.number, "agg") == []
    with pytest.raises(NotFound):
        make.ask(other, regie.payer_account, household_id=home(1))
    with pytest.raises(NotFound):
        make.ask(other, regie.payer_bill, invoice_id=bill.id)
    with pytest.raises(NotFound):
        make.ask(
            other,
            regie.correct_quotient,
            household_id=home(1),
            cents=1,
            kind="caf",
            valid_from=NOVEMBER_3,
            source="checked",
        )
    assert make.ask(other, regie.remind, invoices=[bill.id]).reminded == 0
    assert make.ask(other, regie.arrears).bills == []


def test_nobody_without_the_regie_of_the_provider_asks(billing: None) -> None:
    billed(1)
    holder_of_another = make.holder(make.ENS, "agg")

    for person in (holder_of_another, make.guardian(1)):
        with pytest.raises(NotEntitled):
            make.ask(person, regie.payer_account, make.ENS, household_id=home(1))


def test_an_account_shows_what_is_the_provider_s_own(billing: None) -> None:
    family(1, children=2)
    sheet(NOVEMBER_3, (home(1), child(10), "present"))
    make.place(1, date(2026, 11, 1), child_id=child(11))
    make.quotient(1, 50_000, date(2026, 9, 1))
    runs.run()
    make.paid(runs.bills(home(1))[0], 100, today())

    account = make.ask(make.holder(), regie.payer_account, household_id=home(1))

    assert account.payer == ["Famille 1", "1 rue des Lilas", "28901 Démonstration"]
    assert [row["child_id"] for row in account.children] == [child(10)]
    assert (account.owed_cents, account.credit_cents) == (250, 0)
    assert [bill["number"] for bill in account.bills] == ["2026-ENS-000001"]
    assert [quotient["cents"] for quotient in account.quotients] == [50_000]


def test_a_payer_of_whom_the_dossier_told_nothing_yet_has_an_account_all_the_same(
    billing: None,
) -> None:
    meals(1, *november(2))
    runs.run()

    account = make.ask(make.holder(), regie.payer_account, household_id=home(1))

    assert (account.payer, account.owed_cents) == ([], 350)
    assert payers_named("2026-ENS-000001") == [("–", 350, "2026-ENS-000001")]


def test_of_a_division_an_account_shows_its_own_part_and_not_who_pays_the_other(
    billing: None,
) -> None:
    for number in (1, 2):
        make.household_published(number, 1, children=[make.child_row(child(10), date(2019, 5, 6))])
    sheet(NOVEMBER_3, (home(1), child(10), "present"))
    shares = [
        {"household_id": home(number), "share_bp": part}
        for number, part in ((1, 6_000), (2, 4_000))
    ]
    holder = make.holder()
    make.ask(
        holder,
        regie.set_shares,
        child_id=child(10),
        valid_from=NOVEMBER_3,
        paper="jugement",
        shares=shares,
    )

    account = make.ask(holder, regie.payer_account, household_id=home(2))

    (share,) = account.shares
    assert (share["child_id"], share["share_bp"]) == (child(10), 4_000)
    assert home(1) not in str(vars(account))


def test_the_departement_pays_for_a_placed_child_whoever_booked(billing: None) -> None:
    """Rules' test 7: all of the child's lines are the département's, by the paper that says so."""
    placed = [make.child_row(child(10), date(2019, 5, 6))]
    booked = make.household_published(1, 1, children=placed)
    departement = make.household_published(
        2, 1, guardians=[make.guardian_row(2, "ASE")], children=placed
    )
    sheet(NOVEMBER_3, (booked, child(10), "present"))
    whole = [{"household_id": departement, "share_bp": 10_000}]
    make.ask(
        make.holder(),
        regie.set_shares,
        child_id=child(10),
        valid_from=date(2026, 11, 1),
        paper="ordonnance de placement",
        shares=whole,
    )

    runs.run()

    assert [bill.household_id for bill in runs.bills()] == [departement]


def test_a_bill_is_shown_with_its_lines_and_its_household(billing: None) -> None:
    billed(1)
    (bill,) = runs.bills(home(1))

    page = make.ask(make.holder(), regie.payer_bill, invoice_id=bill.id)

    assert (page.household_id, page.total_cents, page.state) == (home(1), 350, "overdue")
    assert [line["cents"] for line in page.lines] == [350]


def test_arrears_come_by_pages_the_oldest_first_with_their_sum(
    billing: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(regie, "PAGE", 7)
    billed(*range(1, regie.PAGE + 4))
    make.paid(runs.bills(home(7))[0], 350, today())
    holder = make.holder()

    first = make.ask(holder, regie.arrears)
    second = make.ask(holder, regie.arrears, after=first.next)

    assert (len(first.bills), len(second.bills), second.next) == (regie.PAGE, 2, "")
    shown = [bill["household_id"] for bill in (*first.bills, *second.bills)]
    assert set(shown) == {home(number) for number in range(1, regie.PAGE + 4) if number != 7}
    assert len(shown) == regie.PAGE + 2
    assert (first.total_cents, second.total_cents) == ((regie.PAGE + 2) * 350, 0)


def test_advances_of_households_are_listed_with_what_has_moved_longest_ago_first(
    billing: None,
) -> None:
    billed(1, 2, 3)
    make.paid_ahead(home(1), 500, today())
    make.paid_ahead(home(3), 1240, today() - timedelta(days=90))

    told = make.ask(make.holder(), regie.arrears)

    assert [(row["household_id"], row["cents"]) for row in told.advances] == [
        (home(3), 1240),
        (home(1), 500),
    ]
    assert told.number_of_advances == 2
    assert (told.advances[0]["since"], told.advances_cents) == (today() - timedelta(days=90), 1740)
    assert make.ask(make.holder(make.AGG, "agg"), regie.arrears).advances == []


def test_nothing_is_begun_about_an_advance_while_an_agent_speaks_with_the_family(
    billing: None,
) -> None:
    billed(1)
    make.paid_ahead(home(1), 500, today())
    with store.write() as write:
        write.add(HouseholdOnHold(child_id=new_id(), household_id=home(1)))

    told = make.ask(make.holder(), regie.arrears)

    assert (told.advances, told.number_of_advances, told.advances_cents) == ([], 0, 500)
    assert make.ask(make.holder(), regie.payer_account, household_id=home(1)).on_hold


def test_who_owes_is_reminded_once_a_day_and_who_paid_or_is_paying_is_left_in_peace(
    billing: None,
) -> None:
    billed(1, 2, 3)
    owing, settled, paying = (runs.bills(home(number))[0] for number in (1, 2, 3))
    make.paid(settled, 350, today())
    under_way(paying)
    invoice_ids = [owing.id, settled.id, paying.id, new_id()]
    holder = make.holder()

    assert make.ask(holder, regie.remind, invoices=invoice_ids).reminded == 1
    assert make.ask(holder, regie.remind, invoices=invoice_ids).reminded == 0

    (notice,) = [
        notice for notice in make.published(bills.bill_notice) if notice.kind == "bill_reminder"
    ]
    assert (notice.household_id, notice.detail["number"]) == (
        home(1),
        format_number("ENS", owing.fiscal_year, owing.sequence),
    )
    (row,) = [bill for bill in make.ask(holder, regie.arrears).bills if bill["reminders"]]
    assert (row["household_id"], row["reminded_on"]) == (home(1), today())


def under_way(bill: runs.Invoice) -> None:
    """Let a payment of a bill be at PayFiP, its result not known yet."""
    payment = {
        "id": new_id(),
        "provider": bill.provider,
        "regie": bill.regie,
        "household_id": bill.household_id,
        "invoice_id": bill.id,
        "means": "online",
        "cents": bill.total_cents,
        "state": "pending",
        "created_at": now(),
        "received_on": today(),
    }
    with store.write() as write:
        write.execute(insert(Payment).values(**payment))


@pytest.mark.parametrize(
    ("total", "balance", "paid", "late", "state"),
    [
        (700, 700, 0, False, "due"),
        (700, 700, 0, True, "overdue"),
        (700, 300, 400, False, "partly_paid"),
        (700, 300, 400, True, "overdue"),
        (700, 0, 700, True, "paid"),
        (700, 0, 0, True, "credited"),
        (700, 0, 350, False, "paid"),
        (700, 350, 0, False, "due"),
        (0, 0, 0, False, "paid"),
    ],
)
def test_a_bill_s_state_follows_from_what_is_owed_and_what_came(
    total: int, balance: int, paid: int, late: bool, state: str
) -> None:
    due_on = NOVEMBER_3 - timedelta(days=1) if late else NOVEMBER_3

    assert state in bills.INVOICE_STATES
    assert state_of_bill("invoice", total, balance, paid, due_on, NOVEMBER_3) == state
    assert state_of_bill("credit_note", -total, 0, 0, due_on, NOVEMBER_3) == "credited"
