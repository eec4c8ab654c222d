"""Waits after mistakes of one's own at signing in, and after those of strangers."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.accounts.rules import sign_in_delays
from services.identity.accounts.rules.sign_in_delays import Strangers, Tries

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
CAMILLE = "camille@exemple.fr"
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


def failed(times: int, at: datetime = NOON) -> Tries:
    """Return the tries of somebody who waits each time exactly as long as asked."""
    made = Tries()
    for _ in range(times):
        at += sign_in_delays.wait_of_known_device(made, at)
        made = sign_in_delays.tries_with_one_more(made, at)
    return made


def test_three_mistakes_are_free() -> None:
    assert [sign_in_delays.wait_of_known_device(failed(count), NOON) for count in (0, 1, 2)] == [
        sign_in_delays.NO_WAIT
    ] * 3


def test_then_the_wait_doubles() -> None:
    waits = [
        sign_in_delays.wait_of_known_device(made, made.recent[-1])
        for made in map(failed, range(3, 10))
    ]

    assert waits == [SECOND * 2**n for n in range(7)]


def test_waiting_as_long_as_asked_opens_the_door() -> None:
    made = failed(5)

    assert (
        sign_in_delays.wait_of_known_device(made, made.recent[-1] + 4 * SECOND)
        == sign_in_delays.NO_WAIT
    )


def test_no_hour_has_more_than_ten_tries_however_patient_one_is() -> None:
    at, moments, made = NOON, [], Tries()
    for _ in range(60):
        at += sign_in_delays.wait_of_known_device(made, at)
        made = sign_in_delays.tries_with_one_more(made, at)
        moments.append(at)

    busiest = max(sum(start <= each < start + HOUR for each in moments) for start in moments)
    assert busiest == sign_in_delays.MOST_IN_WINDOW


def test_nobody_waits_longer_than_an_hour_and_nobody_for_ever() -> None:
    made = failed(60)

    assert (
        sign_in_delays.NO_WAIT < sign_in_delays.wait_of_known_device(made, made.recent[-1]) <= HOUR
    )


def test_after_a_quiet_day_a_login_begins_anew() -> None:
    made = sign_in_delays.tries_with_one_more(failed(9), NOON + timedelta(days=2))

    assert made == Tries(1, (NOON + timedelta(days=2),))


@given(st.lists(st.integers(0, 4000), max_size=40))
def test_a_wait_is_never_negative_and_its_memory_is_small(gaps: list[int]) -> None:
    at, made = NOON, Tries()
    for gap in gaps:
        at += gap * SECOND
        made = sign_in_delays.tries_with_one_more(made, at)

        assert sign_in_delays.wait_of_known_device(made, at) >= sign_in_delays.NO_WAIT
        assert len(made.recent) <= sign_in_delays.MOST_IN_WINDOW


def test_tries_of_a_parent_and_of_the_same_person_as_agent_are_apart() -> None:
    assert sign_in_delays.digest_of_counted_tries(
        "family", "a@b.fr"
    ) != sign_in_delays.digest_of_counted_tries("agent", "a@b.fr")


# Strangers, and who is not one


@dataclass
class Books:
    """Tries of one principal's strangers, as identity files them."""

    here: dict[tuple[str, str], Tries] = field(default_factory=dict)
    around: dict[tuple[sign_in_delays.Crowd, str], Tries] = field(default_factory=dict)

    def before(self, login: str, address: str, network: str = "") -> Strangers:
        """Return what was tried before at a login, an address and its network."""
        places = (
            (sign_in_delays.AT_LOGIN, login),
            (sign_in_delays.AT_ADDRESS, address),
            (sign_in_delays.AT_NETWORK, network),
        )
        return Strangers(
            self.here.get((login, address), Tries()),
            tuple((crowd, self.around.get((crowd, at), Tries())) for crowd, at in places if at),
        )

    def tried(
        self, login: str, address: str, at: datetime, network: str = ""
    ) -> sign_in_delays.Wait:
        """Count a wrong try from a device that the account does not know; return what it costs."""
        before = self.before(login, address, network)
        wait = sign_in_delays.wait_of_unknown_device(before, at)
        if wait.time > sign_in_delays.NO_WAIT and not wait.knocks:
            return wait
        knock, names = (
            sign_in_delays.waiting_for_turn_since(before.here, at),
            (login, address, network),
        )
        for (crowd, made), name in zip(before.around, names, strict=False):
            if crowd.a_mistake or not wait.knocks:
                left = sign_in_delays.tries_without_one(made, knock) if knock else made
                self.around[crowd, name] = sign_in_delays.tries_with_one_more(
                    left, at, crowd.window, crowd.stops
                )
        add = (
            sign_in_delays.tries_with_moment_asked_to_wait
            if wait.knocks
            else sign_in_delays.tries_with_one_more
        )
        self.here[login, address] = add(before.here, at)
        return wait


@dataclass
class Parent:
    """A parent with the right password and a device that the account does not know."""

    books: Books
    login: str
    begins: datetime
    comes: datetime
    let_in: datetime | None = None

    def may_try(self, at: datetime) -> None:
        """Try as the page does by itself: each time when the wait is over."""
        if self.let_in is None and at >= self.comes:
            wait = self.books.tried(self.login, "home", at).time
            self.comes, self.let_in = at + wait, at if wait == sign_in_delays.NO_WAIT else None

    @property
    def waited(self) -> timedelta:
        assert self.let_in is not None
        return self.let_in - self.begins


def storm(
    a_second: int, addresses: int, logins: int, count: int, login: str = "camille@exemple.fr"
) -> Parent:
    """Let strangers make wrong tries over many logins; halfway a parent begins to sign in."""
    at, step, begins = NOON, SECOND / a_second, NOON + SECOND / a_second * (count // 2)
    parent = Parent(Books(), login, begins, begins)
    for number in range(count):
        parent.books.tried(f"login {number % logins}", f"address {number % addresses}", at)
        at += step
        parent.may_try(at)
    return parent


@pytest.mark.parametrize("a_second", [2, 10, 50])
@pytest.mark.parametrize("addresses", [1, 50, 3000])
def test_whatever_10_000_tries_strangers_make_a_new_device_elsewhere_is_let_in_within_seconds(
    a_second: int, addresses: int
) -> None:
    parent = storm(a_second, addresses, 5000, 10_000)

    assert parent.waited <= sign_in_delays.PATIENCE + SECOND


def test_strangers_at_one_login_from_one_address_cost_nobody_else_a_wait() -> None:
    parent = storm(2, 1, 1, 1000, login="login 0")

    assert parent.waited <= SECOND


def test_strangers_at_one_login_from_many_addresses_slow_a_new_device_down() -> None:
    parent = storm(2, 30, 1, 100, login="login 0")

    assert sign_in_delays.PATIENCE <= parent.waited <= sign_in_delays.PATIENCE + SECOND


def test_however_many_addresses_one_has_a_login_takes_120_wrong_tries_an_hour() -> None:
    books, at, let = Books(), NOON, 0
    for number in range(20_000):
        let += (
            books.tried("camille@exemple.fr", f"address {number % 900}", at)
            == sign_in_delays.AT_ONCE
        )
        at += SECOND / 6

    assert at - NOON < HOUR
    assert let == sign_in_delays.AT_LOGIN.stops


def test_from_one_address_30_wrong_tries_are_let_in_ten_minutes_over_all_logins() -> None:
    books, at, let = Books(), NOON, 0
    for number in range(1190):
        let += books.tried(f"login {number}", "one address", at) == sign_in_delays.AT_ONCE
        at += SECOND / 2

    assert at - NOON < sign_in_delays.AT_ADDRESS.window
    assert let <= sign_in_delays.AT_ADDRESS.stops


def test_a_network_with_any_number_of_addresses_has_300_wrong_tries_in_ten_minutes() -> None:
    books, at, let = Books(), NOON, 0
    for number in range(5900):
        wait = books.tried(f"login {number}", f"address {number}", at, "one network")
        let += wait == sign_in_delays.AT_ONCE
        at += SECOND / 10

    assert at - NOON < sign_in_delays.AT_NETWORK.window
    assert let <= sign_in_delays.AT_NETWORK.stops


def crowded() -> tuple[Books, datetime]:
    """Return what is filed a moment after many strangers tried one login."""
    books = Books()
    for number in range(sign_in_delays.AT_LOGIN.slows):
        books.tried(CAMILLE, f"address {number}", NOON)
    return books, NOON + SECOND


def test_in_a_crowd_a_stranger_waits_five_seconds_once_and_is_then_let_try() -> None:
    books, over = crowded()

    knocked = books.tried(CAMILLE, "home", over)
    early = books.tried(CAMILLE, "home", over + 2 * SECOND)
    in_turn = books.tried(CAMILLE, "home", over + sign_in_delays.PATIENCE)
    next_try = books.tried(CAMILLE, "home", over + sign_in_delays.PATIENCE + SECOND)

    assert knocked == sign_in_delays.Wait(sign_in_delays.PATIENCE, others=True, knocks=True)
    assert early == sign_in_delays.Wait(3 * SECOND, others=True)
    assert in_turn == sign_in_delays.AT_ONCE
    assert next_try.knocks


def test_a_knock_is_forgotten_after_ten_minutes() -> None:
    books, over = crowded()
    books.tried(CAMILLE, "home", over)
    over += sign_in_delays.KNOCK_COUNTS_FOR

    assert books.tried(CAMILLE, "home", over).knocks


# Who goes first where more come than can be hashed


def test_each_mistake_at_an_address_lets_others_go_first_for_ten_minutes() -> None:
    books = Books()
    for number in range(3):
        books.tried(f"login {number}", "home", NOON)

    before, elsewhere = books.before(CAMILLE, "home"), books.before(CAMILLE, "elsewhere")
    assert sign_in_delays.count_mistakes_of_address(before, NOON) == 3
    assert sign_in_delays.count_mistakes_of_address(elsewhere, NOON) == 0
    assert (
        sign_in_delays.count_mistakes_of_address(before, NOON + sign_in_delays.AT_ADDRESS.window)
        == 0
    )


def test_ten_tries_of_a_wide_network_count_as_one_mistake_of_each_of_its_addresses() -> None:
    books = Books()
    for number in range(25):
        books.tried(f"login {number}", f"address {number}", NOON, "one network")

    assert (
        sign_in_delays.count_mistakes_of_address(books.before(CAMILLE, "home", "one network"), NOON)
        == 2
    )


def test_tries_at_a_login_let_nobody_go_before_its_owner() -> None:
    books, over = crowded()

    assert sign_in_delays.count_mistakes_of_address(books.before(CAMILLE, "home"), over) == 0


def test_one_s_own_knock_is_no_mistake_and_a_neighbour_s_is_one() -> None:
    books, over = crowded()
    books.tried(CAMILLE, "home", over)

    assert sign_in_delays.count_mistakes_of_address(books.before(CAMILLE, "home"), over) == 0
    assert (
        sign_in_delays.count_mistakes_of_address(books.before("autre@exemple.fr", "home"), over)
        == 1
    )


def test_a_try_takes_the_place_of_its_knock() -> None:
    books, over = crowded()
    books.tried(CAMILLE, "home", over)
    books.tried(CAMILLE, "home", over + sign_in_delays.PATIENCE)

    assert books.around[sign_in_delays.AT_ADDRESS, "home"].recent == (
        over + sign_in_delays.PATIENCE,
    )


@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from("abc"), st.sampled_from("xyz"))))
def test_no_wait_is_ever_negative_and_none_is_longer_than_an_hour(
    tried: list[tuple[int, str, str]],
) -> None:
    books, at = Books(), NOON
    for gap, login, address in tried:
        at += gap * SECOND
        assert sign_in_delays.NO_WAIT <= books.tried(login, address, at).time <= HOUR


def test_mistakes_made_while_a_clock_was_ahead_keep_nobody_waiting_once_it_is_set_back() -> None:
    """Every agent's code is wrong by such a clock: all of them have mistakes then."""
    made = failed(12, NOON + timedelta(days=1))

    assert sign_in_delays.wait_of_known_device(made, NOON) == sign_in_delays.NO_WAIT
    crowd = ((sign_in_delays.AT_ADDRESS, Tries(40, made.recent * 4)),)
    assert sign_in_delays.wait_of_unknown_device(Strangers(made, crowd), NOON).time == (
        sign_in_delays.NO_WAIT
    )
    assert sign_in_delays.tries_with_one_more(made, NOON) == Tries(1, (NOON,))


def test_a_mistake_that_another_host_counted_a_moment_later_counts() -> None:
    made = failed(5, NOON + 20 * SECOND)

    assert sign_in_delays.wait_of_known_device(made, NOON) > sign_in_delays.NO_WAIT
