"""The replica's rules: whatever the order, repetitions and losses, it ends as the source."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.enrolment.children.queries.replica_reconciliation import compare_with_inventory
from services.enrolment.children.rules.replica_row_merge import (
    Item,
    Row,
    has_content,
    merge_item,
    newest_items,
)
from services.enrolment.children.rules.search import query_words, searchable_text_of_child
from services.enrolment.children.rules.visibility import (
    ADMINISTRATOR,
    projections_in_page_order,
    visibility_of,
)
from shared.contracts.dossier.sharing.projections import ROWS_AT_ONCE, inventory_rows
from shared.contracts.identity.accounts import WHOLE_OFFICE
from shared.contracts.message import ContractBroken
from shared.contracts.values import PROJECTIONS
from shared.dates.clock import is_unusual_hour
from shared.register import Role
from shared.register.entitlement import NOT_READ
from shared.runtime.ids import new_id

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
TOMORROW = NOON + timedelta(days=1)


@dataclass
class Source:
    """Versions that the dossier has sent of each row."""

    sent: dict[tuple[str, str], list[Item]]

    def present(self) -> dict[tuple[str, str], Item]:
        return {key: items[-1] for key, items in self.sent.items()}

    def inventory(self) -> list[tuple[str, str, int]]:
        return [(*key, item.version) for key, item in self.present().items()]


@st.composite
def sources(draw: st.DrawFn) -> Source:
    keys = st.tuples(
        st.sampled_from(["child a", "child b", "child c"]), st.sampled_from(["diet", "care_core"])
    )
    ends = st.sampled_from([None, NOON, TOMORROW])
    contents = st.one_of(st.none(), st.text(max_size=3).map(lambda text: {"text": text}))
    sent = {}
    for child, projection in draw(st.sets(keys, min_size=1)):
        versions = draw(st.lists(st.tuples(contents, ends), min_size=1, max_size=5))
        sent[child, projection] = [
            Item(child, number, content, None if content else end, has_content=bool(content))
            for number, (content, end) in enumerate(versions, start=1)
        ]
    return Source(sent)


def deliver(rows: dict[tuple[str, str], Row], key: tuple[str, str], item: Item) -> None:
    moved = merge_item(rows.get(key), item, NOON)
    if moved is not None:
        rows[key] = moved


@settings(max_examples=200)
@given(st.data())
def test_any_order_repetition_or_loss_ends_like_the_source_once_what_lacks_is_sent_again(
    data: st.DataObject,
) -> None:
    source = data.draw(sources())
    everything = [(key, item) for key, items in source.sent.items() for item in items]
    some = st.sampled_from(everything)
    rows: dict[tuple[str, str], Row] = {}

    for key, item in data.draw(st.lists(some, max_size=3 * len(everything))):
        deliver(rows, key, item)
    missing = compare_with_inventory(
        {key: row.version for key, row in rows.items()}, source.inventory()
    ).missing
    for key in missing:
        deliver(rows, key, source.present()[key])

    stored = [(*key, row.version) for key, row in rows.items()]
    assert sorted(stored) == sorted(source.inventory())
    for key, item in source.present().items():
        if item.content is not None:
            assert rows[key].content == item.content
        if item.content is None and item.erase_after in (None, NOON):
            assert rows[key].content is None and rows[key].erased_at == NOON


@settings(max_examples=100)
@given(st.data())
def test_the_items_of_one_event_arrive_as_they_would_one_by_one(data: st.DataObject) -> None:
    source = data.draw(sources())
    items = [item for key, items in source.sent.items() for item in items if key[1] == "diet"]
    shuffled = data.draw(st.permutations(items))
    alone: dict[tuple[str, str], Row] = {}
    together: dict[tuple[str, str], Row] = {}

    for item in shuffled:
        deliver(alone, (item.child_id, "diet"), item)
    for item in newest_items(shuffled):
        deliver(together, (item.child_id, "diet"), item)

    assert {key: row.version for key, row in alone.items()} == {
        key: row.version for key, row in together.items()
    }


def test_an_older_version_moves_nothing() -> None:
    stored = merge_item(None, Item("child", 5, {"menu": "vegetarian"}, has_content=True), NOON)

    assert merge_item(stored, Item("child", 5, {"menu": "standard"}), NOON) is None
    assert merge_item(stored, Item("child", 4, None), NOON) is None


def test_a_care_core_is_never_blanked_before_its_time() -> None:
    stored = merge_item(None, Item("child", 1, {"last_name": "Lefèvre"}, has_content=True), NOON)

    ended = merge_item(stored, Item("child", 2, None, erase_after=TOMORROW), NOON)

    assert ended is not None
    assert ended.content == {"last_name": "Lefèvre"} and ended.erased_at is None


def test_a_tombstone_for_what_was_never_held_is_done_at_once() -> None:
    ended = merge_item(None, Item("child", 2, None, erase_after=TOMORROW), NOON)

    assert ended is not None and ended.content is None and ended.erased_at == NOON


def test_a_child_that_comes_back_is_seen_anew() -> None:
    gone = Row(4, None, NOON, erase_after=NOON, erased_at=NOON, seen_version=3)

    back = merge_item(gone, Item("child", 5, {"allergies": ["lait"]}, has_content=True), NOON)

    assert back is not None and back.to_see and back.seen_version == 0


def test_nothing_told_asks_for_no_look_but_something_taken_back_does() -> None:
    nothing = Item("child", 1, {"allergies": []}, has_content=False)
    quiet = merge_item(None, nothing, NOON)
    told = merge_item(None, Item("child", 1, {"allergies": ["lait"]}, has_content=True), NOON)
    assert quiet is not None and told is not None
    seen = told._replace(to_see=False, seen_version=1)

    taken_back = merge_item(seen, nothing._replace(version=2), NOON)

    assert not quiet.to_see
    assert told.to_see
    assert taken_back is not None and taken_back.to_see


def test_an_empty_projection_tells_nothing() -> None:
    assert not has_content({"menu": None, "without": []})
    assert not has_content({"allergies": [], "remarks": "", "vaccinations_checked": False})
    assert has_content({"menu": None, "without": ["egg"]})
    assert has_content({"care_plan": {"signs": "gonflement"}})


def test_what_the_inventory_does_not_know_is_reported_and_not_asked_for() -> None:
    stored = {("a", "diet"): 2, ("b", "diet"): 1, ("c", "diet"): 7}

    found = compare_with_inventory(
        stored, [("a", "diet", 3), ("b", "diet", 1), ("d", "allergies", 1)]
    )

    assert found.missing == {("d", "allergies"): (0, 1), ("a", "diet"): (2, 3)}
    assert found.unknown == {("c", "diet"): 7}


KITCHEN = Role("kitchen", "Cuisine", ("care_core", "diet", "allergies"), ("diet", "allergies"))
SCHOOL_DESK = Role("school_desk", "Secrétariat", ("care_core", "schooling"), ())
ROLES = (KITCHEN, SCHOOL_DESK)


def whole(*roles: str) -> dict[str, frozenset[str]]:
    return {role: frozenset({WHOLE_OFFICE}) for role in roles}


def test_a_role_sees_exactly_its_projections_and_two_roles_see_both() -> None:
    kitchen = visibility_of(whole("kitchen"), ROLES, PROJECTIONS)
    both = visibility_of(whole("kitchen", "school_desk"), ROLES, PROJECTIONS)

    assert set(kitchen.sees) == {"care_core", "diet", "allergies"}
    assert set(both.sees) == {"care_core", "diet", "allergies", "schooling"}
    assert both.sees["schooling"] == "school_desk"
    assert set(both.marks) == {"diet", "allergies"}


def test_an_administrator_alone_sees_no_child() -> None:
    visibility = visibility_of(whole(ADMINISTRATOR), ROLES, PROJECTIONS)

    assert visibility.administers and not visibility.any_child and not visibility.marks


def test_what_the_provider_lost_is_not_shown_from_its_replica() -> None:
    visibility = visibility_of(whole("kitchen"), ROLES, {"care_core"})

    assert set(visibility.sees) == {"care_core"} and not visibility.marks


def test_an_unknown_role_opens_nothing() -> None:
    assert not visibility_of(whole("director"), ROLES, PROJECTIONS).any_child


def test_a_role_at_one_place_sees_nothing_of_all_children() -> None:
    sight = visibility_of({"kitchen": frozenset({"site:Jules-Ferry"})}, ROLES, PROJECTIONS)

    assert not sight.any_child and not sight.permissions and not sight.marks
    assert set(sight.sight_anywhere.sees) == {"care_core", "diet", "allergies"}
    assert sight.places_seeing("diet") == {"site:Jules-Ferry"}


def test_where_no_right_holds_only_roles_of_the_whole_provider_see() -> None:
    rights = whole("school_desk") | {"kitchen": frozenset({"site:Jules-Ferry"})}
    sight = visibility_of(rights, ROLES, PROJECTIONS)

    there = sight.sight_where(lambda places: "site:Jules-Ferry" in places)
    elsewhere = sight.sight_where(lambda places: "site:Pasteur" in places)

    assert there.sees["diet"] == "kitchen" and there.sees["schooling"] == "school_desk"
    assert set(elsewhere.sees) == {"care_core", "schooling"}
    assert elsewhere.sees["care_core"] == "school_desk"


def test_a_right_at_a_place_and_at_the_whole_provider_is_of_the_whole() -> None:
    sight = visibility_of(
        {"kitchen": frozenset({WHOLE_OFFICE, "site:Pasteur"})}, ROLES, PROJECTIONS
    )

    assert "diet" in sight.sees


def test_allergies_and_the_care_plan_stand_first() -> None:
    shown = set(PROJECTIONS) - NOT_READ

    assert projections_in_page_order(shown)[:2] == ["allergies", "care_core"]
    assert set(projections_in_page_order(shown)) == shown


def test_a_reading_at_night_is_unusual_by_the_clock_of_france() -> None:
    assert is_unusual_hour(datetime(2026, 11, 24, 4, 59, tzinfo=UTC))  # 5 h 59 in winter
    assert not is_unusual_hour(datetime(2026, 11, 24, 5, 0, tzinfo=UTC))
    assert not is_unusual_hour(datetime(2026, 7, 1, 17, 59, tzinfo=UTC))  # 19 h 59 in summer
    assert is_unusual_hour(datetime(2026, 7, 1, 18, 0, tzinfo=UTC))


def answers_to(query: str) -> bool:
    found = searchable_text_of_child("Anne-Laure", "L’Hôpital d’Œuvre", date(2018, 3, 12))
    return all(word in found for word in query_words(query))


def test_a_child_is_found_without_accents_capitals_apostrophes_or_hyphens() -> None:
    for query in ("anne laure", "ANNELAURE", "l'hopital", "lhopital", "HÔPITAL", "oeuvre", "Œuv"):
        assert answers_to(query), query


def test_a_child_is_found_by_parts_of_words_and_by_its_birth_date() -> None:
    assert answers_to("hop ann")
    assert answers_to("laure 12/03/2018")
    assert not answers_to("laure 2019")
    assert not answers_to("hopitaux")


def test_signs_that_mean_something_to_a_database_are_only_signs() -> None:
    assert query_words("%_\\ 100% l_h") == ["100", "l", "h"]
    assert query_words(" - ' ") == []


@pytest.mark.parametrize("children", [0, ROWS_AT_ONCE + 1], ids=["none", "one-too-many"])
def test_of_as_many_rows_as_an_answer_has_is_asked_at_once(children: int) -> None:
    halves = {"diet": children // 2, "care_core": children - children // 2}
    wanted = {each: [new_id() for _ in range(count)] for each, count in halves.items()}

    with pytest.raises(ContractBroken):
        inventory_rows.load_request({"wanted": wanted})
