"""The chained read log (rule R13), and what a family sees of it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DatabaseError

from services.dossier.digest_and_chain_keys import READS, ensure_own_key
from services.dossier.models import ChainHead, ReadLog
from services.dossier.read_log.commands import log as read_log
from services.dossier.read_log.queries import log_chain_check as read_log_queries
from services.dossier.read_log.rules.chain import Broken, Head, make_signed_line
from services.dossier.store import store
from shared.contracts.dossier import guardians as contracts
from shared.contracts.dossier.data_protection import read_log as log_contracts
from shared.contracts.message import ContractBroken
from shared.database.engines import open_engine
from shared.dates.clock import PARIS, now
from shared.dates.instant import Instant
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import dossier as make
from tests.factories.dossier import Town
from tests.night import size
from tests.plans import counted


def test_each_read_at_a_desk_leaves_one_line_however_often_it_is_told(
    town: Town, claire: str, manon: str
) -> None:
    for message in ("one", "one", "two"):
        town.read(manon, message_id=message)

    (line,) = town.ask(contracts.who_read, subject=claire, child_id=manon).reads
    assert (line["provider"], line["role"], line["projection"]) == ("ens", "kitchen", "allergies")
    assert (line["times"], line["unusual"]) == (2, False)


def test_a_family_sees_the_function_and_never_the_agents_name(
    town: Town, claire: str, manon: str
) -> None:
    agent = new_id()
    town.read(manon, subject=agent, unusual=True)

    answer = town.ask(contracts.who_read, subject=claire, child_id=manon)

    assert answer.reads[0]["unusual"] is True
    assert agent not in str(answer)


def test_a_guardians_own_reads_and_the_other_guardians_are_not_recorded(
    town: Town, claire: str, manon: str
) -> None:
    asked = {"subject": claire, "child_id": manon}
    town.ask(contracts.read_section, **asked, section="health")
    town.ask(contracts.who_knows, **asked)

    assert town.ask(contracts.who_read, **asked).reads == []


def test_reads_older_than_twelve_months_are_not_shown(town: Town, claire: str, manon: str) -> None:
    town.read(manon, at=now() - timedelta(days=500))

    assert town.ask(contracts.who_read, subject=claire, child_id=manon).reads == []


def test_a_provider_cannot_report_a_read_of_a_child_it_never_had(town: Town, manon: str) -> None:
    with pytest.raises(ContractBroken):
        town.read(new_id())


def test_a_list_that_left_as_a_file_is_a_line_of_each_child_once(
    town: Town, claire: str, manon: str
) -> None:
    for message in ("file", "file", "again"):
        town.list_left([manon], message_id=message)

    (line,) = town.ask(contracts.who_read, subject=claire, child_id=manon).reads
    assert (line["projection"], line["purpose"]) == ("care_core", "list_file")
    assert (line["role"], line["times"]) == ("kitchen", 2)


@pytest.mark.both_databases
def test_the_lines_of_one_reading_take_as_many_statements_as_one_line(town: Town) -> None:
    def lines(count: int) -> list[read_log.Access]:
        return [
            read_log.Access(new_id(), now(), new_id(), "counter", "names", "desk", None, False)
            for _ in range(count)
        ]

    many, taken = lines(30), []
    for some in (lines(1), lines(1), lines(1), many, many):  # two of them make and read the key
        with counted(store) as statements, store.write() as write:
            read_log.append_reads(write, "front_desk", some, Instant.now())
        taken.append(len(statements))

    with store.read() as read:
        kept = read.scalars(select(ReadLog.child_id).order_by(ReadLog.sequence)).all()
        assert read_log_queries.verify_read_log(read) is None
    assert kept[3:] == [line.child_id for line in many]
    assert taken[2] == taken[3]
    assert taken[4] == 1  # they are known


def test_a_list_of_payers_is_a_line_for_the_dpo_and_for_no_family(
    town: Town, claire: str, manon: str
) -> None:
    town.list_left([manon], part="account")

    assert town.ask(contracts.who_read, subject=claire, child_id=manon).reads == []
    with store.read() as read:
        lines = read.execute(select(ReadLog.projection, ReadLog.purpose)).all()
    assert [tuple(line) for line in lines] == [("account", "list_file")]


def test_a_provider_reports_no_list_with_a_child_it_never_had(town: Town, manon: str) -> None:
    with pytest.raises(ContractBroken):
        town.list_left([manon, new_id()])


@pytest.mark.both_databases
def test_the_log_can_neither_be_changed_nor_shortened_in_the_database(
    town: Town, manon: str
) -> None:
    for _ in range(3):
        town.read(manon)

    for statement in (
        update(ReadLog).values(role="lead"),
        delete(ReadLog),
        delete(ReadLog).where(ReadLog.sequence == 3),
    ):
        with pytest.raises(DatabaseError), store.write() as write:
            write.execute(statement)


@pytest.mark.parametrize(
    ("attack", "found"),
    [
        ("UPDATE read_log SET role = 'lead' WHERE sequence = 3", Broken(3, "changed")),
        ("DELETE FROM read_log WHERE sequence = 3", Broken(4, "gap")),
        ("DELETE FROM read_log WHERE sequence = 1", Broken(2, "beginning")),
        ("DELETE FROM read_log WHERE sequence > 4", Broken(4, "end")),
        ("UPDATE read_log SET sequence = 107 - sequence", Broken(101, "changed")),
    ],
)
@pytest.mark.both_databases
def test_whoever_owns_the_database_cannot_tamper_unseen(
    town: Town, manon: str, database: Database, attack: str, found: Broken
) -> None:
    for _ in range(6):
        town.read(manon)
    with store.read() as read:
        assert read_log_queries.verify_read_log(read) is None

    _without_triggers(database, attack)

    with store.read() as read:
        assert read_log_queries.verify_read_log(read) == found


@pytest.mark.both_databases
def test_a_log_cut_short_with_its_head_is_found_by_the_head_noted_outside(
    town: Town, manon: str, database: Database
) -> None:
    for _ in range(6):
        town.read(manon)
    with store.read() as read:
        anchor = read_log_queries.last_line_of_log(read)

    _without_triggers(
        database,
        "DELETE FROM read_log WHERE sequence > 4",
        "UPDATE chain_head SET sequence = 4, mac = (SELECT mac FROM read_log WHERE sequence = 4)",
    )

    with store.read() as read:
        assert read_log_queries.verify_read_log(read) is None
        assert read_log_queries.verify_read_log(read, [anchor]) == Broken(4, "end")


def test_operations_learn_whether_the_log_is_whole_and_no_line_of_it(
    town: Town, manon: str, database: Database
) -> None:
    for _ in range(6):
        town.read(manon)
    whole = town.ask(log_contracts.verify_reads, caller="ops", heads=[])
    town.read(manon)

    _without_triggers(database, "DELETE FROM read_log WHERE sequence = 7")
    cut = town.ask(log_contracts.verify_reads, caller="ops", heads=[whole.head])

    assert (whole.lines, whole.broken, whole.head["sequence"]) == (6, "", 6)
    assert (cut.lines, cut.broken, cut.sequence) == (6, "end", 6)
    assert manon not in str((whole, cut))


@pytest.mark.both_databases
def test_a_purge_of_old_months_is_a_signed_line_and_not_a_truncation(
    town: Town, claire: str, manon: str
) -> None:
    for _ in range(3):
        town.read(manon)
    with store.read() as read:
        anchor = read_log_queries.last_line_of_log(read)

    with store.write() as write:
        assert read_log.purge_reads(write, Instant.now()) == 0
    with store.write() as write:
        assert read_log.purge_reads(write, later(days=400)) == 3
    town.read(manon)

    with store.read() as read:
        assert read_log_queries.verify_read_log(read, [anchor]) is None
        assert read.scalars(select(ReadLog.kind).order_by(ReadLog.sequence)).all() == [
            "purge",
            "read",
        ]


def test_a_purge_goes_a_portion_at_a_time_and_the_log_is_whole_after_each(
    town: Town, claire: str, manon: str
) -> None:
    for _ in range(5):
        town.read(manon)
    with store.read() as read:
        anchor = read_log_queries.last_line_of_log(read)

    gone = []
    while not gone or gone[-1] == 2:
        with store.write() as write:
            gone.append(read_log.purge_reads(write, later(days=400), most=2))
        town.read(manon)
        with store.read() as read:
            assert read_log_queries.verify_read_log(read, [anchor]) is None

    assert gone == [2, 2, 1]


def test_a_log_of_thousands_of_lines_is_verified_to_its_last(
    town: Town, manon: str, database: Database
) -> None:
    lines = size(2_000, at_night=20_000)
    town.read(manon)
    _read_often(manon, lines)

    whole = town.ask(log_contracts.verify_reads, caller="ops", heads=[])
    _without_triggers(database, f"UPDATE read_log SET role = 'lead' WHERE sequence = {lines - 1}")
    changed = town.ask(log_contracts.verify_reads, caller="ops", heads=[whole.head])

    assert (whole.lines, whole.broken, whole.sequence) == (lines + 1, "", lines + 1)
    assert (changed.broken, changed.sequence) == ("changed", lines - 1)


@pytest.mark.both_databases
def test_reads_that_come_at_once_make_one_chain(town: Town, manon: str) -> None:
    make.at_once(*(lambda: town.read(manon) for _ in range(12)))

    with store.read() as read:
        assert read_log_queries.verify_read_log(read) is None
        assert read_log_queries.last_line_of_log(read).sequence == 12


def _read_often(child_id: str, times: int) -> None:
    """Append as many lines as agents write in weeks, in one transaction."""
    columns = (*read_log_queries.SIGNED, "sequence", "previous", "mac")
    with store.write() as write:
        first = write.scalars(select(ReadLog)).one()
        key, head = ensure_own_key(write, READS), Head(first.sequence, first.mac)
        rows = []
        for number in range(times):
            row = {name: getattr(first, name) for name in columns} | {"message_id": f"m{number}"}
            body = read_log_queries.signed_body(row)
            line = make_signed_line(key, head, body)
            rows.append(row | {"sequence": line.sequence, "previous": head.mac, "mac": line.mac})
            head = line.head
        write.execute(insert(ReadLog), rows)
        write.execute(update(ChainHead).values(sequence=head.sequence, mac=head.mac))


def _without_triggers(database: Database, *statements: str) -> None:
    """Act as the owner of the database, who can take the triggers away."""
    engine = open_engine(database.owner_url)
    with engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            names = connection.execute(
                text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            ).scalars()
            for name in names.all():
                connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            connection.execute(text("ALTER TABLE read_log DISABLE TRIGGER USER"))
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def later(**time: Any) -> Instant:
    moment = now() + timedelta(**time)
    return Instant(moment, moment.astimezone(PARIS).date())
