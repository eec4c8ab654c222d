"""An agent finds two files that are one child, joins them, and takes them apart again."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.dossier.models import ErasureReceipt, SectionHistory
from services.dossier.store import store
from shared.contracts.dossier import corrections
from shared.contracts.dossier import guardians as contracts
from shared.contracts.dossier.families import duplicate_children as joined
from shared.contracts.dossier.families import safeguarding
from shared.contracts.dossier.families.duplicate_children import KEPT, OTHER
from shared.contracts.errors import BadRequest, NotFound
from shared.dates.clock import today
from shared.runtime.ids import new_id
from tests.factories import dossier as make
from tests.factories.dossier import of
from tests.factories.joined_children import BORN, Twofold


def test_an_agent_who_joins_finds_the_two_files_with_what_is_alike(twofold: Twofold) -> None:
    (found,) = twofold.doubles()

    assert {found["one"]["child_id"], found["other"]["child_id"]} == {twofold.hers, twofold.his}
    assert {"same_birth", "near_first_name", "same_last_name"} <= set(found["alike"])


def test_who_checks_dossiers_alone_neither_finds_nor_joins(twofold: Twofold) -> None:
    counter = twofold.town.has_desk_agent("counter")

    for act in (twofold.doubles, twofold.compares, twofold.joins):
        with pytest.raises(PermissionError):
            act(agent=counter)


def test_side_by_side_stand_school_and_days_and_no_content_of_a_section(twofold: Twofold) -> None:
    compared = twofold.compares()

    assert compared.other_school == "Jules-Ferry, CP A" and compared.kept_school == ""
    assert {row["section"] for row in compared.sections if row["differs"]} == {"identity", "diet"}
    assert "vegetarian" not in repr(compared)
    assert (compared.twins, compared.obstacle) == (False, "")


@pytest.mark.parametrize("later", [KEPT, OTHER])
def test_taken_apart_each_file_has_again_what_it_had(twofold: Twofold, later: str) -> None:
    before = twofold.stored()
    join_id = twofold.joins()

    twofold.parts(join_id, later)

    assert twofold.stored() == before
    sent = twofold.town.sent()
    assert of(sent, "ens")["care_core"].content["first_name"] == "Jeanluc"
    families = [e for e in sent if (e.provider, e.projection) == ("agg", "family")]
    assert "same_child" not in {key for each in families[-2:] for key in each.content}


@pytest.mark.parametrize(
    ("later", "hers", "his"), [(KEPT, "standard", "vegetarian"), (OTHER, "no_pork", "standard")]
)
def test_what_came_since_goes_to_the_file_that_the_agent_names(
    twofold: Twofold, later: str, hers: str, his: str
) -> None:
    join_id = twofold.joins()
    base = twofold.reads(twofold.father, "diet").version
    twofold.town.tells(twofold.father, twofold.hers, "diet", make.diet("standard"), base=base)

    twofold.parts(join_id, later)

    assert twofold.reads(twofold.mother, "diet", twofold.hers).content["menu"] == hers
    assert twofold.reads(twofold.father, "diet", twofold.his).content["menu"] == his


def test_every_receipt_and_version_of_before_is_kept(twofold: Twofold) -> None:
    def kept() -> tuple[set[Any], set[Any]]:
        with store.read() as read:
            history = read.scalars(select(SectionHistory)).all()
            receipts = read.scalars(select(ErasureReceipt)).all()
            return (
                {(row.child_id, row.section, row.version, row.content) for row in history},
                {row.number for row in receipts},
            )

    before = kept()
    twofold.parts(twofold.joins())

    after = kept()
    assert before[0] <= after[0] and before[1] <= after[1]
    asked = {"subject": twofold.father, "child_id": twofold.his}
    rows = twofold.town.ask(corrections.corrections_of, **asked).corrections
    assert [row["subject"] for row in rows] == [corrections.PARTED]


def test_joined_twice_it_is_joined_once_and_taken_apart_it_can_be_joined_again(
    twofold: Twofold,
) -> None:
    join_id = twofold.joins()
    with pytest.raises(joined.CannotJoin) as again:
        twofold.joins()
    assert again.value.detail["why"] == joined.JOINED_ALREADY

    twofold.parts(join_id)
    with pytest.raises(NotFound):
        twofold.parts(join_id)
    twofold.joins()

    assert len(twofold.children_of(twofold.father)) == 1


def test_what_both_say_differently_waits_for_the_agents_word(twofold: Twofold) -> None:
    before = twofold.stored()

    with pytest.raises(BadRequest) as left:
        twofold.joins(taken=[])

    assert left.value.detail["errors"] == {"taken": ["diet", "identity"]}
    assert twofold.stored() == before and twofold.town.sent() == []


def test_a_file_is_not_joined_with_itself_nor_with_one_of_no_town(twofold: Twofold) -> None:
    with pytest.raises(joined.CannotJoin) as same:
        twofold.joins(other_id=twofold.hers)
    assert same.value.detail["why"] == joined.SAME_FILE
    with pytest.raises(NotFound):
        twofold.joins(other_id=new_id())
    with pytest.raises(BadRequest):
        twofold.joins(paper_date=today() + timedelta(days=1))


def test_twins_are_never_proposed_and_joined_only_at_the_agents_word(twofold: Twofold) -> None:
    town, mother = twofold.town, make.guardian("Nadia Petit")
    twins = [
        make.child([mother], sections={"identity": make.identity(name, "Roux", BORN)})
        for name in ("Anna", "Hanna")
    ]
    ids = town.arrives(make.household(*twins, guardians=[mother])).children
    anna, hanna = (ids[twin["reference"]] for twin in twins)

    assert {anna, hanna}.isdisjoint(
        {row[side]["child_id"] for row in twofold.doubles() for side in ("one", "other")}
    )
    other = make.child([mother], sections={"identity": make.identity("Bruno", "Roux", BORN)})
    bruno = town.arrives(make.household(other, guardians=[mother])).children[other["reference"]]
    asked = {"kept_id": anna, "other_id": bruno, "taken": twofold.choose()}
    assert town.at_desk(
        joined.compare_files, subject=twofold.agent, kept_id=anna, other_id=bruno
    ).twins
    with pytest.raises(joined.CouldBeTwins):
        twofold.joins(**asked)
    twofold.joins(**asked, not_twins=True)


def test_a_protected_home_is_proposed_to_nobody_and_joined_by_who_protects(
    twofold: Twofold,
) -> None:
    home = twofold.town.ask(contracts.my_children, subject=twofold.mother).households[0]
    twofold.town.at_desk(safeguarding.protect_household, household_id=home, **make.paper())
    lead = twofold.town.has_desk_agent("desk_lead")

    assert twofold.doubles() == []
    for act in (twofold.compares, twofold.joins):
        with pytest.raises(NotFound):
            act()
    assert len(twofold.doubles(agent=lead)) == 1
    twofold.joins(agent=lead)
    assert twofold.town.at_desk(joined.list_joins, subject=twofold.agent).joins == []
    (child,) = twofold.children_of(twofold.father)
    assert child["school"] == ""


def test_two_files_that_somebody_has_looked_at_are_proposed_no_more(twofold: Twofold) -> None:
    pair = {"kept_id": twofold.his, "other_id": twofold.hers}

    for _ in range(2):
        twofold.town.at_desk(joined.note_different, subject=twofold.agent, **pair)

    assert twofold.doubles() == []
    assert twofold.compares().obstacle == ""
