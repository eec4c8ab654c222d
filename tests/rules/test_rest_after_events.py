"""A process rests after a batch of events, so that the next one takes several."""

import pytest

from shared.bus.handling.event_entrypoint import (
    BATCH,
    BATCH_ON_SQLITE,
    REST_SECONDS,
    seconds_of_rest,
)


def test_after_a_batch_that_left_nothing_what_comes_next_is_waited_for() -> None:
    assert seconds_of_rest(1, BATCH, has_more=False, came_again=False) == REST_SECONDS
    assert seconds_of_rest(BATCH - 1, BATCH, has_more=False, came_again=False) == REST_SECONDS


@pytest.mark.parametrize("most", [BATCH, BATCH_ON_SQLITE])
def test_a_full_batch_is_followed_by_the_next_one_at_once(most: int) -> None:
    """All that the broker sends of one queue before an acknowledgement may be in that batch."""
    assert seconds_of_rest(most, most, has_more=False, came_again=False) == 0


def test_nobody_waits_where_more_is_there_or_one_has_come_again() -> None:
    assert seconds_of_rest(1, BATCH, has_more=True, came_again=False) == 0
    assert seconds_of_rest(1, BATCH, has_more=False, came_again=True) == 0
