"""
Sections that roles read of a child and mark as seen, and the readings published to the family.
"""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from services.enrolment.children.commands import sheet_reading
from services.enrolment.children.queries.search_index import find_children
from services.enrolment.children.queries.unseen_contents import children_with_unseen
from services.enrolment.store import store, vault
from shared.contracts.errors import NotEntitled, NotFound
from shared.dates.clock import today
from shared.runtime.ids import new_id
from tests.factories import enrolment as make
from tests.factories.enrolment import Child, Provider, item
from tests.factories.sheets import marks, reads, visibility

# Seen


def test_marking_twice_is_once(ens: Provider) -> None:
    child = Child()
    ens.receives("allergies", item(child.id, 1, make.allergies("lait")))
    ens.clear_outbox()

    first = marks(ens, child.id, "allergies", 1, "kitchen")
    second = marks(ens, child.id, "allergies", 1, "kitchen")

    assert (first, second) == (True, False)
    (held,) = ens.published("projection_held")
    (state,) = held["items"]
    assert (state["received_version"], state["seen_version"], state["seen_by"]) == (1, 1, "kitchen")
    assert state["seen_at"]


def test_what_came_after_the_screen_was_drawn_stays_to_be_seen(ens: Provider) -> None:
    child = Child()
    ens.receives("allergies", item(child.id, 1, make.allergies("lait")))
    ens.receives("allergies", item(child.id, 2, make.allergies("lait", "arachide")))

    assert marks(ens, child.id, "allergies", 1, "kitchen")

    row = ens.row(child.id, "allergies")
    assert row is not None and (row.seen_version, row.to_see) == (1, True)
    assert not marks(ens, child.id, "allergies", 3, "kitchen")


def test_only_a_role_that_the_register_names_marks_as_seen(ens: Provider) -> None:
    child = Child()
    ens.receives_child(child, allergies=make.allergies("lait"))

    with pytest.raises(NotEntitled):
        marks(ens, child.id, "allergies", 1, "lead")
    with pytest.raises(NotEntitled):
        marks(ens, child.id, "care_core", 1, "kitchen")
    assert marks(ens, child.id, "care_core", 1, "lead")


def test_a_later_change_is_to_be_seen_again_and_keeps_who_saw_the_former(ens: Provider) -> None:
    child = Child()
    ens.receives("allergies", item(child.id, 1, make.allergies("lait")))
    marks(ens, child.id, "allergies", 1, "kitchen")

    ens.receives("allergies", item(child.id, 2, make.allergies()))

    row = ens.row(child.id, "allergies")
    assert row is not None
    assert (row.to_see, row.seen_version, row.seen_by) == (True, 1, "kitchen")


def test_what_waits_to_be_seen_is_listed_by_child_the_longest_first(ens: Provider) -> None:
    manon, louis = Child(), Child("Louis", "Petit")
    ens.receives_child(manon, allergies=make.allergies("lait"), diet=make.diet())
    ens.receives_child(louis, allergies=make.allergies(), diet=make.diet("standard"))

    with store.read() as read:
        waiting, total = children_with_unseen(read, visibility(ens, "kitchen"), 10, today())
        nothing, none = children_with_unseen(read, visibility(ens, "school_desk"), 10, today())

    assert [(one.first_name, one.projections) for one in waiting] == [
        ("Manon", ("allergies", "diet")),
        ("Louis", ("diet",)),
    ]
    assert (total, none, nothing) == (2, 0, [])


# Reading


def test_a_role_sees_exactly_its_projections(ens: Provider) -> None:
    child = Child()
    schooling = {"school": "Jules-Ferry", "grade": "CE1", "class_name": ""}
    ens.receives_child(
        child,
        allergies=make.allergies("lait"),
        diet=make.diet(),
        pickup={"people": []},
        schooling=schooling,
    )

    assert set(reads(ens, child.id, "kitchen")) == {"care_core", "diet", "allergies"}
    assert set(reads(ens, child.id, "school_desk")) == {"care_core", "schooling", "pickup"}
    with pytest.raises(NotFound):
        reads(ens, child.id, "administrator")


def test_each_projection_that_is_shown_leaves_one_line_for_the_family(ens: Provider) -> None:
    child = Child()
    ens.receives_child(child, allergies=make.allergies("lait"), diet=make.diet())

    reads(ens, child.id, "kitchen")

    lines = ens.published("projection_read")
    assert {line["projection"] for line in lines} == {"care_core", "diet", "allergies"}
    assert {line["role"] for line in lines} == {"kitchen"}
    assert {line["purpose"] for line in lines} == {"service_preparation"}


def test_a_reading_at_night_is_told_as_unusual(ens: Provider) -> None:
    child = Child()
    ens.receives_child(child)
    night = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)

    with store.write() as write:
        sheet_reading.read_child_sheet(
            write, vault, visibility(ens, "kitchen"), new_id(), child.id, night
        )

    assert [line["unusual"] for line in ens.published("projection_read")] == [True]


def test_a_reading_that_fails_leaves_no_line(ens: Provider) -> None:
    with pytest.raises(NotFound):
        reads(ens, new_id(), "kitchen")

    assert ens.published("projection_read") == []


def test_a_content_that_cannot_be_read_does_not_hide_the_others(ens: Provider) -> None:
    child = Child()
    ens.receives_child(child, allergies=make.allergies("lait"))
    with store.write() as write:
        write.execute(
            text("UPDATE held_projection SET content = :b WHERE projection = 'allergies'"),
            {"b": b"0" * 40},
        )

    found = reads(ens, child.id, "kitchen")

    assert found["allergies"] is None
    assert found["care_core"] == child.care_core()


def test_a_child_is_found_under_the_name_that_it_has_now(ens: Provider) -> None:
    child = Child("Zoé", "O’Brien-Ñuñez")
    ens.receives_child(child)

    with store.read() as read:
        assert [one.child_id for one in find_children(read, "obrien zoe")[0]] == [child.id]
    child.last_name = "Tessier"
    ens.receives_child(child, version=2)

    with store.read() as read:
        assert find_children(read, "obrien") == ([], False)
        assert [one.last_name for one in find_children(read, "TESS")[0]] == ["Tessier"]


def test_who_begins_with_the_letters_stands_before_who_has_them_within(ens: Provider) -> None:
    for first_name, last_name in (("Ariane", "Durand"), ("Riana", "Zola"), ("Marianne", "Abel")):
        ens.receives_child(Child(first_name, last_name))

    with store.read() as read:
        found, more = find_children(read, "rian")

    assert [one.first_name for one in found] == ["Riana", "Marianne", "Ariane"]
    assert not more


def test_a_child_is_found_however_its_ligatures_and_apostrophes_are_typed(ens: Provider) -> None:
    names = {
        "Lebœuf": ["Lebœuf", "leboeuf", "LEBŒUF", "lebeuf"],
        "D’Alençon": ["D'Alençon", "d’alencon", "dalencon", "alençon"],
        "Le Goff": ["Le Goff", "le-goff", "legoff"],
        "N’Diaye": ["N’Diaye", "n'diaye", "ndiaye"],
        "Lefèvre": ["lefevre", "lefvre"],
    }
    for last_name in names:
        ens.receives_child(Child("Lou", last_name))

    with store.read() as read:
        for last_name, typed in names.items():
            for each in typed:
                assert [one.last_name for one in find_children(read, each)[0]] == [last_name], each


def test_a_name_with_an_accent_stands_where_one_looks_for_it(ens: Provider) -> None:
    for last_name in ("Zola", "Éluard", "Fabre", "Dumas"):
        ens.receives_child(Child("Lou", last_name))

    with store.read() as read:
        found, _more = find_children(read, "lou")

    assert [one.last_name for one in found] == ["Dumas", "Éluard", "Fabre", "Zola"]
