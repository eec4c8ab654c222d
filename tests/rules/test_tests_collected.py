"""
Every test file is collected, and what it names of the project is there.

pytest takes one file of a name where folders are no packages. A path that has moved is missed by
the tests that open it alone, some of which only a few machines can run.
"""

import re
from collections import Counter
from pathlib import Path

PROJECT = Path(__file__).parents[2]
TESTS = PROJECT / "tests"
JOINED = re.compile(r'\b(?:PROJECT|ROOT|parents\[2\])((?: / "[\w./-]+")+)')
MADE = {"var"}
"""Folders that a town makes."""


def test_no_two_files_outside_of_packages_share_a_name() -> None:
    files = [path for path in TESTS.rglob("*.py") if not (path.parent / "__init__.py").exists()]
    names = Counter(path.name for path in files if path.name != "conftest.py")

    assert "test_billing.py" in names
    assert [name for name, times in names.items() if times > 1] == []


def test_a_path_of_the_project_that_a_test_or_a_bench_names_is_there() -> None:
    named = {
        "/".join(re.findall(r'"(.+?)"', joined))
        for folder in (TESTS, PROJECT / "bench")
        for file in folder.rglob("*.py")
        for joined in JOINED.findall(file.read_text("utf-8"))
    }

    assert "deploy/towns/demo.yaml" in named
    assert [each for each in sorted(named - MADE) if not (PROJECT / each).exists()] == []
