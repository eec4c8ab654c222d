"""The easy-to-read page keeps to those rules of FALC that can be counted."""

import re

import pytest

from services.portal_gateway.pages.public.town.easy_to_read import EASY_ACTS, EasyAct

MOST_WORDS = 10
NUMBERS = re.compile(
    r"\b(?:deux|trois|quatre|cinq|six|sept|huit|neuf|dix|cent|mille|premi[eè]re?s?)\b",
    re.IGNORECASE,
)
HARD = re.compile(r"[;:()%/]|\bc\.-à-d|\betc\b|\bcependant\b|\btoutefois\b|\bafin\b", re.IGNORECASE)
ACT = pytest.mark.parametrize("act", EASY_ACTS, ids=lambda act: act.title)


def test_there_are_ten_acts_each_with_its_own_title() -> None:
    assert len({act.title for act in EASY_ACTS}) == 10


@ACT
def test_every_sentence_is_short_and_one(act: EasyAct) -> None:
    long = [
        each for each in (act.title, *act.steps) if len(re.findall(r"[\w’-]+", each)) > MOST_WORDS
    ]

    assert long == []
    assert [
        each for each in act.steps if not re.fullmatch(r"[A-ZÀÉÊ][^.?!]*(?:\.| \?)", each)
    ] == []


@ACT
def test_numbers_are_figures_and_no_word_or_sign_is_hard(act: EasyAct) -> None:
    said = " ".join((act.title, *act.steps))

    assert NUMBERS.findall(said) == []
    assert HARD.findall(said) == []


@ACT
def test_an_act_has_few_steps_each_said_once(act: EasyAct) -> None:
    assert 4 <= len(act.steps) <= 6
    assert len(set(act.steps)) == len(act.steps)
