"""Schemas derived from types: what a message takes, refuses and fills in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Annotated, Any, NotRequired, TypedDict

import pytest
from marshmallow import ValidationError, validate

from shared.contracts.message import ContractBroken, Empty, Event, Method
from shared.contracts.schema_from_type import Default, schema_of
from shared.contracts.values import Month


def errors_of(message: type, payload: Any) -> dict[str, Any]:
    """Return what is wrong with a payload, by field."""
    return schema_of(message, "raise").validate(payload)  # type: ignore[return-value]


# Fields


@dataclass(frozen=True)
class Booked:
    child: str
    day: date
    seen_at: datetime
    times: int
    half: float
    kept: bool


SOUND = {
    "child": "c",
    "day": "2026-11-27",
    "seen_at": "2026-11-27T08:00:00+00:00",
    "times": 2,
    "half": 0.5,
    "kept": True,
}


def test_each_type_has_its_json() -> None:
    schema = schema_of(Booked, "raise")

    loaded = Booked(**schema.load(SOUND))

    moment = datetime(2026, 11, 27, 8, tzinfo=UTC)
    assert loaded == Booked("c", date(2026, 11, 27), moment, 2, 0.5, True)
    assert schema.dump(loaded) == SOUND


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("child", 7),
        ("day", "27/11/2026"),
        ("seen_at", "2026-11-27T08:00:00"),  # of which zone?
        ("times", 2.5),
        ("times", "2"),
        ("half", "a lot"),
        ("kept", "perhaps"),
    ],
)
def test_a_value_of_another_type_is_refused_by_the_name_of_its_field(name: str, wrong: Any) -> None:
    assert list(errors_of(Booked, SOUND | {name: wrong})) == [name]


@pytest.mark.parametrize("name", SOUND)
def test_a_field_without_a_default_is_required_and_never_null(name: str) -> None:
    without = {key: value for key, value in SOUND.items() if key != name}

    assert list(errors_of(Booked, without)) == [name]
    assert list(errors_of(Booked, SOUND | {name: None})) == [name]


# Defaults and null


@dataclass(frozen=True)
class Asked:
    after: str = ""
    most: Annotated[int, validate.Range(1, 10)] = 5
    child: str | None = None
    names: list[str] = field(default_factory=list)


def test_what_is_left_out_is_the_default_of_the_dataclass() -> None:
    assert schema_of(Asked, "raise").load({}) == vars(Asked())


def test_two_messages_never_share_the_list_that_was_left_out() -> None:
    schema = schema_of(Asked, "raise")

    assert schema.load({})["names"] is not schema.load({})["names"]


def test_null_stands_where_the_type_says_so_and_nowhere_else() -> None:
    assert errors_of(Asked, {"child": None}) == {}
    assert list(errors_of(Asked, {"after": None, "most": None})) == ["after", "most"]


def test_a_value_that_is_given_keeps_its_format_in_spite_of_a_default() -> None:
    assert list(errors_of(Asked, {"most": 11})) == ["most"]


def test_null_is_no_default() -> None:
    @dataclass(frozen=True)
    class Erasing:
        content: str | None

    assert list(errors_of(Erasing, {})) == ["content"]
    assert errors_of(Erasing, {"content": None}) == {}


class Row(TypedDict):
    child: str
    note: Annotated[str, Default("")]
    seen: Annotated[str | None, Default(None)]
    links: Annotated[list[str], Default(list)]
    carer: NotRequired[bool]


@dataclass(frozen=True)
class Table:
    rows: list[Row]


def test_a_row_says_its_defaults_itself() -> None:
    [row] = schema_of(Table, "raise").load({"rows": [{"child": "c"}]})["rows"]

    assert row == {"child": "c", "note": "", "seen": None, "links": []}


def test_what_a_row_need_not_have_stays_out_of_it_and_is_checked_where_it_is() -> None:
    assert errors_of(Table, {"rows": [{"child": "c", "carer": True}]}) == {}
    assert errors_of(Table, {"rows": [{"child": "c", "carer": "perhaps"}]}) != {}


# Lists, tuples, dicts, rows


@dataclass(frozen=True)
class Nested:
    entries: list[tuple[str, int]]
    months: dict[Month, Annotated[int, validate.Range(0)]]
    content: dict[str, Any]
    first: Row | None = None


FULL: dict[str, Any] = {
    "entries": [["c", 1], ["d", 2]],
    "months": {"2026-11": 3},
    "content": {"anything": [None, {"at": 1}]},
}


def test_lists_tuples_and_dicts_are_read_to_their_ground() -> None:
    loaded = schema_of(Nested, "raise").load(FULL)

    assert loaded["entries"] == [("c", 1), ("d", 2)]
    assert (loaded["months"], loaded["content"]) == (FULL["months"], FULL["content"])
    assert loaded["first"] is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"entries": [["c"]]},
        {"entries": [["c", "two"]]},
        {"months": {"November": 3}},
        {"months": {"2026-11": -1}},
        {"content": ["anything"]},
        {"first": {"note": "of no child"}},
    ],
)
def test_a_mistake_is_found_however_deep_it_lies(wrong: dict[str, Any]) -> None:
    assert list(errors_of(Nested, FULL | wrong)) == list(wrong)


def test_the_length_of_a_list_and_the_format_of_its_items_are_two_things() -> None:
    @dataclass(frozen=True)
    class Several:
        codes: Annotated[list[Annotated[str, validate.Length(2)]], validate.Length(1, 2)]

    assert errors_of(Several, {"codes": ["ab"]}) == {}
    assert list(errors_of(Several, {"codes": []})) == ["codes"]
    assert list(errors_of(Several, {"codes": ["ab", "a"]})["codes"]) == [1]


def test_a_validator_of_a_row_sees_its_fields_together_and_names_one() -> None:
    def ends_after_it_begins(span: Mapping[str, Any]) -> None:
        if span["last"] < span["first"]:
            raise ValidationError("ends before it begins", "last")

    class Span(TypedDict):
        first: date
        last: date

    @dataclass(frozen=True)
    class Stay:
        span: Annotated[Span, ends_after_it_begins]

    backwards = {"first": "2026-11-27", "last": "2026-11-26"}
    assert errors_of(Stay, {"span": backwards}) == {"span": {"last": ["ends before it begins"]}}
    assert errors_of(Stay, {"span": backwards | {"last": "2026-11-28"}}) == {}


@pytest.mark.parametrize("hint", [list, dict, object, set[str], str | int, list[object]])
def test_a_type_that_says_nothing_of_its_content_makes_no_field(hint: Any) -> None:
    vague = type("Vague", (), {"__annotations__": {"what": hint}})

    with pytest.raises(TypeError):
        schema_of(dataclass(vague), "raise")


# What is unknown


@dataclass(frozen=True)
class Found:
    rows: list[Row]


find = Method("dossier", "find", Table, Found)
found = Event("dossier", "found", Found)
MORE = {"rows": [{"child": "c", "loud": True}]}


def test_an_unknown_field_is_refused_in_a_request_in_its_rows_too() -> None:
    for payload in (MORE, {"rows": [], "loud": True}):
        with pytest.raises(ContractBroken) as broken:
            find.load_request(payload)
        assert "Unknown field." in str(broken.value.errors)


def test_an_unknown_field_of_an_answer_or_an_event_is_of_a_release_to_come() -> None:
    for loaded in (find.load_answer(MORE | {"loud": 1}), found.load(MORE | {"loud": 1})):
        assert loaded.rows == [{"child": "c", "note": "", "seen": None, "links": []}]


def test_only_what_the_contract_names_leaves() -> None:
    row: Any = {"child": "c", "note": "", "seen": None, "links": [], "secret": "canary"}

    assert "secret" not in find.dump_answer(Found([row]))["rows"][0]


def test_an_event_that_breaks_its_contract_does_not_leave() -> None:
    row: Any = {"child": None, "note": "", "seen": None, "links": []}

    with pytest.raises(ContractBroken):
        found.dump(Found([row]))


def test_an_empty_message_is_one_too() -> None:
    nothing = Method("dossier", "nothing", Empty, Empty)

    assert nothing.load_answer(nothing.dump_answer(Empty())) == Empty()
