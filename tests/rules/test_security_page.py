"""`docs/security.md` names every requirement once, and shows nothing that is not there."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
REQUIREMENTS = (ROOT / "tests/rules/golden/asvs-5.0-level-2.txt").read_text("utf-8").split()
"""The numbers of levels 1 and 2."""
MET, NOT_MET, NOT_APPLICABLE = "met", "**not met**", "not applicable"
TESTS = sorted(set(re.findall(r"`([\w/]+\.py)::(test_\w+)`", PAGE)))
FILES = sorted(set(re.findall(r"`((?:deploy|docs|services|shared)/[\w./-]+)`", PAGE)))


def rows() -> list[tuple[list[str], str, str]]:
    """Return numbers, state and what shows it, of each row of the tables by chapter."""
    found = re.findall(r"^\| (\d[\d., ]+) \| [^|]+ \| ([^|]+) \| (.*) \|$", PAGE, re.MULTILINE)
    return [(numbers.split(", "), state, shown) for numbers, state, shown in found]


@cache
def functions_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_requirement_stands_there_once_in_its_chapter() -> None:
    listed = Counter(number for numbers, _, _ in rows() for number in numbers)
    chapters = re.findall(r"^## V(\d+) ", PAGE, re.MULTILINE)

    assert len(REQUIREMENTS) == 253
    assert listed == Counter(REQUIREMENTS)
    assert chapters == [str(number) for number in range(1, 18)]
    for chapter, part in zip(
        chapters, re.split(r"^## V\d+ .*$", PAGE, flags=re.M)[1:], strict=True
    ):
        named = re.findall(r"^\| (\d+)\.", part, re.MULTILINE)
        assert set(named) == {chapter}


def test_the_page_counts_what_it_says() -> None:
    states = Counter(state for numbers, state, _ in rows() for _ in numbers)
    said = re.search(r"Of (\d+) requirements (\d+) are met, (\d+) are not, (\d+) do not", PAGE)

    assert said is not None
    assert states.keys() == {MET, NOT_MET, NOT_APPLICABLE}
    counted = [len(REQUIREMENTS), *(states[each] for each in (MET, NOT_MET, NOT_APPLICABLE))]
    assert [int(number) for number in said.groups()] == counted


@pytest.mark.parametrize(("path", "name"), TESTS)
def test_each_test_that_it_names_is_there(path: str, name: str) -> None:
    assert (ROOT / "tests" / path).is_file()
    assert name in functions_of(ROOT / "tests" / path)


@pytest.mark.parametrize("path", FILES)
def test_each_file_that_it_names_is_there(path: str) -> None:
    assert (ROOT / path).exists()


def test_what_is_met_or_not_is_shown_or_said() -> None:
    empty = [numbers for numbers, _, shown in rows() if len(shown) < 4]

    assert len(TESTS) > 100
    assert empty == []
