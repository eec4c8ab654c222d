"""
One household becomes two from a day on, at the front desk and without protection.

Manon and Jules live with both parents. Their mother leaves: Manon alternates, Jules goes with her.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from services.dossier.corrections.commands import due_corrections, separations
from services.dossier.corrections.queries import corrections as corrections_queries
from services.dossier.corrections.queries import separations as separation_queries
from services.dossier.models import Household, Separation
from services.dossier.sharing.rules.access_policy import AccessPolicy
from services.dossier.store import store
from shared.contracts.dossier import corrections
from shared.contracts.dossier import guardians as contracts
from shared.contracts.dossier.families import safeguarding, separation
from shared.contracts.dossier.families.safeguarding import IN_BOTH, WITH_WHO_LEAVES, WITH_WHO_STAYS
from shared.contracts.dossier.two_home_weeks import weeks_in_one_home
from shared.contracts.errors import BadRequest, NotFound
from shared.dates.clock import midnight, today
from shared.dates.instant import Instant
from tests.databases import Database
from tests.factories import dossier as make
from tests.factories.dossier import Town, of

KNOWN_SINCE = timedelta(days=200)
FLAT = {"street": "8 rue du Bac", "postcode": "75007", "commune": "Paris"}
EVEN_HERS = {
    "even": WITH_WHO_LEAVES,
    "odd": WITH_WHO_STAYS,
    "changes_on": 5,
    "changes_at": "evening",
    "school_days": None,
    "holidays": WITH_WHO_LEAVES,
    "summer": "fortnights",
}


@dataclass(frozen=True)
class Family:
    """Two parents and two children in one household, a service that has both, and an agent."""

    town: Town
    manon: str
    jules: str
    mother: str
    father: str
    home: str
    agent: str

    @property
    def lives(self) -> dict[str, str]:
        return {self.manon: IN_BOTH, self.jules: WITH_WHO_LEAVES}

    def separates(self, agent: str = "", **more: Any) -> str:
        lives = more.pop("lives", self.lives)
        usual = {
            "household_id": self.home,
            "guardians": [self.mother],
            "children": [{"child_id": child, "lives": how} for child, how in lives.items()],
            "weeks": EVEN_HERS,
            "address": FLAT,
            "paper": "guardian_statement",
            "paper_date": date(2026, 1, 5),
            "reason": corrections.CHANGE,
            "holds_from": today(),
        }
        answer = self.town.at_desk(
            separation.separate_household, subject=agent or self.agent, **usual | more
        )
        return str(answer.separation_id)

    def opened(self, household: str = "", agent: str = "") -> Any:
        asked = {"household_id": household or self.home}
        return self.town.at_desk(
            separation.open_for_separation, subject=agent or self.agent, **asked
        )

    def homes(self, who: str) -> list[str]:
        return list(self.town.ask(contracts.my_children, subject=who).households)

    def card(self, who: str, child: str) -> Any:
        card = self.town.ask(contracts.my_children, subject=who)
        return next(each for each in card.children if each["id"] == child)

    def streets(self, who: str, household: str) -> list[str]:
        home = self.town.ask(contracts.my_household, subject=who, household_id=household)
        return [each["street"] for each in home.addresses]

    def corrects_weeks(self, **more: Any) -> str:
        usual = {
            "child_id": self.manon,
            "paper": "judgment",
            "paper_date": date(2026, 1, 5),
            "reason": corrections.RULING,
            "holds_from": today(),
        }
        answer = self.town.at_desk(corrections.correct_weeks, subject=self.agent, **usual | more)
        return str(answer.correction_id)

    def on(self, day: date) -> None:
        """Let that day come."""
        when = Instant(midnight(day), day)
        with store.read() as read:
            due = separation_queries.separations_due(read, when)
            corrected = corrections_queries.corrections_due(read, when)
        for each in due:
            with store.write() as write:
                separations.apply_due_separation(write, store.register, each, when)
        policy = AccessPolicy.from_register(store.register)
        with store.write() as write:
            due_corrections.apply_due_corrections(write, policy, corrected, when)


@pytest.fixture
def family(database: Database, tmp_path: Path) -> Iterator[Family]:
    with make.opened(database, tmp_path / "register.json") as town:
        mother, father = make.guardian("Mère"), make.guardian("Père")
        manon = make.child([mother, father], links=["ens"])
        brother = {"identity": make.identity("Jules", birth_date="2021-05-06")}
        jules = make.child([mother, father], links=["ens"], sections=brother)
        ids = town.arrives(
            make.household(
                manon, jules, guardians=[mother, father], address=make.address("2026-01-01")
            )
        )
        with store.write() as write:
            known = midnight(today() - KNOWN_SINCE)
            write.execute(update(Household).values(created_at=known))
        town.sent(), town.cards(), town.homes()
        yield Family(
            town,
            ids.children[manon["reference"]],
            ids.children[jules["reference"]],
            ids.guardians[mother["reference"]],
            ids.guardians[father["reference"]],
            ids.household_id,
            town.has_desk_agent("dossiers"),
        )


def test_who_leaves_has_a_household_of_their_own_with_the_new_address_from_that_day(
    family: Family,
) -> None:
    family.separates()

    (hers,), (his,) = family.homes(family.mother), family.homes(family.father)
    assert his == family.home != hers
    assert family.streets(family.mother, hers) == ["8 rue du Bac", "12 rue des Lilas"]
    assert family.streets(family.father, his) == ["12 rue des Lilas"]
    told = {home.household_id: home for home in family.town.homes()}
    assert [each["first_name"] for each in told[his].children] == ["Manon"]
    assert [each["first_name"] for each in told[hers].children] == ["Manon", "Jules"]
    assert told[hers].addresses[0] == {**FLAT, "insee": "", "valid_from": today()}


def test_the_service_learns_of_each_child_whose_days_are_whose_since_that_day(
    family: Family,
) -> None:
    since = today() - timedelta(days=20)
    family.separates(holds_from=since)

    (hers,) = family.homes(family.mother)
    weeks = {each.child_id: each.content["weeks"] for each in family.town.sent()}
    homes = {WITH_WHO_LEAVES: hers, WITH_WHO_STAYS: family.home}
    said = {name: homes.get(str(value), value) for name, value in EVEN_HERS.items()}
    assert weeks[family.manon] == {**said, "since": since.isoformat()}
    assert (weeks[family.jules]["even"], weeks[family.jules]["odd"]) == (hers, hers)


def test_each_parent_reads_whose_week_it_is_and_nothing_that_names_the_other_home(
    family: Family,
) -> None:
    family.separates()

    (hers,) = family.homes(family.mother)
    mine, other = family.card(family.mother, family.manon), family.card(family.father, family.manon)
    assert (mine["weeks"]["even"], mine["weeks"]["odd"]) == (hers, "")
    assert (other["weeks"]["even"], other["weeks"]["odd"]) == ("", family.home)
    assert mine["weeks_since"] == today()
    assert family.card(family.mother, family.jules)["weeks"] is None


def test_a_day_to_come_waits_and_takes_hold_by_itself(family: Family) -> None:
    day = today() + timedelta(days=30)
    family.separates(holds_from=day)

    assert family.town.sent() == []
    assert family.homes(family.mother) == family.homes(family.father) == [family.home]
    family.on(day - timedelta(days=1))
    assert family.homes(family.mother) == [family.home]

    family.on(day)

    assert family.homes(family.mother) != [family.home]
    (row,) = family.opened().separations
    assert (row["names"], row["applied_at"] is not None) == (["Mère"], True)
    assert len(family.town.sent()) == 2
    family.on(day)
    assert family.town.sent() == []


def test_a_separation_is_withdrawn_before_its_day_and_not_afterwards(family: Family) -> None:
    day = today() + timedelta(days=30)
    waiting = family.separates(holds_from=day)
    with pytest.raises(corrections.AnotherWaits):
        family.separates()

    family.town.at_desk(separation.withdraw_separation, subject=family.agent, separation_id=waiting)
    family.on(day)

    assert family.homes(family.mother) == [family.home]
    done = family.separates()
    with pytest.raises(NotFound):
        family.town.at_desk(
            separation.withdraw_separation, subject=family.agent, separation_id=done
        )
    with store.read() as read:
        assert [row.content for row in read.scalars(select(Separation))] == [None, None]


def test_nothing_is_left_to_separate_once_the_household_is_another_on_that_day(
    family: Family,
) -> None:
    day = today() + timedelta(days=30)
    family.separates(holds_from=day)
    protects = {"household_id": family.home, "guardians": [family.mother], **make.paper()}
    family.town.at_desk(safeguarding.protect_household, **protects)
    (hers,) = family.homes(family.mother)

    family.on(day)

    assert family.homes(family.mother) == [hers]
    (row,) = family.opened(agent=family.town.has_desk_agent("desk_lead")).separations
    assert row["lapsed_at"] is not None


def test_desk_and_both_parents_see_which_service_has_taken_it_in(family: Family) -> None:
    family.separates()

    def receipts() -> dict[str, bool]:
        (row,) = family.opened().separations
        return {each["provider"]: each["received"] for each in row["receipts"]}

    def read_by(who: str) -> list[Any]:
        asked = {"subject": who, "child_id": family.manon}
        return list(family.town.ask(corrections.corrections_of, **asked).corrections)

    assert receipts() == {"ens": False}
    for each in family.town.sent():
        family.town.held(each.provider, each)
    assert receipts() == {"ens": True}
    for who in (family.mother, family.father):
        (row,) = read_by(who)
        assert row["receipts"] == [{"provider": "ens", "received": True}]
        changed = {each["field"]: (each["before"], each["after"]) for each in row["changes"]}
        assert changed["home"] == ("Mère, Père", "")
        assert (changed["even"], changed["odd"]) == (("", "Mère"), ("", "Père"))
        assert changed["changes"] == ("", "5 evening")


def test_an_import_brings_nobody_back_and_changes_no_weeks_that_were_said_at_the_desk(
    family: Family,
) -> None:
    family.separates()
    family.town.sent()
    with store.read() as read:
        references = {row.id: row.reference for row in read.scalars(select(Household))}
    row = {
        "reference": references[family.home],
        "guardians": [{"reference": "g1", "name": "Père", "email": ""}],
        "address": None,
        "children": [],
    }
    family.town.arrives(row)

    assert family.homes(family.mother) != [family.home]
    assert family.town.sent() == []


@pytest.mark.parametrize(
    ("field", "more"),
    [
        pytest.param("guardians", {"guardians": "both"}, id="nobody would stay"),
        pytest.param("guardians", {"guardians": "stranger"}, id="somebody who does not live there"),
        pytest.param("children", {"lives": "unsaid"}, id="a child without a home"),
        pytest.param("weeks", {"weeks": None}, id="nobody says whose weeks"),
        pytest.param(
            "weeks", {"weeks": EVEN_HERS | {"odd": WITH_WHO_LEAVES}}, id="both have the same week"
        ),
        pytest.param("holds_from", {"days": -201}, id="before the household was known"),
        pytest.param("holds_from", {"days": 401}, id="in more than a year"),
        pytest.param("paper_date", {"paper_date": "to come"}, id="a paper of a day to come"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_half_done(
    family: Family, field: str, more: Mapping[str, Any]
) -> None:
    asked = dict(more)
    if (days := asked.pop("days", None)) is not None:
        asked["holds_from"] = today() + timedelta(days=days)
    if "paper_date" in asked:
        asked["paper_date"] = today() + timedelta(days=1)
    if asked.get("lives") == "unsaid":
        asked["lives"] = {family.manon: IN_BOTH}
    if "guardians" in asked:
        who = {"both": [family.mother, family.father], "stranger": [family.manon]}
        asked["guardians"] = who[asked["guardians"]]

    with pytest.raises(BadRequest) as refused:
        family.separates(**asked)

    assert list(refused.value.detail["errors"]) == [field]
    assert family.homes(family.mother) == family.homes(family.father) == [family.home]
    assert (family.town.sent(), family.opened().separations) == ([], [])


def test_a_child_stays_in_no_home_where_nobody_answers_for_it(family: Family) -> None:
    family.town.at_desk(
        corrections.correct_authority,
        subject=family.agent,
        child_id=family.manon,
        guardian_id=family.father,
        authority=False,
        paper="judgment",
        paper_date=date(2026, 1, 5),
        reason=corrections.RULING,
        holds_from=today(),
    )

    with pytest.raises(BadRequest) as refused:
        family.separates(lives={family.manon: WITH_WHO_STAYS, family.jules: WITH_WHO_STAYS})

    assert list(refused.value.detail["errors"]) == ["lives"]


def test_a_protected_home_is_separated_by_who_protects_alone(family: Family) -> None:
    family.town.at_desk(
        safeguarding.protect_household,
        household_id=family.home,
        guardians=[family.mother, family.father],
        **make.paper(),
    )

    for refused in (family.opened, family.separates):
        with pytest.raises(NotFound):
            refused()
    both = family.town.has_desk_agent("desk_lead")
    family.separates(agent=both)


# Weeks, once there are two homes


def test_weeks_are_corrected_from_a_paper_and_a_day_and_their_receipts_are_read(
    family: Family,
) -> None:
    family.separates()
    (hers,) = family.homes(family.mother)
    family.town.sent()
    day = today() + timedelta(days=7)
    every_week = {
        "even": hers,
        "odd": family.home,
        "changes_on": 1,
        "changes_at": "morning",
        "school_days": family.home,
        "holidays": None,
        "summer": "halves",
    }

    family.corrects_weeks(weeks=every_week, holds_from=day)
    assert family.town.sent() == []
    family.on(day)

    weeks = of(family.town.sent(), "ens")["family"].content["weeks"]
    assert weeks == {**every_week, "since": day.isoformat()}
    asked = {"subject": family.agent, "child_id": family.manon}
    opened = family.town.at_desk(corrections.open_for_correction, **asked)
    assert opened.weeks == every_week
    changed = {each["field"]: each["after"] for each in opened.corrections[0]["changes"]}
    assert changed == {"changes": "", "school_days": "Père", "holidays": "", "summer": ""}
    with pytest.raises(corrections.NothingCorrected):
        family.corrects_weeks(weeks=every_week)


def test_a_week_is_of_a_home_of_the_child_or_of_who_answers_for_it(family: Family) -> None:
    family.separates()
    (hers,) = family.homes(family.mother)
    stranger = make.guardian("Autre")
    other = family.town.arrives(make.household(make.child([stranger]), guardians=[stranger]))
    two = EVEN_HERS | {"even": hers, "odd": family.home, "holidays": None}

    for wrong in (
        two | {"odd": other.household_id},
        two | {"even": other.household_id, "odd": other.household_id},
        two | {"odd": hers, "holidays": hers},
        two | {"odd": hers, "school_days": family.home},
        two | {"school_days": other.household_id},
    ):
        with pytest.raises(BadRequest) as refused:
            family.corrects_weeks(weeks=wrong)
        assert list(refused.value.detail["errors"]) == ["weeks"]


# One home, and two again


def test_a_child_of_two_homes_lives_in_one_from_a_day_on_and_authority_stays(
    family: Family,
) -> None:
    family.separates()
    (hers,) = family.homes(family.mother)
    family.town.sent(), family.town.homes()
    day = today() + timedelta(days=7)

    family.corrects_weeks(weeks=weeks_in_one_home(hers), holds_from=day)
    assert (family.town.sent(), len(family.opened().children)) == ([], 1)
    family.on(day)

    told = of(family.town.sent(), "ens")["family"].content
    assert told["guardians"] == [{"subject": family.mother, "household": hers}]
    assert (told["weeks"]["even"], told["weeks"]["odd"]) == (hers, hers)
    assert told["weeks"]["since"] == day.isoformat()
    homes = {home.household_id: home for home in family.town.homes()}
    assert homes[family.home].children == []
    assert family.card(family.father, family.manon)["id"] == family.manon
    assert family.homes(family.father) == [family.home]
    (change,) = family.town.at_desk(
        corrections.open_for_correction, subject=family.agent, child_id=family.manon
    ).corrections[0]["changes"][:1]
    assert (change["field"], change["after"]) == ("home", "Mère")


def test_a_child_of_one_home_lives_in_two_again_with_weeks_of_both(family: Family) -> None:
    family.separates()
    (hers,) = family.homes(family.mother)
    asked = {"subject": family.agent, "child_id": family.jules}
    opened = family.town.at_desk(corrections.open_for_correction, **asked)
    assert [each["names"] for each in (*opened.homes, *opened.other_homes)] == [["Mère"], ["Père"]]
    family.town.sent()

    both = EVEN_HERS | {"even": hers, "odd": family.home, "holidays": hers}
    family.corrects_weeks(child_id=family.jules, weeks=both)

    told = of(family.town.sent(), "ens")["family"].content
    assert {each["household"] for each in told["guardians"]} == {hers, family.home}
    assert told["weeks"] == {**both, "since": today().isoformat()}
    assert family.card(family.father, family.jules)["weeks"]["odd"] == family.home


def test_a_child_lives_in_no_home_where_nobody_answers_for_it(family: Family) -> None:
    family.separates()
    (hers,) = family.homes(family.mother)
    family.town.at_desk(
        corrections.correct_authority,
        subject=family.agent,
        child_id=family.manon,
        guardian_id=family.father,
        authority=False,
        paper="judgment",
        paper_date=date(2026, 1, 5),
        reason=corrections.RULING,
        holds_from=today(),
    )

    with pytest.raises(BadRequest):
        family.corrects_weeks(weeks=weeks_in_one_home(family.home))
    family.corrects_weeks(weeks=weeks_in_one_home(hers))
    with pytest.raises(BadRequest):
        family.corrects_weeks(weeks=weeks_in_one_home(family.home))


def test_a_protected_home_in_which_a_child_does_not_live_is_named_and_chosen_by_nobody(
    family: Family,
) -> None:
    family.separates(lives={family.manon: WITH_WHO_STAYS, family.jules: WITH_WHO_STAYS})
    (hers,) = family.homes(family.mother)
    family.town.at_desk(
        safeguarding.protect_household, household_id=hers, guardians=[], **make.paper()
    )
    asked = {"subject": family.agent, "child_id": family.manon}

    assert family.town.at_desk(corrections.open_for_correction, **asked).other_homes == []
    with pytest.raises(BadRequest):
        family.corrects_weeks(weeks=weeks_in_one_home(hers))


def test_no_import_brings_a_child_back_into_a_home_that_it_left_at_a_desk(family: Family) -> None:
    mother, father = make.guardian("Nadia"), make.guardian("Samir")
    child = make.child([mother], sections={"identity": make.identity("Lina")})
    hers = make.household(child, guardians=[mother])
    his = make.household(child | {"guardians": [father["reference"]]}, guardians=[father])
    at_hers, at_his = family.town.arrives(hers), family.town.arrives(his)
    lina = at_hers.children[child["reference"]]
    family.corrects_weeks(child_id=lina, weeks=weeks_in_one_home(at_hers.household_id))

    family.town.arrives(his)

    asked = {"subject": family.agent, "child_id": lina}
    opened = family.town.at_desk(corrections.open_for_correction, **asked)
    assert [each["household_id"] for each in opened.homes] == [at_hers.household_id]
    assert [each["household_id"] for each in opened.other_homes] == [at_his.household_id]
