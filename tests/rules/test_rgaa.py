"""The accessibility statement names every criterion, and claims nothing that is not so."""

import re
from collections import Counter
from pathlib import Path

import pytest

from services.portal_gateway.pages.public.town import rgaa

ROOT = Path(__file__).resolve().parents[2]
NUMBERED = (9, 2, 3, 13, 8, 2, 5, 10, 4, 14, 13, 11, 12)
"""Number of criteria of each of the thirteen themes of the RGAA 4.1."""


def files(*kinds: str) -> dict[str, str]:
    return {
        str(path.relative_to(ROOT)): path.read_text("utf-8")
        for folder in ("shared/web", "services")
        for kind in kinds
        for path in (ROOT / folder).rglob(f"*.{kind}")
    }


def test_all_106_criteria_are_there_once_in_their_order() -> None:
    numbers = [each.number for each in rgaa.CRITERIA]

    assert numbers == [
        f"{theme}.{at}" for theme, most in enumerate(NUMBERED, 1) for at in range(1, most + 1)
    ]
    assert len(numbers) == 106


def test_every_criterion_has_a_known_state_and_says_why_it_fails() -> None:
    assert {each.state for each in rgaa.CRITERIA} <= set(rgaa.STATES)
    assert all(each.why for each in rgaa.broken_criteria())
    assert sum(number for _, number in rgaa.count_criteria_by_state()) == 106
    assert Counter(each.theme for each in rgaa.CRITERIA) == dict(
        zip(rgaa.THEMES, NUMBERED, strict=True)
    )


@pytest.mark.parametrize(
    ("number", "gone", "kinds"),
    [
        ("2.1", r"<i?frame\b", ("html",)),
        ("4.1", r"<(?:video|audio|object|embed|canvas)\b", ("html",)),
        ("12.10", r'^(?!.*ctrlKey).*\bkey === "[^"]"', ("js",)),
        ("13.8", r"@keyframes|<marquee|<blink|\banimation\s*:", ("html", "css")),
        ("13.12", r"devicemotion|deviceorientation", ("js",)),
    ],
)
def test_what_the_statement_says_is_not_there_is_not(
    number: str, gone: str, kinds: tuple[str, ...]
) -> None:
    (criterion,) = [each for each in rgaa.CRITERIA if each.number == number]

    assert criterion.state == rgaa.NONE
    assert [
        name for name, text in files(*kinds).items() if re.search(gone, text, re.MULTILINE)
    ] == []


def test_a_browser_without_script_refuses_half_a_day_itself() -> None:
    forms = files("html")

    assert [name for name, text in forms.items() if "novalidate" in text] == []
    assert "noValidate = true" in files("js")["shared/web/static/sending.js"]
