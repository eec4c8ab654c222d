"""After a child's death no message, reminder, bill or renewal leaves any service (test 10)."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from services.billing.handlers.comparison.stored_households import STORED
from services.billing.ledger.commands.gapless_numbers import take_numbers
from services.billing.models import HouseholdOnHold, RecordHold
from services.billing.models.ledger import BILLS
from services.billing.service import BillingService
from services.billing.store import store as billings_store
from services.enrolment.families.commands import notices
from services.enrolment.models import Booking, Session
from services.enrolment.models.places import LATE
from services.enrolment.store import store
from shared.contracts.billing import bills as cards
from shared.contracts.billing import household_accounts
from shared.contracts.billing.regie import payers as regie
from shared.contracts.billing.regie.runs import FILE_HELD
from shared.contracts.dossier.families import safeguarding as file_holds
from shared.contracts.enrolment.places.states import CLOSED
from shared.contracts.errors import NotFound
from shared.dates.clock import now
from tests.databases import Database, waits_for_locks
from tests.factories import billing as bills
from tests.factories import conversations as talk
from tests.factories import enrolment as make
from tests.factories import places as family
from tests.factories import runs
from tests.factories.bookings import Home, arrives
from tests.factories.enrolment import Child, Provider
from tests.factories.runs import home, meals, november
from tests.factories.travelling import handled


def dies(provider: Provider, child_id: str, version: int = 1, held: bool = True) -> None:
    provider.receives_event(
        file_holds.file_held,
        child_id=child_id,
        version=version,
        households=[],
        held=held,
        at=now(),
    )


def test_the_place_ends_in_silence_and_goes_to_who_waits(ens: Provider) -> None:
    group = family.a_group(places=1)
    one, other = family.arrived(ens, 2)
    family.asks(one, group)
    family.asks(other, group)
    ens.clear_outbox()

    dies(ens, one.child.id)

    assert family.states(group) == {one.child.id: "withdrawn", other.child.id: "offered"}
    assert {told["household_id"] for told in ens.published("notice")} == {other.household}
    (card,) = [
        card for card in ens.published("family_card") if card["household_id"] == one.household
    ]
    assert card["children"] == []


def test_what_was_booked_never_counts_whatever_the_deadline_was(ens: Provider) -> None:
    group = family.a_group(places=None, booking="by_day")
    (one,) = family.arrived(ens, 1)
    family.asks(one, group, weekdays=[1, 2, 3, 4, 5, 6, 7])
    assert booked(one.child.id)

    dies(ens, one.child.id)

    assert not booked(one.child.id)


def test_no_roll_call_to_come_names_the_child_not_even_as_cancelled(ens: Provider) -> None:
    group = family.a_group(places=None, booking="by_day")
    (one,) = family.arrived(ens, 1)
    family.asks(one, group, weekdays=[1, 2, 3, 4, 5, 6, 7])

    dies(ens, one.child.id)

    assert states_to_come(one.child.id) == {CLOSED}  # as of an outing: such a row is on no list


def states_to_come(child_id: str) -> set[str]:
    """Return the states of a child's bookings at sessions that are not over."""
    with store.read() as read:
        coming = (
            select(Booking.state)
            .join(Session, Session.id == Booking.session_id)
            .where(Booking.child_id == child_id, Session.ends_at > now())
        )
        return set(read.scalars(coming))


def test_an_agent_of_the_service_reads_that_the_family_is_left_in_peace(ens: Provider) -> None:
    group = family.a_group(places=None, booking="by_day")
    (one,) = family.arrived(ens, 1)
    family.asks(one, group, weekdays=[1, 2, 3, 4, 5, 6, 7])
    desk = make.desk_of(ens)
    desk.signs_in(ens.has_agent("lead"))
    page = f"/enfants/{one.child.id}"
    assert "Places et prochaines séances" in desk.sees(page)

    dies(ens, one.child.id)

    assert "N’appelez pas la famille" in desk.sees(page)
    assert "Places et prochaines séances" not in desk.sees(page)
    assert family.places_in(group) == []  # of today either: no list names the child


def test_nobody_is_asked_to_read_what_came_of_the_child(ens: Provider) -> None:
    group = family.a_group(places=None, booking="by_day")
    one, other = family.arrived(ens, 2)
    for each in (one, other):
        family.asks(each, group, weekdays=[1, 2, 3, 4, 5, 6, 7])
        ens.receives("allergies", make.item(each.child.id, 1, make.allergies("arachide")))
    desk = make.desk_of(ens)
    desk.signs_in(ens.has_agent("kitchen"))
    assert one.child.first_name in desk.sees("/a-voir")

    dies(ens, one.child.id)

    assert one.child.first_name not in desk.sees("/a-voir")
    assert other.child.first_name in desk.sees("/a-voir")


def test_no_agent_of_a_service_writes_to_the_family(ens: Provider) -> None:
    (one,) = family.arrived(ens, 1)
    desk = make.desk_of(ens)
    desk.signs_in(ens.has_agent("school_desk"))
    letter = {"household": one.household, "kind": "practical", "title": "Bonnet", "body": "Perdu."}
    page = f"/messages/nouveau/{one.child.id}"
    dies(ens, one.child.id)

    assert "N’appelez pas la famille" in desk.sees(page)
    assert desk.sends(page, at="/messages", **letter).status_code == 422
    assert ens.published("thread_card") == []


def test_no_agent_answers_in_a_conversation_that_names_the_child_beside_another(
    ens: Provider,
) -> None:
    home = Home()
    brother = Home(Child("Léo"), claire=home.claire, at_claires=home.at_claires)
    for each in (home, brother):
        arrives(ens, each)
    thread = talk.writes(home.claire, home.child.id, brother.child.id)
    alone = talk.writes(home.claire, brother.child.id)
    desk = make.desk_of(ens)
    desk.signs_in(ens.has_agent("school_desk"))
    dies(ens, home.child.id)
    ens.clear_outbox()

    page = desk.sees(f"/messages/{thread}")
    assert "N’appelez pas la famille" in page
    assert "Classer sans réponse" in page
    desk.sends(f"/messages/{thread}", at=f"/messages/{alone}", body="Et Tom ?")
    assert ens.published("thread_card") == []

    desk.sends(f"/messages/{alone}", at=f"/messages/{alone}", body="Une gourde suffit.")
    assert len(ens.published("thread_card")) == 1


def booked(child_id: str) -> int:
    """Return how many sessions to come a child is expected at."""
    with store.read() as read:
        coming = (
            select(func.count())
            .select_from(Booking)
            .join(Session, Session.id == Booking.session_id)
            .where(
                Booking.child_id == child_id,
                Booking.state.in_(("booked", LATE)),
                Session.starts_at > now(),
            )
        )
        return int(read.scalar(coming) or 0)


def test_a_notice_leaves_without_the_child_and_of_the_child_alone_none(ens: Provider) -> None:
    one, brother = family.arrived(ens, 2)
    dies(ens, one.child.id)
    ens.clear_outbox()

    with store.write() as write:
        notices.notify_households(write, [one.household], "a", "closure", [one.child.id], {}, now())
        both = [one.child.id, brother.child.id]
        notices.notify_households(write, [one.household], "b", "closure", both, {}, now())

    assert [told["child_ids"] for told in ens.published("notice")] == [[brother.child.id]]


def test_heard_twice_or_late_it_ends_nothing_that_has_begun_since(ens: Provider) -> None:
    group = family.a_group(places=2)
    (one,) = family.arrived(ens, 1)
    dies(ens, one.child.id, version=1)
    dies(ens, one.child.id, version=2, held=False)
    family.asks(one, group)

    dies(ens, one.child.id, version=1)

    assert family.states(group) == {one.child.id: "accepted"}


# Billing


@pytest.fixture
def billing(database: Database, tmp_path: Path) -> Iterator[None]:
    """Give billing of the demo town, with a canteen at 3,50 € a meal."""
    with runs.billing_on(database, tmp_path):
        runs.tariff(runs.flat("canteen", runs.MEAL))
        yield


def held(number: int, version: int = 1, held: bool = True, **more: Any) -> None:
    """Let billing hear twice of the hold of a household's child."""
    told = {"households": [home(number)] if held else [], "held": held, "lapsed": False}
    handled(
        BillingService(),
        file_holds.file_held,
        "dossier",
        version=version,
        at=now(),
        **{"child_id": runs.child(number), **told, **more},
    )


def test_no_bill_leaves_for_the_household_and_the_others_go_on(billing: None) -> None:
    for number in (1, 2):
        runs.family(number)
        meals(number, *november(2))
    held(1)

    run_id = runs.run()

    assert runs.states(run_id) == {home(1): "failed", home(2): "issued"}
    assert runs.row(run_id, home(1)).error == FILE_HELD
    assert [bill.household_id for bill in runs.bills()] == [home(2)]


def test_a_hold_that_comes_between_draft_and_issue_is_heard(billing: None) -> None:
    runs.family(1)
    meals(1, *november(2))
    run_id = runs.open_run()
    runs.work()
    held(1)

    runs.order(run_id)
    runs.work()

    assert runs.states(run_id) == {home(1): "failed"}
    assert runs.bills() == []


def bills_are_overdue(*families: int) -> None:
    """Issue the bills of these families so long ago that they are overdue."""
    for number in families:
        runs.family(number)
        meals(number, *november(2))
    runs.run(at=now() - timedelta(days=90))


def test_nobody_reminds_and_when_the_agent_lets_go_the_next_run_bills(billing: None) -> None:
    bills_are_overdue(1)
    (bill,) = runs.bills()
    held(1)

    def remind() -> Any:
        return bills.ask(bills.holder(), regie.remind, invoices=[bill.id]).reminded

    assert remind() == 0
    held(1, version=2, held=False)
    assert remind() == 1


def test_the_card_of_an_open_bill_says_that_nothing_is_asked_until_the_agent_lets_go(
    billing: None,
) -> None:
    bills_are_overdue(1, 2)

    held(1)
    assert asked_of() == {home(1): False, home(2): True}

    held(1, version=2, held=False)
    assert asked_of() == {home(1): True, home(2): True}


def asked_of() -> dict[str, bool]:
    """Return by household whether the last card of it asks for its only bill."""
    last = {card.household_id: card.bills for card in bills.published(cards.bill_card)}
    return {home: not bill["on_hold"] for home, [bill] in last.items()}


def test_the_regisseur_reads_of_whose_bills_nothing_is_asked(billing: None) -> None:
    bills_are_overdue(1)
    (bill,) = runs.bills()

    held(1)

    page = bills.ask(bills.holder(), regie.payer_bill, invoice_id=bill.id)
    assert page.on_hold and not page.hold_lapsed
    assert page.state == "due"  # wherever it is shown, nobody reads that it is late
    year = {"household_id": home(1), "year": bill.issued_on.year}
    taken_away = bills.ask(bills.guardian(1), household_accounts.account_year, **year)
    assert [row["state"] for row in taken_away.bills] == ["due"]  # the file of the family's history
    assert [row["on_hold"] for row in bills.ask(bills.holder(), regie.arrears).bills] == [True]


@pytest.mark.both_databases
def test_what_is_said_to_be_overdue_is_what_the_list_below_asks_for(billing: None) -> None:
    """What waits is said beside it: for who speaks with a home, for a decision, for heirs."""
    bills_are_overdue(1, 2, 3, 4)
    held(2)
    held(3)
    held(3, version=2, held=False, lapsed=True)
    died = [bills.guardian_row(4) | {"died_on": runs.ORDERED.date()}]
    bills.household_published(4, 50, guardians=[], deceased=died)

    arrears = bills.ask(bills.holder(), regie.arrears)

    listed = {row["household_id"]: (row["state"], row["on_hold"]) for row in arrears.bills}
    assert listed == {
        home(1): ("overdue", False),
        home(2): ("due", True),
        home(3): ("due", True),
    }
    owed = {row["household_id"]: row["balance_cents"] for row in arrears.bills}
    assert arrears.total_cents == owed[home(1)] > 0
    assert arrears.waiting_cents == owed[home(2)] + owed[home(3)]
    assert arrears.heirs_cents == owed[home(1)]  # as much each: two meals
    overview = bills.ask(bills.holder(), regie.regie_overview)
    assert (overview.overdue_cents, overview.overdue_bills) == (arrears.total_cents, 1)


def test_bills_of_the_home_leave_again_while_the_file_stays_held(billing: None) -> None:
    runs.family(1)
    meals(1, *november(2))
    held(1)

    held(1, version=2, households=[])

    assert runs.states(runs.run()) == {home(1): "issued"}


def test_bills_of_years_ago_are_silent_after_the_file_ended_until_a_regisseur_decides(
    billing: None,
) -> None:
    bills_are_overdue(1)
    (bill,) = runs.bills()
    meals(1, *november(3))
    held(1)

    assert listed_to_decide() == []

    held(1, version=2, held=False, lapsed=True)

    account = bills.ask(bills.holder(), regie.payer_account, household_id=home(1))
    assert account.on_hold and account.hold_lapsed
    assert listed_to_decide() == [home(1)]  # nobody would look for it by its name
    assert bills.ask(bills.holder(), regie.payer_bill, invoice_id=bill.id).hold_lapsed
    assert asked_of() == {home(1): False}
    assert bills.ask(bills.holder(), regie.remind, invoices=[bill.id]).reminded == 0
    assert runs.states(runs.run(runs.DECEMBER)) == {home(1): "failed"}

    bills.ask(bills.holder(), regie.end_lapsed_hold, household_id=home(1))

    account = bills.ask(bills.holder(), regie.payer_account, household_id=home(1))
    assert not account.on_hold and not account.hold_lapsed
    assert listed_to_decide() == []
    assert asked_of() == {home(1): True}
    assert bills.ask(bills.holder(), regie.remind, invoices=[bill.id]).reminded == 1
    assert runs.states(runs.run(runs.JANUARY)) == {home(1): "issued"}
    held(1, version=3, held=False, lapsed=True)  # told again, it takes no decision back
    account = bills.ask(bills.holder(), regie.payer_account, household_id=home(1))
    assert not account.on_hold


def dossier_has_lost_holds() -> list[int]:
    """Let a comparison meet a hold that the dossier does not know; return what stays strange."""
    (holds,) = (each for each in STORED if each.event is file_holds.file_held)
    with billings_store.read() as read:
        strange = [each.key for each in holds.rows(read, "dossier") if not each.ended]
    with billings_store.write() as write:
        holds.delete(write, "dossier", strange)
    with billings_store.read() as read:
        return [each.version for each in holds.rows(read, "dossier") if not each.ended]


def test_a_hold_that_the_dossier_lost_is_decided_by_a_regisseur_and_then_forgotten(
    billing: None,
) -> None:
    """A dossier that was restored knows of no death: its silence lets no bill leave."""
    bills_are_overdue(1)
    held(1, version=7)

    assert dossier_has_lost_holds() == []

    assert asked_of() == {home(1): False} and listed_to_decide() == [home(1)]
    bills.ask(bills.holder(), regie.end_lapsed_hold, household_id=home(1))
    assert asked_of() == {home(1): True}
    assert dossier_has_lost_holds() == []
    with billings_store.read() as read:
        assert read.scalars(select(RecordHold)).all() == []
        assert read.scalars(select(HouseholdOnHold)).all() == []


def test_what_a_restored_dossier_says_of_a_lost_hold_counts_though_it_counts_lower(
    billing: None,
) -> None:
    bills_are_overdue(1)
    held(1, version=7)
    dossier_has_lost_holds()

    held(1, version=1)

    assert asked_of() == {home(1): False} and listed_to_decide() == []
    held(1, version=2, held=False)
    assert asked_of() == {home(1): True}


def listed_to_decide() -> list[str]:
    """Return the households of arrears of which a régisseur reads that the decision is theirs."""
    arrears = bills.ask(bills.holder(), regie.arrears)
    undecided = [bill["household_id"] for bill in arrears.bills if bill["hold_lapsed"]]
    assert [row["household_id"] for row in arrears.undecided] == undecided
    return undecided


def test_a_household_whose_other_child_an_agent_holds_is_nobody_s_to_decide(billing: None) -> None:
    bills_are_overdue(1)
    held(1)
    held(1, child_id=runs.child(900_001))

    held(1, version=2, held=False, lapsed=True)

    assert listed_to_decide() == []


def test_who_lets_bills_leave_again_after_a_lapsed_hold_is_known_with_the_moment(
    billing: None,
) -> None:
    bills_are_overdue(1)
    held(1)
    held(1, version=2, held=False, lapsed=True)
    agent = bills.holder()

    before = now()
    bills.ask(agent, regie.end_lapsed_hold, household_id=home(1))
    with pytest.raises(NotFound):  # whoever comes second decides nothing
        bills.ask(bills.holder(), regie.end_lapsed_hold, household_id=home(1))

    with billings_store.read() as read:
        (row,) = read.scalars(select(HouseholdOnHold))
    assert row.ended_by == agent.subject
    assert row.ended_at is not None and before <= row.ended_at <= now()


def test_no_regisseur_ends_a_hold_while_an_agent_speaks_with_the_family(billing: None) -> None:
    bills_are_overdue(1)

    with pytest.raises(NotFound):
        bills.ask(bills.holder(), regie.end_lapsed_hold, household_id=home(1))
    held(1)
    with pytest.raises(NotFound):
        bills.ask(bills.holder(), regie.end_lapsed_hold, household_id=home(1))
    held(1, version=2, held=False, lapsed=True)
    with pytest.raises(NotFound):
        bills.ask(bills.holder(bills.AGG, "agg"), regie.end_lapsed_hold, household_id=home(1))

    assert asked_of() == {home(1): False}


@pytest.mark.parametrize(
    "told",
    [
        {"held": True},
        {"held": True, "households": []},
        {"held": False},
        {"held": False, "lapsed": True},
    ],
    ids=["held", "bills_leave_again", "let_go", "lapsed"],
)
def test_what_billing_stores_of_a_hold_is_what_it_was_told(
    billing: None, told: dict[str, Any]
) -> None:
    held(1)
    held(1, version=2, **told)

    (holds,) = (each for each in STORED if each.event is file_holds.file_held)
    with billings_store.read() as read:
        (state,) = holds.rows(read, "dossier")
    usual = {"child_id": runs.child(1), "households": [home(1)] if told["held"] else []}
    assert state.content == usual | {"lapsed": False} | told


@pytest.mark.both_databases
def test_a_first_bill_that_is_issued_in_the_moment_of_the_hold_says_so_at_once(
    billing: None,
) -> None:
    runs.family(1)
    meals(1, *november(2))
    run_id = runs.open_run()
    runs.work()
    runs.order(run_id)

    with ThreadPoolExecutor(2) as pool:
        with billings_store.write() as write:  # another régie's act has the counter of numbers
            take_numbers(write, "ens", runs.ORDERED.year, BILLS, count=0)
            at_once = not write.is_only_writer
            issuing = pool.submit(runs.work)
            if at_once:
                waits_for_locks(billings_store, 1)
                holding = pool.submit(held, 1)
                waits_for_locks(billings_store, 2)
        issuing.result()
        if not at_once:  # one writer, no race: that the hold finds the card of a bill just issued
            holding = pool.submit(held, 1)
        holding.result()

    assert [bill.household_id for bill in runs.bills()] == [home(1)]
    assert asked_of() == {home(1): False}
