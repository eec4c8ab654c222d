"""A paper kept once: who reads it, who learns of its date alone, who is asked for the next one."""

import base64
import json
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from deploy.register.compiler import compile_register
from deploy.register.town_file.town import read_town
from services.dossier.data_protection.retention.commands import erase_sections
from services.dossier.data_protection.retention.rules import Due
from services.dossier.models import KeptPaper, PaperPart, ReadLog, Section
from services.dossier.papers.commands import papers as commands
from services.dossier.papers.queries.papers import papers_to_ask_again
from services.dossier.sharing.queries.current_access_policy import current_policy
from services.dossier.sharing.streams.commands.replica_reconciliation import publish_day_changes
from services.dossier.store import store
from shared.contracts.dossier import guardians
from shared.contracts.dossier.families.safeguarding import hold_file
from shared.contracts.dossier.papers import child_papers as papers
from shared.contracts.dossier.registrations import TooManyPapers, UnreadablePaper
from shared.contracts.errors import BadRequest, NotFound
from shared.contracts.sections.papers import MOST_KEPT
from shared.dates.clock import now, today
from shared.dates.instant import Instant
from shared.runtime.ids import new_id
from tests.factories import dossier as make
from tests.factories.dossier import Town, of
from tests.factories.register import DEMO_TOWN

LARGE_TOWN = DEMO_TOWN.with_name("demo-large.yaml")
PDF = base64.b64encode(b"%PDF-1.7 une attestation").decode()
DIRECTOR, SCHOOL_DESK = ("mdq", "director"), ("ens", "school_desk")


@pytest.fixture
def large(town: Town, register_file: Path) -> Town:
    """Give the dossier of a town whose leisure centre and school read the insurance, sports not."""
    rows = compile_register(read_town(LARGE_TOWN), [], {}, [])
    register_file.write_text(json.dumps(rows))
    return town


def family(town: Town, *links: str) -> tuple[str, str]:
    """Let a family arrive; return its guardian and its child."""
    one = make.guardian("Nora Bekri")
    ids = town.arrives(make.household(make.child([one], links=list(links)), guardians=[one]))
    town.sent()
    (child,) = ids.children.values()
    return str(ids.guardians[one["reference"]]), str(child)


def in_days(days: int) -> date:
    return today() + timedelta(days=days)


def keeps(town: Town, guardian: str, child: str, **more: Any) -> str:
    usual = {"paper_id": new_id(), "kind": "insurance", "valid_until": in_days(200)}
    asked = usual | {"part": 0, "parts": 1, "content": PDF} | more
    town.ask(papers.keep_paper, subject=guardian, child_id=child, **asked)
    return str(asked["paper_id"])


def agent_asks(
    town: Town, at: tuple[str, str], method: Any, child: str, paper: str, **more: Any
) -> Any:
    provider, role = at
    asked = {"projection": "insurance", "role": role, "reader": new_id()} | more
    return town.ask(
        method,
        caller=f"enrolment_{provider}",
        child_id=child,
        paper_id=paper,
        **asked,
    )


def papers_of(town: Town, guardian: str, child: str) -> list[Mapping[str, Any]]:
    return list(town.ask(papers.child_papers, subject=guardian, child_id=child).papers)


def test_one_paper_is_read_by_two_services_and_a_third_learns_its_date_alone(large: Town) -> None:
    nora, lina = family(large, "ens", "mdq", "agg")

    paper = keeps(large, nora, lina)
    sent = large.sent()

    assert {(each.provider, each.projection) for each in sent} == {
        ("ens", "insurance"),
        ("mdq", "insurance"),
    }
    assert agent_asks(large, SCHOOL_DESK, papers.read_paper, lina, paper).content == PDF
    agent_asks(large, DIRECTOR, papers.decide_paper, lina, paper, accepted=True)
    checked = large.sent()
    assert of(checked, "ens")["insurance"].content["paper"]["state"] == "accepted"
    assert of(checked, "agg")["insurance_date"].content == {
        "checked": True,
        "valid_until": in_days(200).isoformat(),
    }
    assert paper not in str([each for each in checked if each.provider == "agg"])


def test_a_service_that_learns_the_date_alone_cannot_read_the_paper(large: Town) -> None:
    nora, lina = family(large, "ens", "agg")
    paper = keeps(large, nora, lina)

    for projection in ("insurance", "insurance_date"):
        with pytest.raises((NotFound, PermissionError)):
            agent_asks(
                large, ("agg", "lead"), papers.read_paper, lina, paper, projection=projection
            )
    with pytest.raises(PermissionError):  # a role of the school that sees no paper
        agent_asks(large, ("ens", "kitchen"), papers.read_paper, lina, paper)


def test_a_service_without_the_child_reads_none_of_its_papers(large: Town) -> None:
    nora, lina = family(large, "ens")
    paper = keeps(large, nora, lina)

    with pytest.raises(NotFound):
        agent_asks(large, DIRECTOR, papers.read_paper, lina, paper)


def test_opening_a_paper_leaves_one_line_however_many_parts_it_has(large: Town) -> None:
    nora, lina = family(large, "ens")
    paper = new_id()
    whole = base64.b64decode(PDF)
    for part, content in enumerate((whole[:10], whole[10:])):
        sent = base64.b64encode(content).decode()
        keeps(large, nora, lina, paper_id=paper, part=part, parts=2, content=sent)

    reader = new_id()
    for part in (0, 1):
        agent_asks(large, SCHOOL_DESK, papers.read_paper, lina, paper, part=part, reader=reader)

    with store.read() as read:
        line = read.scalars(select(ReadLog).where(ReadLog.child_id == lina)).one()
    assert (line.provider, line.role, line.projection) == ("ens", "school_desk", "insurance")


def test_who_asks_for_the_later_parts_alone_leaves_a_line_too(large: Town) -> None:
    nora, lina = family(large, "ens")
    paper, whole = new_id(), base64.b64decode(PDF)
    for part, content in enumerate((whole[:10], whole[10:15], whole[15:])):
        sent = base64.b64encode(content).decode()
        keeps(large, nora, lina, paper_id=paper, part=part, parts=3, content=sent)
    reader, other = new_id(), new_id()

    for part, who in ((1, reader), (2, reader), (2, other)):
        agent_asks(large, SCHOOL_DESK, papers.read_paper, lina, paper, part=part, reader=who)

    with store.read() as read:
        lines = read.scalars(select(ReadLog).where(ReadLog.child_id == lina)).all()
    assert [line.subject for line in lines] == [reader, other]


def test_nothing_of_a_paper_lies_in_clear(large: Town) -> None:
    nora, lina = family(large, "ens")
    keeps(large, nora, lina)

    with store.read() as read:
        row = read.scalars(select(KeptPaper)).one()
        part = read.scalars(select(PaperPart)).one()
        section = read.get(Section, (lina, "papers"))
    assert "insurance" not in repr([getattr(row, column.name) for column in row.__table__.columns])
    assert b"PDF" not in part.content
    assert section is not None and b"insurance" not in (section.content or b"")


def test_what_is_no_paper_is_refused_and_nothing_is_kept(large: Town) -> None:
    nora, lina = family(large, "ens")

    with pytest.raises(UnreadablePaper):
        keeps(large, nora, lina, content=base64.b64encode(b"MZ a program").decode())
    for wrong in (None, in_days(-1), date(2099, 1, 1)):
        with pytest.raises(BadRequest):
            keeps(large, nora, lina, valid_until=wrong)

    assert papers_of(large, nora, lina) == []
    assert large.sent() == []


def test_a_paper_sent_twice_is_kept_once(large: Town) -> None:
    nora, lina = family(large, "ens")
    paper = keeps(large, nora, lina)

    keeps(large, nora, lina, paper_id=paper)

    assert [each["id"] for each in papers_of(large, nora, lina)] == [paper]


def test_a_child_has_only_so_many_papers(large: Town) -> None:
    nora, lina = family(large)
    for _ in range(MOST_KEPT):
        keeps(large, nora, lina)

    with pytest.raises(TooManyPapers):
        keeps(large, nora, lina)


def test_a_refused_paper_says_why_and_the_next_one_counts(large: Town) -> None:
    nora, lina = family(large, "ens", "agg")
    first = keeps(large, nora, lina)

    with pytest.raises(BadRequest):
        agent_asks(large, SCHOOL_DESK, papers.decide_paper, lina, first, accepted=False)
    agent_asks(
        large,
        SCHOOL_DESK,
        papers.decide_paper,
        lina,
        first,
        accepted=False,
        reason="unreadable",
    )
    with pytest.raises(papers.PaperDecided):
        agent_asks(large, SCHOOL_DESK, papers.decide_paper, lina, first, accepted=True)
    second = keeps(large, nora, lina)

    refused, waits = papers_of(large, nora, lina)
    assert (refused["state"], refused["reason"]) == ("refused", "unreadable")
    assert (refused["decided_by"], refused["counts"]) == ("ens", False)
    assert (waits["id"], waits["state"], waits["counts"]) == (second, "waiting", True)
    with pytest.raises(NotFound):  # the refused one is no service's any more
        agent_asks(large, SCHOOL_DESK, papers.read_paper, lina, first)


def test_a_paper_is_taken_back_by_who_kept_it_with_its_file(large: Town) -> None:
    nora, lina = family(large, "ens")
    paper = keeps(large, nora, lina)
    large.sent()

    large.ask(papers.drop_kept_paper, subject=nora, child_id=lina, paper_id=paper)

    assert of(large.sent(), "ens")["insurance"].content == {"paper": None}
    assert papers_of(large, nora, lina) == []
    assert stored_files() == 0


def stored_files() -> int:
    with store.read() as read:
        return read.scalar(select(func.count()).select_from(PaperPart)) or 0


def test_another_family_has_no_such_paper(large: Town) -> None:
    nora, lina = family(large, "ens")
    paper = keeps(large, nora, lina)
    stranger, _ = family(large, "ens")

    with pytest.raises(NotFound):
        large.ask(papers.paper_part, subject=stranger, child_id=lina, paper_id=paper)
    with pytest.raises(NotFound):
        large.ask(papers.drop_kept_paper, subject=stranger, child_id=lina, paper_id=paper)


def test_a_paper_answers_what_an_activity_asks_for(large: Town, register_file: Path) -> None:
    rows = json.loads(register_file.read_text())
    rows["completeness"] = [
        {"of": "judo", "first": ["insurance"], "for_stay": [], "by": ""},
    ]
    register_file.write_text(json.dumps(rows))
    nora, lina = family(large, "agg")

    def missing() -> list[str]:
        answer = large.ask(guardians.completeness, subject=nora, child_id=lina)
        (judo,) = [each for each in answer.activities if each["activity"] == "judo"]
        return list(judo["missing"])

    assert "insurance" in missing()
    keeps(large, nora, lina)
    assert "insurance" not in missing()


def test_a_family_is_asked_once_thirty_days_before_a_paper_ends(large: Town) -> None:
    nora, lina = family(large, "ens")
    keeps(large, nora, lina, valid_until=in_days(45))

    assert asked_on(large, 14) == []
    assert asked_on(large, 15) == [(nora, lina, in_days(45).isoformat())]
    assert asked_on(large, 16) == []


def test_who_has_kept_the_next_paper_is_not_asked_for_it(large: Town) -> None:
    nora, lina = family(large, "ens")
    keeps(large, nora, lina, valid_until=in_days(20))
    keeps(large, nora, lina, valid_until=in_days(400))

    assert asked_on(large, 0) == []


def test_the_family_of_a_child_who_died_is_asked_for_no_paper(large: Town) -> None:
    nora, lina = family(large, "ens")
    keeps(large, nora, lina, valid_until=in_days(45))
    holder = large.has_desk_agent("desk_lead")
    large.at_desk(hold_file, subject=holder, child_id=lina, held_by=holder)

    assert asked_on(large, 15) == []


def on(days: int) -> Instant:
    return Instant(now() + timedelta(days=days), in_days(days))


def asked_on(town: Town, days: int) -> list[tuple[str, str, str]]:
    when = on(days)
    with store.read() as read:
        due = papers_to_ask_again(read, when)
    with store.write() as write:
        commands.ask_for_next_paper(write, due, when)
    return [
        (row["subject"], row["child_id"], row["last_day"])
        for row in (json.loads(each.body) for each in town.taken(papers.paper_expiring))
    ]


def test_on_the_day_after_its_last_a_paper_has_expired_for_everyone(large: Town) -> None:
    nora, lina = family(large, "ens", "agg")
    paper = keeps(large, nora, lina, valid_until=in_days(3))
    agent_asks(large, SCHOOL_DESK, papers.decide_paper, lina, paper, accepted=True)
    large.sent()

    with store.write() as write:
        publish_day_changes(write, current_policy(), [lina], on(4))

    assert of(large.sent(), "ens")["insurance"].content["paper"]["state"] == "expired"


def test_files_go_with_what_is_said_of_them(large: Town) -> None:
    nora, lina = family(large, "ens")
    keeps(large, nora, lina)

    with store.write() as write:
        due = [Due(lina, "papers", "1 month, end_of_last_link", today())]
        erase_sections(write, current_policy(), due, Instant.now())

    assert stored_files() == 0
    with store.read() as read:
        assert read.scalar(select(func.count()).select_from(KeptPaper)) == 0


def test_a_paper_of_which_the_last_part_never_came_is_forgotten(large: Town) -> None:
    nora, lina = family(large, "ens")
    keeps(large, nora, lina, parts=2)

    with store.write() as write:
        commands.forget_unfinished_papers(write, on(2))

    assert stored_files() == 0
