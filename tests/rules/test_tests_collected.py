"""Every test file is collected: pytest takes one file of a name where folders are no packages."""

from collections import Counter
from pathlib import Path

TESTS = Path(__file__).parents[1]


def test_no_two_files_outside_of_packages_share_a_name() -> None:
    files = [path for path in TESTS.rglob("*.py") if not (path.parent / "__init__.py").exists()]
    names = Counter(path.name for path in files if path.name != "conftest.py")

    assert "test_billing.py" in names
    assert [name for name, times in names.items() if times > 1] == []
