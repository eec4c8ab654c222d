"""Reads that a data protection officer sees first, and agents distinguished without names."""

from datetime import UTC, datetime, timedelta

from services.dossier.read_log.rules.agent_reads_for_office import (
    MANY_CHILDREN,
    AgentRead,
    group_agent_reads,
    number_of_agent,
)

NOON = datetime(2026, 11, 30, 11, 0, tzinfo=UTC)
KEY = b"k" * 32


def read(line: int, **more: object) -> AgentRead:
    usual: dict[str, object] = {
        "provider": "ens", "role": "kitchen", "part": "allergies", "purpose": "",
        "subject": "a", "child_id": "manon", "at": NOON, "unusual": False,
    }  # fmt: skip
    return AgentRead(line, **{**usual, **more})  # type: ignore[arg-type]


def test_reads_of_one_agent_within_an_hour_are_one_line_with_how_many_children() -> None:
    lines = [read(1), read(2, child_id="lou", at=NOON + timedelta(minutes=40))]

    (group,) = group_agent_reads(lines, set(), KEY)

    assert (group["children"], group["times"], group["line"]) == (2, 2, 2)
    assert group["signs"] == []


def test_the_next_hour_another_part_and_another_agent_are_lines_of_their_own() -> None:
    lines = [read(1), read(2, at=NOON + timedelta(hours=1)), read(3, part="diet")]

    assert len(group_agent_reads([*lines, read(4, subject="b")], set(), KEY)) == 4


def test_what_is_unusual_comes_first_however_old_it_is() -> None:
    night = read(1, unusual=True, at=NOON - timedelta(days=3))

    first, second = group_agent_reads([read(2), night], set(), KEY)

    assert (first["line"], first["signs"]) == (1, ["night"])
    assert second["signs"] == []


def test_an_emergency_is_one_and_no_night_besides() -> None:
    (group,) = group_agent_reads([read(1, purpose="emergency", unusual=True)], set(), KEY)

    assert group["signs"] == ["emergency"]


def test_a_protected_child_and_a_list_taken_away_are_signs() -> None:
    (group,) = group_agent_reads([read(1, purpose="list_file")], {"manon"}, KEY)

    assert group["signs"] == ["protected", "taken"]


def test_many_children_within_an_hour_count_over_all_parts_of_an_agent() -> None:
    half = MANY_CHILDREN // 2
    lines = [read(n, child_id=str(n), part="diet") for n in range(half)]
    lines += [read(half + n, child_id=str(half + n)) for n in range(half)]

    assert all(not group["signs"] for group in group_agent_reads(lines, set(), KEY))

    one_more = read(9999, child_id="one more")
    assert all("many" in group["signs"] for group in group_agent_reads([*lines, one_more], (), KEY))


def test_an_agent_keeps_its_number_and_another_key_gives_another() -> None:
    assert number_of_agent("a", KEY) == number_of_agent("a", KEY) != number_of_agent("b", KEY)
    assert number_of_agent("a", KEY) != number_of_agent("a", b"z" * 32)
    assert number_of_agent(None, KEY) == ""
