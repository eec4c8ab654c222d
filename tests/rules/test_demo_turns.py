"""Invented people who sign in while others do: the load of a demonstration waits for its turn."""

import pytest

from deploy.demo.life.signed_in_people import MOST_TURNS, sign_in_when_turn_comes
from shared.contracts.identity.sign_ins import TooManyTries


class Door:
    """A sign-in that is busy with other people's tries for so many turns."""

    def __init__(self, turns: int, others: bool = True) -> None:
        self.turns, self.others, self.asked = turns, others, 0

    def sign_in(self) -> str:
        self.asked += 1
        if self.asked <= self.turns:
            raise TooManyTries(wait_seconds=2, others=self.others)
        return "signed in"


def test_who_meets_other_peoples_tries_waits_as_long_as_it_is_told_and_comes_in() -> None:
    door, waited = Door(turns=3), list[float]()

    assert sign_in_when_turn_comes(door.sign_in, waited.append) == "signed in"
    assert waited == [2, 2, 2]


@pytest.mark.parametrize(
    ("door", "asked"),
    [(Door(turns=1, others=False), 1), (Door(turns=999), MOST_TURNS + 1)],
    ids=["own tries", "no end"],
)
def test_own_wrong_tries_and_a_wait_without_an_end_are_refused(door: Door, asked: int) -> None:
    with pytest.raises(TooManyTries):
        sign_in_when_turn_comes(door.sign_in, lambda _seconds: None)
    assert door.asked == asked
