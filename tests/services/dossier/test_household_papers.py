"""Papers of a household: kept by one guardian, checked at the front desk, seen by nobody else."""

import base64
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from services.dossier.models import HouseholdPaper, PaperCheck, PaperPart, ReadLog
from services.dossier.papers.commands.household_papers import (
    forget_unfinished_papers,
    keep_household_paper,
)
from services.dossier.papers.queries import household_papers as queries
from services.dossier.store import store
from shared.contracts.dossier import guardians
from shared.contracts.dossier.families import household_adults, safeguarding
from shared.contracts.dossier.papers import household_papers
from shared.contracts.dossier.registrations import TooManyPapers, UnreadablePaper
from shared.contracts.errors import BadRequest, NotFound
from shared.dates.clock import now, today
from shared.dates.instant import Instant
from shared.runtime.ids import new_id
from tests.factories import dossier as make
from tests.factories.dossier import Town
from tests.factories.dossiers.person_copies import asks, copied

PDF = base64.b64encode(b"%PDF-1.7 une quittance").decode()
PART = base64.b64encode(b"%PDF-1.7 ").decode()
PROOF, JUDGMENT = household_papers.ADDRESS_PROOF, household_papers.JUDGMENT


@dataclass(frozen=True)
class Home:
    """Nora and Karim live with Lina in one household, which the town does not protect."""

    town: Town
    nora: str
    karim: str
    lina: str
    id: str

    def asks(self, who: str, method: Any, **more: Any) -> Any:
        return self.town.ask(method, subject=who, **({"household_id": self.id} | more))

    def keeps(self, who: str, kind: str, **more: Any) -> str:
        usual = {"paper_id": new_id(), "kind": kind, "part": 0, "parts": 1, "content": PDF}
        self.asks(who, household_papers.keep_household_paper, **(usual | more))
        return str((usual | more)["paper_id"])

    def sees(self, who: str, **more: Any) -> list[tuple[str, str]]:
        answer = self.asks(who, household_papers.household_papers, **more)
        return [(paper["kind"], paper["state"]) for paper in answer.papers]

    def reads(self, who: str) -> list[str]:
        lines = self.town.ask(guardians.who_read, subject=who, child_id=self.lina).reads
        return sorted(line["projection"] for line in lines)


@pytest.fixture
def home(town: Town) -> Home:
    nora, karim = make.guardian("Nora Bekri"), make.guardian("Karim Bekri")
    child = make.child([nora, karim])
    ids = town.arrives(make.household(child, guardians=[nora, karim], address=make.address()))
    people = [ids.guardians[each["reference"]] for each in (nora, karim)]
    (lina,) = ids.children.values()
    return Home(town, *people, lina, ids.household_id)


def at_desk(home: Home, agent: str, method: Any, **more: Any) -> Any:
    return home.town.at_desk(method, subject=agent, household_id=home.id, **more)


def decides(home: Home, agent: str, paper: str, **more: Any) -> None:
    asked = {"paper_id": paper, "accepted": True} | more
    at_desk(home, agent, household_papers.decide_household_paper, **asked)


def test_a_checked_proof_of_address_is_seen_for_good_by_whoever_asks_for_one(home: Home) -> None:
    helene = home.town.has_desk_agent("counter")
    paper = home.keeps(home.nora, PROOF)
    waiting = home.town.at_desk(household_papers.waiting_household_papers, subject=helene).homes
    assert [(each["household_id"], each["kinds"]) for each in waiting] == [(home.id, [PROOF])]

    opened = at_desk(home, helene, household_papers.read_household_paper, paper_id=paper)
    decides(home, helene, paper, valid_until=today() + timedelta(days=90))

    assert opened.content == PDF
    assert home.sees(home.nora) == [(PROOF, "accepted")]
    assert home.town.at_desk(household_papers.waiting_household_papers, subject=helene).homes == []
    with store.read() as read:
        check = read.scalars(select(PaperCheck)).one()
    assert (check.kind, check.subject_id, check.agent) == ("domicile", home.id, helene)
    with pytest.raises(household_papers.HouseholdPaperDecided):
        decides(home, helene, paper)


def test_the_other_parent_of_the_same_home_learns_of_no_paper(home: Home) -> None:
    desk = home.town.has_desk_agent("desk_lead")
    judgment = home.keeps(home.nora, JUDGMENT)
    proof = home.keeps(home.nora, PROOF)
    before = home.reads(home.karim)

    at_desk(home, desk, household_papers.read_household_paper, paper_id=judgment)

    assert home.sees(home.karim) == []
    assert home.reads(home.karim) == before
    for paper in (judgment, proof):
        for method in (
            household_papers.household_paper_part,
            household_papers.drop_household_paper,
        ):
            with pytest.raises(NotFound):
                home.asks(home.karim, method, paper_id=paper)


def test_what_one_parent_keeps_leaves_the_other_as_much_room(home: Home) -> None:
    for _paper in range(household_papers.MOST_KEPT):
        home.keeps(home.nora, JUDGMENT)

    home.keeps(home.karim, PROOF)

    with pytest.raises(TooManyPapers):
        home.keeps(home.nora, PROOF)


def test_who_checks_dossiers_and_does_not_protect_finds_no_judgment(home: Home) -> None:
    counter, lead = (home.town.has_desk_agent(role) for role in ("counter", "desk_lead"))
    judgment = home.keeps(home.nora, JUDGMENT)

    seen = at_desk(home, counter, household_papers.papers_at_desk).papers

    assert seen == []
    assert home.town.at_desk(household_papers.waiting_household_papers, subject=counter).homes == []
    with pytest.raises(NotFound):
        at_desk(home, counter, household_papers.read_household_paper, paper_id=judgment)
    with pytest.raises(NotFound):
        decides(home, counter, judgment)
    decides(home, lead, judgment)
    assert home.sees(home.nora) == [(JUDGMENT, "accepted")]


def test_no_agent_reads_papers_beside_a_family_and_no_provider_at_all(home: Home) -> None:
    home.keeps(home.nora, PROOF)

    with pytest.raises(PermissionError):
        home.asks(home.nora, household_papers.household_papers, actor=new_id())
    with pytest.raises(PermissionError):
        home.town.ask(household_papers.papers_at_desk, caller="enrolment_ens", household_id=home.id)


def test_who_is_protected_takes_her_papers_along_and_the_counter_finds_that_home_no_more(
    home: Home,
) -> None:
    judgment = home.keeps(home.nora, JUDGMENT)
    hers = home.town.at_desk(
        safeguarding.protect_household,
        household_id=home.id,
        guardians=[home.nora],
        children=[],
        **make.paper(),
    ).household_id
    lead, counter = (home.town.has_desk_agent(role) for role in ("desk_lead", "counter"))

    assert home.sees(home.nora, household_id=hers) == [(JUDGMENT, "waiting")]
    asked = {"household_id": hers, "paper_id": judgment}
    opened = home.town.ask(household_papers.household_paper_part, subject=home.nora, **asked)
    assert opened.content == PDF
    with pytest.raises(NotFound):
        home.asks(home.karim, household_papers.household_papers, household_id=hers)
    with pytest.raises(NotFound):
        home.town.at_desk(household_papers.papers_at_desk, subject=counter, household_id=hers)
    waiting = household_papers.waiting_household_papers
    assert home.town.at_desk(waiting, subject=counter).homes == []
    assert [each["household_id"] for each in home.town.at_desk(waiting, subject=lead).homes] == [
        hers
    ]


def test_an_opening_leaves_one_line_for_all_parts_of_the_file(home: Home) -> None:
    lead = home.town.has_desk_agent("desk_lead")
    judgment = home.keeps(home.nora, JUDGMENT, parts=2, content=PART)
    home.keeps(home.nora, JUDGMENT, parts=2, part=1, paper_id=judgment)
    opens = household_papers.read_household_paper

    for part in (0, 1, 0, 1):
        at_desk(home, lead, opens, paper_id=judgment, part=part)

    with store.read() as read:
        lines = select(func.count()).select_from(ReadLog).where(ReadLog.projection == "rulings")
        assert read.scalar(lines) == 2


def test_an_agent_finds_a_home_that_is_none_as_little_as_one_that_is_guarded(home: Home) -> None:
    counter = home.town.has_desk_agent("counter")

    with pytest.raises(NotFound):
        home.town.at_desk(household_papers.papers_at_desk, subject=counter, household_id=new_id())


def test_what_waits_is_looked_through_to_the_end(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _paper in range(5):
        home.keeps(home.karim, PROOF)
    home.keeps(home.nora, JUDGMENT)
    monkeypatch.setattr(queries, "AT_ONCE", 2)

    with store.read() as read:
        homes = queries.homes_with_waiting_papers(read, {JUDGMENT}, today(), protects=True)

    assert [(each["household_id"], each["kinds"]) for each in homes] == [(home.id, [JUDGMENT])]


def test_who_has_left_meanwhile_keeps_nothing_in_that_home(home: Home) -> None:
    paper = household_papers.KeepHouseholdPaperRequest(home.id, new_id(), PROOF, 0, 1, PDF)

    with store.write() as write, pytest.raises(NotFound):
        keep_household_paper(write, paper, by=new_id(), when=Instant.now())


def test_papers_of_who_moves_out_are_erased_since_nobody_else_could_take_them_back(
    home: Home,
) -> None:
    lead = home.town.has_desk_agent("desk_lead")
    home.keeps(home.karim, JUDGMENT)
    hers = home.keeps(home.nora, PROOF)

    at_desk(
        home,
        lead,
        household_adults.end_guardianship,
        guardian_id=home.karim,
        still_answers=True,
        children=[],
        reason="ruling",
        holds_from=today(),
        paper="judgment",
        paper_date=today(),
    )

    with store.read() as read:
        assert read.scalars(select(HouseholdPaper.id)).all() == [hers]
        assert read.scalars(select(PaperPart.paper_id)).all() == [hers]


def test_who_leaves_a_home_for_no_other_address_yet_still_proves_the_address_they_have(
    home: Home,
) -> None:
    home.keeps(home.nora, PROOF)
    home.keeps(home.karim, PROOF)
    hers = home.town.at_desk(
        safeguarding.protect_household,
        household_id=home.id,
        guardians=[home.nora],
        children=[],
        **make.paper(),
    ).household_id

    assert home.sees(home.nora, household_id=hers) == [(PROOF, "waiting")]
    assert home.sees(home.karim) == [(PROOF, "waiting")]


def test_a_proof_from_before_another_address_proves_the_former_one(home: Home) -> None:
    home.keeps(home.nora, PROOF)
    known = home.asks(home.nora, guardians.my_household)

    moved = make.address() | {"street": "9 rue Neuve", "valid_from": today()}
    home.asks(home.nora, guardians.move_household, base_version=known.version, **moved)

    assert home.sees(home.nora) == [(PROOF, "former")]
    home.keeps(home.nora, PROOF)
    assert home.sees(home.nora) == [(PROOF, "former"), (PROOF, "waiting")]


def test_a_lease_kept_before_the_move_and_checked_after_it_proves_the_new_address(
    home: Home,
) -> None:
    lease = home.keeps(home.nora, PROOF)
    known = home.asks(home.nora, guardians.my_household)
    moved = make.address() | {"street": "9 rue Neuve", "valid_from": today()}
    home.asks(home.nora, guardians.move_household, base_version=known.version, **moved)

    decides(home, home.town.has_desk_agent("counter"), lease)

    assert home.sees(home.nora) == [(PROOF, "accepted")]


def test_nothing_is_half_done_by_a_refusal_without_a_reason_or_a_day_that_is_past(
    home: Home,
) -> None:
    helene = home.town.has_desk_agent("counter")
    paper = home.keeps(home.nora, PROOF)

    for wrong in (
        {"accepted": False},
        {"valid_until": today() - timedelta(days=1)},
        {"accepted": False, "reason": "too_old", "valid_until": today()},
    ):
        with pytest.raises(BadRequest):
            decides(home, helene, paper, **wrong)

    assert home.sees(home.nora) == [(PROOF, "waiting")]
    decides(home, helene, paper, accepted=False, reason="too_old")
    assert home.sees(home.nora) == [(PROOF, "refused")]


def test_a_paper_taken_back_or_never_finished_leaves_nothing(home: Home) -> None:
    paper = home.keeps(home.nora, PROOF)
    home.keeps(home.nora, PROOF, parts=2)
    with pytest.raises(UnreadablePaper):
        home.keeps(home.nora, PROOF, content=base64.b64encode(b"MZ").decode())

    home.asks(home.nora, household_papers.drop_household_paper, paper_id=paper)
    with store.write() as write:
        forget_unfinished_papers(
            write, Instant(now() + timedelta(days=2), today() + timedelta(days=2))
        )

    with store.read() as read:
        for table in (HouseholdPaper, PaperPart):
            assert read.scalar(select(func.count()).select_from(table)) == 0


def test_a_copy_of_ones_data_has_the_papers_that_one_kept_and_no_other_guardian_s(
    home: Home,
) -> None:
    his = home.keeps(home.karim, PROOF)
    home.keeps(home.nora, JUDGMENT)

    rows = copied(home.town, asks(home.town, home.karim))

    assert [row["id"] for row in rows if row["table"] == "household_paper"] == [his]
    assert JUDGMENT not in str([row for row in rows if row["table"] == "household_paper"])
