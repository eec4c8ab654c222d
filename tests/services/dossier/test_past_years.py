"""Past years brought in by batch, providers that have left, and what a guardian takes away."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select, update

from services.dossier.models import Course, Guardianship, ReadLog
from services.dossier.read_log.queries.log_chain_check import verify_read_log
from services.dossier.service import DossierService
from services.dossier.store import store
from shared.bus.service_declarations import register_rows_of
from shared.contracts.dossier import activity_history_requests
from shared.contracts.dossier import activity_history_requests as histories
from shared.contracts.dossier import guardians as contracts
from shared.contracts.enrolment import attendance
from shared.contracts.errors import NotFound
from shared.contracts.message import ContractBroken
from shared.register import REVOKED
from tests.factories import dossier as make
from tests.factories.dossier import Town

CLUB = {"code": "old_club", "label": "Ancien club nautique"}


@pytest.fixture
def family(town: Town) -> dict[str, str]:
    """Give Manon of two households: Claire's, and that of Marc, who answers for her too."""
    claire, marc = make.guardian("Claire"), make.guardian("Marc")
    manon = make.child([claire])
    ids = town.arrives(make.household(manon, guardians=[claire]))
    theirs = town.arrives(
        make.household(manon | {"guardians": [marc["reference"]]}, guardians=[marc])
    )
    return {
        "reference": manon["reference"],
        "manon": ids.children[manon["reference"]],
        "claire": ids.guardians[claire["reference"]],
        "marc": theirs.guardians[marc["reference"]],
    }


def line(family: dict[str, str], **more: Any) -> dict[str, Any]:
    return {
        "child": family["reference"],
        "provider": "ens",
        "activity": "canteen",
        "label": "Cantine",
        "school_year": "2019-2020",
        "months": {"2019-09": 12, "2020-06": 8},
        **more,
    }


def arrives(town: Town, *lines: dict[str, Any], batch: str = "reprise-1", **more: Any) -> int:
    answer = town.ask(
        histories.import_history, caller="ops", batch=batch, lines=list(lines), **more
    )
    return int(answer.unknown)


def changed(town: Town, *lines: dict[str, Any]) -> int:
    answer = town.ask(histories.import_history, caller="ops", batch="reprise-1", lines=list(lines))
    return answer.changed


def undone(town: Town, batch: str = "reprise-1") -> int:
    return int(town.ask(histories.undo_history, caller="ops", batch=batch).removed)


def history(town: Town, family: dict[str, str], who: str = "claire", **more: Any) -> Any:
    return town.ask(
        activity_history_requests.history, subject=family[who], child_id=family["manon"], **more
    )


def counts(town: Town, child_id: str, times: int, **more: Any) -> None:
    usual = {"activity": "canteen", "label": "Restauration", "version": 1}
    told = {**usual, "school_year": "2026-2027", "month": "2026-11", **more}
    source = told.pop("source", "enrolment_ens")
    told |= {"child_id": child_id, "times": times}
    town.hear(attendance.activity_counted, source=source, **told)


def test_the_same_batch_again_changes_no_month_and_a_correction_one(
    town: Town, family: dict[str, str]
) -> None:
    told = line(family, months={"2019-09": 12, "2020-06": 8})

    assert [changed(town, told), changed(town, told)] == [2, 0]
    assert changed(town, line(family, months={"2019-09": 12, "2020-06": 9})) == 1


def test_past_years_come_once_however_often_the_batch_comes_and_a_correction_replaces_its_own(
    town: Town, family: dict[str, str]
) -> None:
    for _ in range(2):
        assert arrives(town, line(family)) == 0
    [read] = history(town, family).lines
    assert (read["months"], read["origin"]) == ({"2019-09": 12, "2020-06": 8}, "taken_over")

    arrives(town, line(family, months={"2019-09": 10}))
    arrives(town, line(family, months={"2019-09": 1}), batch="reprise-2")

    assert history(town, family).lines[0]["months"] == {"2019-09": 10, "2020-06": 8}


def test_a_batch_is_undone_as_a_whole_and_may_come_again(
    town: Town, family: dict[str, str]
) -> None:
    arrives(town, line(family))
    arrives(town, line(family, school_year="2018-2019", months={"2018-09": 3}), batch="other")

    assert undone(town) == 2
    assert [each["school_year"] for each in history(town, family).lines] == ["2018-2019"]
    assert undone(town) == 0

    arrives(town, line(family))
    assert history(town, family).years == ["2019-2020", "2018-2019"]


def test_what_a_provider_counted_stays_whatever_a_batch_says_or_undoes(
    town: Town, family: dict[str, str]
) -> None:
    past = {"school_year": "2019-2020", "month": "2019-09"}
    counts(town, family["manon"], 9, **past)
    arrives(town, line(family))
    counts(town, family["manon"], 7, **past | {"month": "2020-06"})

    assert undone(town) == 0
    [read] = history(town, family).lines
    assert (read["months"], read["origin"]) == ({"2019-09": 9, "2020-06": 7}, "published")


def test_a_child_that_is_not_known_is_counted_and_nothing_is_read_back(
    town: Town, family: dict[str, str]
) -> None:
    answered = town.ask(
        histories.import_history,
        caller="ops",
        batch="reprise-1",
        lines=[line(family), line(family, child="nobody")],
    )

    assert vars(answered) == {"unknown": 1, "changed": 2}


@pytest.mark.parametrize(
    "wrong",
    [
        {"school_year": "2019-2021"},
        {"months": {"2020-09": 3}},
        {"months": {"2019-09": -1}},
        {"months": {}},
    ],
)
def test_a_line_whose_months_are_not_of_its_year_is_refused(
    town: Town, family: dict[str, str], wrong: dict[str, Any]
) -> None:
    with pytest.raises(ContractBroken):
        arrives(town, line(family, **wrong))


def test_a_provider_that_left_keeps_its_name_whether_it_counted_here_or_came_with_a_batch(
    town: Town, family: dict[str, str], register_file: Path
) -> None:
    counts(town, family["manon"], 4, source="enrolment_agg", activity="judo", label="Judo")
    arrives(town, line(family, provider=CLUB["code"], activity="sail"), providers=[CLUB])
    town.service.keep_provider_names()
    before = {each["provider_label"] for each in history(town, family).lines}

    make.register(register_file, {"agg": REVOKED})

    assert store.register.provider_of("enrolment_agg") is None
    assert {each["provider_label"] for each in history(town, family).lines} == before
    assert "Ancien club nautique" in before and len(before) == 2


def test_a_batch_renames_no_provider_of_the_town(town: Town, family: dict[str, str]) -> None:
    arrives(town, line(family), providers=[{"code": "ens", "label": "Autre nom"}])

    assert history(town, family).providers[0]["label"] == "Service Enseignement"


def test_one_reads_a_year_or_a_provider_and_the_years_that_there_are(
    town: Town, family: dict[str, str]
) -> None:
    arrives(
        town,
        line(family),
        line(family, school_year="2020-2021", months={"2020-10": 2}),
        line(family, provider=CLUB["code"], school_year="2018-2019", months={"2019-05": 1}),
        providers=[CLUB],
    )

    latest = history(town, family, school_year=activity_history_requests.LATEST)
    club = history(town, family, provider=CLUB["code"], school_year="2020-2021")

    assert [each["school_year"] for each in latest.lines] == ["2020-2021"]
    assert latest.years == ["2020-2021", "2019-2020", "2018-2019"]
    assert [each["code"] for each in latest.providers] == ["ens", "old_club"]
    assert (club.years, len(club.lines)) == (["2018-2019"], 1)


def test_ten_years_are_read_in_as_many_statements_as_none(
    town: Town, family: dict[str, str]
) -> None:
    def statements() -> int:
        seen: list[str] = []
        listener = lambda *args: seen.append(args[2])  # noqa: E731
        event.listen(store.engine, "before_cursor_execute", listener)
        try:
            history(town, family, school_year=activity_history_requests.LATEST)
        finally:
            event.remove(store.engine, "before_cursor_execute", listener)
        return len(seen)

    none = statements()
    arrives(
        town,
        *(
            line(family, activity=f"a{at}", school_year=f"{year}-{year + 1}", months=months)
            for year in range(2010, 2020)
            for months in [{f"{year}-{month:02}": 4 for month in range(9, 13)}]
            for at in range(5)
        ),
    )

    assert statements() == none
    assert len(history(town, family, school_year=activity_history_requests.LATEST).lines) == 5


def test_both_households_of_a_child_read_it_and_who_answers_for_it_no_more_does_not(
    town: Town, family: dict[str, str]
) -> None:
    arrives(town, line(family))
    assert history(town, family, "marc").lines == history(town, family, "claire").lines

    with store.write() as write:
        ended = Guardianship.guardian_id == family["marc"]
        long_ago = {"valid_from": date(2020, 1, 1), "valid_to": date(2021, 1, 1)}
        write.execute(update(Guardianship).where(ended).values(**long_ago))

    with pytest.raises(NotFound):
        history(town, family, "marc")
    with pytest.raises(NotFound):
        taken(town, family, "marc")


def test_what_a_family_deleted_does_not_come_back_with_a_batch(
    town: Town, family: dict[str, str]
) -> None:
    arrives(town, line(family))
    town.ask(
        activity_history_requests.delete_history, subject=family["claire"], child_id=family["manon"]
    )
    arrives(town, line(family))

    with store.read() as read:
        assert read.scalars(select(Course)).all() == []


def test_nobody_but_the_family_reads_a_course_and_nobody_but_operations_brings_one_in() -> None:
    answering, _ = register_rows_of([DossierService])
    rights = {each.method: (each.callers, each.right) for each in answering}

    assert (
        rights["history"]
        == rights["note_export"]
        == (
            ("portal",),
            "guardian of the child, alone",
        )
    )
    assert rights["import_history"] == rights["undo_history"] == (("ops",), "service only")


def taken(town: Town, family: dict[str, str], who: str, form: str = "pdf") -> None:
    town.ask(histories.note_export, subject=family[who], child_id=family["manon"], form=form)


def test_what_a_guardian_takes_away_is_a_signed_line_that_the_other_one_never_sees(
    town: Town, family: dict[str, str]
) -> None:
    town.read(family["manon"])
    taken(town, family, "claire", "json")

    mine, theirs = (
        town.ask(contracts.who_read, subject=family[who], child_id=family["manon"])
        for who in ("claire", "marc")
    )

    assert [each["form"] for each in mine.exports] == ["json"]
    assert theirs.exports == []
    assert len(mine.reads) == len(theirs.reads) == 1
    with store.read() as read:
        assert verify_read_log(read) is None
        assert len(read.scalars(select(ReadLog)).all()) == 2
