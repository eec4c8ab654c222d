"""
A section is stated once: whoever adds one writes no line elsewhere in services, shared and deploy.

The section « Attestation de natation » is the example: its code is looked for in all that runs. And
no table is keyed by sections or projections but those that are listed here with their reason.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.contracts.sections import PROJECTIONS, SECTIONS
from shared.register import entitlement

ROOT = Path(__file__).parents[2]
RUNS = ("services", "shared", "deploy")
CODES = {*SECTIONS, *PROJECTIONS}
NAMED = {
    name for name, value in vars(entitlement).items() if isinstance(value, str) and value in CODES
}

FILES_OF_THE_CERTIFICATE = {
    "shared/contracts/sections/swimming.py",
    "shared/contracts/sections/__init__.py",
    "shared/register/entitlement.py",
    "shared/web/translations/en/LC_MESSAGES/messages.po",
}
OF_THE_TAG = {"services/portal_gateway/enrolment/rules/search_words.py"}
"""Finds activities that swim by other words for it; it stood there before the section."""

AS_ANOTHER_FILE_TELLS_THEM = {
    "deploy/demo/invented/families.py": "the columns of the demonstration's families",
    "deploy/importing/rows/merged_rows.py": "the columns of another software's file",
    "deploy/importing/rows/families.py": "the columns of another software's file",
    "deploy/provisioning/providers/trial_children.py": "what invented children of a trial tell",
}
"""Files whose content decides which sections they tell; one that is not told needs no line."""


def sources() -> Iterator[Path]:
    for folder in RUNS:
        for file in sorted((ROOT / folder).rglob("*")):
            if file.suffix in (".py", ".html", ".js", ".po") and "towns" not in file.parts:
                yield file


def here(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def test_a_new_section_touches_at_most_five_files() -> None:
    certificate = SECTIONS["swimming"]
    its_own = (f'"{certificate.code}"', f'"{certificate.slug}"', certificate.label, "SWIMMING")

    touched = {
        here(file)
        for file in sources()
        if any(word in file.read_text(encoding="utf-8") for word in its_own)
    } - OF_THE_TAG

    assert touched == FILES_OF_THE_CERTIFICATE
    assert len(touched) <= 5


def tables(source: str) -> list[set[str]]:
    """Return the codes that are keys of each dict that is written out and has several of them."""
    if sum(word in source for word in CODES | NAMED) < 2:
        return []  # nine of ten files: to parse them all takes seconds
    found = [
        {
            key.value if isinstance(key, ast.Constant) else key.id
            for key in node.keys
            if (isinstance(key, ast.Constant) and key.value in CODES)
            or (isinstance(key, ast.Name) and key.id in NAMED)
        }
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Dict)
    ]
    return [codes for codes in found if len(codes) > 1]


def test_no_table_is_keyed_by_sections_or_projections() -> None:
    keyed = {
        here(file)
        for file in sources()
        if file.suffix == ".py"
        and ROOT / "shared/contracts/sections" not in file.parents  # where each is stated
        and tables(file.read_text(encoding="utf-8"))
    }

    assert keyed == set(AS_ANOTHER_FILE_TELLS_THEM)


@pytest.mark.parametrize(
    ("source", "is_table"),
    [
        ('{"diet": 1, "health": 2}', True),
        ("{DIET: 1, CARE_CORE: 2}", True),
        ('{"diet": 1, "menu": 2}', False),
        ("{code: 1 for code in PROJECTIONS}", False),
    ],
)
def test_a_table_is_known_by_its_keys(source: str, is_table: bool) -> None:
    assert bool(tables(source)) is is_table
