"""
Tasks of every few seconds or minutes find what is due by an index: none walks a table. So does
what a list of all children says of those whom its page does not show.

Each statement of those tasks is explained by the database, tables being empty: on PostgreSQL with
its liking for reading all of a small table taken away. A table of which a town has few rows,
however many children it has, may be read whole.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from services.billing.accounts.queries.advances import sum_of_advances
from services.billing.accounts.queries.arrears import page_of_overdue_bills
from services.billing.accounts.queries.payer_search import payers_by_name
from services.billing.jobs.grid_replays import next_replay
from services.billing.jobs.letters import next_file_of_letters
from services.billing.jobs.online_payments import poll_payments
from services.billing.jobs.runs import next_run
from services.billing.payments.queries import cash_box
from services.billing.payments.queries.listed_payments import payments_between, waiting_cheques
from services.billing.store import store as billing_store
from services.billing.treasury.commands.lot_transfer import next_lot
from services.dossier.handlers.comparison.published_states import PUBLISHED
from services.dossier.handlers.comparison.stored_provider_events import STORED
from services.enrolment.children.queries.listed_children import ChildList, Part
from services.enrolment.places.placing.commands.billing_events import publish_all_pending_places
from services.identity.store import store as identity_store
from shared.contracts.dossier.families.safeguarding import file_held
from shared.contracts.dossier.sharing import projections
from shared.contracts.dossier.sharing.handovers_between_services import handover_declared
from shared.contracts.enrolment.attendance import activity_counted
from shared.contracts.message import Event
from shared.database.comparison.compared_states import Route
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import dossier as make_dossier
from tests.factories import enrolment as make_enrolment
from tests.factories import identity as make_identity
from tests.factories.runs import billing_on, family

pytestmark = pytest.mark.both_databases

FEW = {
    *("renewal_campaign", "activity_group", "activity", "calendar_day", "closure"),
    *("food_announced", "pupil_moves", "forgotten_password"),
    *("tariff", "lot", "print_run", "billing_run", "debit_run", "grid_replay", "trial_member"),
}
"""Tables that do not grow with a town's children, or hold what is at work alone."""
FROM_THE_OLDEST = {"bulletin"}
"""Tables of which the first rows are read, by an index on their age."""


@pytest.fixture(autouse=True)
def new_database(database: Database) -> None:
    """Plan by tables that are as they were made, not by what other tests have left of them."""
    database.take_new()


@contextmanager
def statements_of(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """Give the statements that are executed meanwhile, with their parameters."""
    found: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, values: Any, *_more: Any) -> None:
        found.append((statement, values))

    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


def tables_walked(engine: Engine, job: Callable[[], Any]) -> list[str]:
    """Return the tables that a job reads whole, each with its statement."""
    with statements_of(engine) as executed:
        job()
    asked = {
        statement: values
        for statement, values in executed
        if re.match(r"\s*(SELECT|UPDATE|DELETE|WITH)\b", statement) and "sqlite_" not in statement
    }
    explain = _by_sqlite if engine.dialect.name == "sqlite" else _by_postgresql
    with engine.connect() as connection:
        walked = {
            f"{table}: {' '.join(statement[statement.find('FROM') :].split())}"
            for statement, values in asked.items()
            for table in explain(connection, statement, values)
            if table not in FEW | FROM_THE_OLDEST
        }
    return sorted(walked)


def _by_sqlite(connection: Any, statement: str, values: Any) -> Iterator[str]:
    partial = {
        name
        for name, sql in connection.execute(text("SELECT name, sql FROM sqlite_master"))
        if sql and re.search(r"\bWHERE\b", sql)
    }
    tables = set(connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'")))
    aliases = dict((alias, table) for table, alias in re.findall(r"\b(\w+) AS (\w+)", statement))
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
    for *_, detail in rows:
        found = re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", detail)
        if found and found[2] not in partial:
            table = aliases.get(found[1], found[1])
            if table in tables:
                yield table


def _by_postgresql(connection: Any, statement: str, values: Any) -> Iterator[str]:
    for liking in ("seqscan", "hashjoin", "mergejoin"):
        connection.execute(text(f"SET LOCAL enable_{liking} = off"))
    partial = set(
        connection.scalars(text("SELECT indexname FROM pg_indexes WHERE indexdef LIKE '% WHERE %'"))
    )
    plan = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values).scalar_one()
    waiting = [(plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"]]
    while waiting:
        node = waiting.pop()
        waiting += node.get("Plans", [])
        whole = "Index Cond" not in node and node.get("Index Name") not in partial
        if node["Node Type"] == "Seq Scan" or ("Index Name" in node and whole):
            yield node.get("Relation Name") or node["Index Name"]


def sqlite_plans(database: Database, store: Any, job: Callable[[], Any], of: str) -> list[str]:
    """Return how SQLite would do each statement of a job that holds these words, a step a line."""
    if database.url.startswith("postgresql"):
        pytest.skip("which knows how many rows there are, and chooses by that")
    with statements_of(store.engine) as executed:
        job()
    with store.engine.connect() as connection:
        return [
            "\n".join(
                step.detail
                for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            )
            for statement, values in executed
            if re.search(of, statement)
        ]


def ask_all(jobs: Any, *names: str) -> Callable[[], None]:
    return lambda: [getattr(jobs, name)() for name in names] and None


def test_the_dossier_looks_for_what_is_due_by_index(database: Database, tmp_path: Path) -> None:
    with make_dossier.opened(database, tmp_path / "register.json") as town:
        one = make_dossier.guardian()
        town.arrives(make_dossier.household(make_dossier.child([one]), guardians=[one]))
        jobs = ask_all(
            town.service,
            *(
                "apply_and_publish_due_changes",
                "announce_widenings",
                "publish_missing_cards",
                "publish_missing_households",
            ),
        )

        assert tables_walked(make_dossier.store.engine, jobs) == []


def test_the_dossier_reads_the_entries_of_a_bucket_by_their_index(
    database: Database, tmp_path: Path
) -> None:
    """In another order SQLite reads all that was sent to the provider, for each bucket."""
    with make_dossier.opened(database, tmp_path / "register.json") as town:
        wanted = {"caller": "enrolment_ens", "buckets": ["0a", "0b"]}

        def ask() -> None:
            town.ask(projections.inventory, **wanted)
            town.ask(projections.inventory, **wanted, after=f"0a diet {new_id()[:-2]}0a")

        plans = sqlite_plans(database, make_dossier.store, ask, r"projection\.version")

    assert len(plans) == 4
    for plan in plans:
        assert "USING INDEX ix_projection_bucket" in plan
        assert "\n" not in plan, "a second step, which sorts"


def ask_published(event: Event[Any]) -> Callable[[Session], Any]:
    (states,) = (each for each in PUBLISHED if each.event is event)
    return lambda read: states.page(read, Route("dossier", "enrolment_ens"), "", 10)


def ask_declined(event: Event[Any], key: str) -> Callable[[Session], Any]:
    (states,) = (each for each in STORED if each.event is event)
    return lambda read: states.declined(read, "enrolment_ens", [key])


@pytest.mark.parametrize(
    "compared",
    [
        ask_published(file_held),
        ask_published(handover_declared),
        ask_declined(activity_counted, f"{new_id()} cantine 2026-11"),
    ],
    ids=["holds", "handovers", "counts"],
)
def test_what_a_provider_has_or_should_have_is_compared_without_a_list_of_its_links(
    database: Database, tmp_path: Path, compared: Callable[[Session], Any]
) -> None:
    """The dossier has a link of each of its children: it is looked for by the child."""
    with make_dossier.opened(database, tmp_path / "register.json"):

        def compare() -> None:
            with make_dossier.store.read() as read:
                compared(read)

        plans = sqlite_plans(database, make_dossier.store, compare, "FROM link")

    steps = [step for plan in plans for step in plan.split("\n") if " link " in step]
    assert steps
    assert all("child_id=?" in step for step in steps), steps


def test_a_provider_looks_for_what_is_due_by_index(ens: make_enrolment.Provider) -> None:
    jobs = ask_all(
        ens.service,
        *("expire_offers", "follow_renewals", "notify_unseen_health", "republish_food"),
        *("send_school_decisions", "erase_due", "move_windows", "republish_activities"),
    )

    assert tables_walked(make_enrolment.store.engine, jobs) == []


def test_a_resync_looks_for_places_that_billing_never_heard_of_by_index(
    ens: make_enrolment.Provider,
) -> None:
    def look() -> None:
        publish_all_pending_places(make_enrolment.store)

    assert tables_walked(make_enrolment.store.engine, look) == []


def test_a_letter_of_a_long_list_its_others_and_its_filters_are_read_by_index(
    ens: make_enrolment.Provider,
) -> None:
    def look() -> None:
        with make_enrolment.store.read() as read:
            ChildList(read, today()).page(Part(letter="L"), 400)

    assert tables_walked(make_enrolment.store.engine, look) == []


def test_identity_looks_for_what_is_due_by_index(database: Database, tmp_path: Path) -> None:
    with make_identity.town(database, tmp_path) as town:
        jobs = ask_all(town.service, "send_emails")

        assert tables_walked(identity_store.engine, jobs) == []


def test_billing_looks_for_what_is_at_work_and_for_advances_by_index(
    database: Database, tmp_path: Path
) -> None:
    def look() -> None:
        for at_work in (next_run, next_file_of_letters, next_replay, next_lot):
            assert at_work(billing_store) is None
        poll_payments(billing_store, None, now())  # type: ignore[arg-type]
        with billing_store.read() as read:
            assert sum_of_advances(read, billing_store.register.provider("ens")) == 0

    with billing_on(database, tmp_path):
        assert tables_walked(billing_store.engine, look) == []


@pytest.mark.parametrize(
    "typed",
    ["famille", "enfant famille", "fa", "amill", "fmaille"],
    ids=["word", "child", "beginning", "piece", "slip"],
)
def test_payers_are_looked_for_among_the_households_that_have_the_words(
    database: Database, tmp_path: Path, typed: str
) -> None:
    def look() -> None:
        with billing_store.read() as read:
            payers_by_name(read, billing_store.register.provider("ens"), typed, 200)

    with billing_on(database, tmp_path):
        family(1)
        assert tables_walked(billing_store.engine, look) == []


def test_a_page_of_a_regie_s_long_lists_is_read_in_its_order_by_index(
    database: Database, tmp_path: Path
) -> None:
    """Each page of a hundred summed and sorted all of them."""

    def look() -> None:
        with billing_store.read() as read:
            page_of_overdue_bills(read, "ens", today(), f"2026-01-01|{new_id()}", 200)
            payments_between(read, "ens", today(), today(), f"2026-01-01_{new_id()}")

    with billing_on(database, tmp_path):
        overdue, payments = sqlite_plans(database, billing_store, look, "LIMIT")

    assert "ix_invoice_due_on" in overdue and "ix_payment_listed" in payments
    assert "TEMP B-TREE" not in overdue + payments


def test_a_counter_s_sums_and_its_cheques_are_read_without_its_whole_ledger(
    database: Database, tmp_path: Path
) -> None:
    """From the entries of its régie on, SQLite read each bill and payment of all years."""

    def look() -> None:
        with billing_store.read() as read:
            cash_box.cash_in_box(read, "ens", today())
            cash_box.totals_of_day(read, "ens", today())
            waiting_cheques(read, "ens", new_id())

    with billing_on(database, tmp_path):
        plans = sqlite_plans(database, billing_store, look, "FROM posting|FROM payment")

    in_box, of_day, cheques = (plan.split("\n")[0] for plan in plans)
    assert "ix_posting_household (household_id=? AND account=?)" in in_box
    assert "ix_entry_day (regie=? AND day=?)" in of_day
    assert "ix_payment_waiting (regie=? AND means=? AND id>?)" in cheques
