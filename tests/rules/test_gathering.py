"""Gathering of rows of the outbox into one message: states of one kind, each of them once."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from shared.bus.outbox_batches import Publication, publications_of
from shared.contracts.enrolment.sharing.replica_events import projection_erased, projection_held
from shared.contracts.message import Event


class Waiting(NamedTuple):
    """A row of the outbox, as the relay reads it."""

    id: str
    type: str
    attempts: int = 0
    key: str = "event.projection_held"
    version: int = 1
    trace: str | None = None


def waiting(number: int, event: Event[Any] = projection_held, attempts: int = 0) -> Waiting:
    return Waiting(f"{number:04}", event.full_name, attempts, f"event.{event.name}")


def states(projection: str, *numbers: int) -> bytes:
    items = [{"child_id": str(number)} for number in numbers]
    return json.dumps({"projection": projection, "items": items}).encode()


def gathered(rows: Sequence[tuple[Waiting, bytes]]) -> list[Publication]:
    return publications_of(rows)  # type: ignore[arg-type]


def told(publication: Publication) -> list[str]:
    return [item["child_id"] for item in json.loads(publication.body)["items"]]


def test_states_of_one_projection_leave_as_one_message_under_an_id_of_its_own() -> None:
    rows = [(waiting(number), states("diet", number)) for number in range(3)]

    (one,) = gathered(rows)
    (again,) = gathered(rows)

    assert told(one) == ["0", "1", "2"]
    assert json.loads(one.body)["projection"] == "diet"
    assert one.message_id not in {row.id for row, _ in rows}
    assert again.message_id != one.message_id  # its rows may leave again in other company


def test_a_state_alone_leaves_under_its_rows_id() -> None:
    (one,) = gathered([(waiting(7), states("diet", 1))])

    assert one.message_id == "0007"


def test_what_does_not_gather_and_what_was_refused_leaves_alone_and_in_order() -> None:
    refused = waiting(3, attempts=1), states("diet", 3)
    receipt = waiting(2, projection_erased), b"{}"
    rows = [(waiting(1), states("diet", 1)), receipt, refused, (waiting(4), states("diet", 4))]

    left = gathered(rows)

    assert [[row.id for row in each.rows] for each in left] == [
        ["0001", "0004"],
        ["0002"],
        ["0003"],
    ]
    assert left[2].message_id == "0003"


@given(
    st.lists(st.tuples(st.sampled_from(["diet", "care_core"]), st.integers(1, 100)), max_size=30)
)
def test_of_any_rows_each_state_leaves_once_in_no_message_too_long(
    told_of: list[tuple[str, int]],
) -> None:
    rows = [
        (waiting(number), states(projection, *range(number * 1000, number * 1000 + count)))
        for number, (projection, count) in enumerate(told_of)
    ]

    left = gathered(rows)

    wanted = sorted(child for _, body in rows for child in _children(body))
    assert sorted(child for each in left for child in told(each)) == wanted
    assert sorted(row.id for each in left for row in each.rows) == [row.id for row, _ in rows]
    assert all(len(told(each)) <= 100 for each in left)
    assert all(
        {json.loads(body)["projection"] for row, body in rows if row in each.rows}
        == {json.loads(each.body)["projection"]}
        for each in left
    )


def _children(body: bytes) -> list[str]:
    return [item["child_id"] for item in json.loads(body)["items"]]
