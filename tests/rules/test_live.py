"""Position of an open page, seats of a process, and when a page is written to: pure."""

from datetime import UTC, datetime, timedelta

import pytest

from services.portal_gateway.notices.rules.notice_emails import (
    BILLS,
    DROP,
    ENROLMENT,
    EVERY,
    WAIT,
    WEEK,
    WRITE,
    Due,
    Signer,
    email_category_of_notice,
)
from shared.contracts.billing.bills import NOTICE_KINDS
from shared.live.hub import MOST_OF_ONE, Hub
from shared.live.page_position import Position
from shared.live.stream import stream_events

KINDS = ("news", "bills", "session")
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def at(*audiences: str, **known: int) -> Position:
    """Return a position; `known` are counts by kind, of the first audience."""
    counts = {(audiences[0], kind): count for kind, count in known.items()}
    return Position.of_audiences(audiences, KINDS, counts)


def test_a_page_is_told_the_kinds_that_changed_and_no_other() -> None:
    before, after = at("claire", "home", news=3), at("claire", "home", news=4)

    assert after.kinds_changed_since(before.text) == ("news",)
    assert after.kinds_changed_since(after.text) == ()


@pytest.mark.parametrize(
    "former",
    ["", "none", "0" * 8, "ffffffff-1.2.3", "x" * 5_000, at("claire", news=1).text, "é-1"],
    ids=["nothing", "a word", "a mark", "another's", "too long", "fewer households", "letters"],
)
def test_a_page_whose_past_is_not_known_reads_everything_again(former: str) -> None:
    assert at("claire", "home", news=1).kinds_changed_since(former) == KINDS


def test_a_position_names_no_household() -> None:
    assert "home" not in at("claire", "home").text


def test_a_push_is_read_once_however_many_wait_for_it_and_not_at_all_for_nobody() -> None:
    asked: list[list[str]] = []

    def counts_of(audiences: object) -> dict[tuple[str, str], int]:
        asked.append(sorted(audiences))  # type: ignore[call-overload]
        return {(audience, "news"): len(asked) for audience in asked[-1]}

    hub = Hub(counts_of, KINDS)
    seats = [hub.register_open_page(f"browser {number}") for number in range(3)]
    for seat in seats:
        hub.watch(seat, ("claire", "home"))
    asked.clear()

    hub.on_push(["home", "elsewhere"])
    hub.on_push(["elsewhere"])

    assert asked == [["home"]]
    assert all(seat.wait(0) for seat in seats)


def test_the_oldest_of_too_many_pages_of_one_session_gives_way() -> None:
    hub = Hub(lambda _audiences: {}, KINDS)
    seats = [hub.register_open_page("claire's") for _ in range(MOST_OF_ONE + 1)]
    hub.register_open_page("julien's")

    assert [seat.ended for seat in seats] == [True] + [False] * MOST_OF_ONE
    assert list(stream_events(hub, seats[0], lambda: ("claire",), ""))[1:] == []
    assert hub.count_open_pages == MOST_OF_ONE + 1


def due(**changes: object) -> Due:
    usual = {
        "wanted": True,
        "may_leave": True,
        "last_at": NOON,
        "seen_at": None,
        "written_at": None,
    }
    return Due(**{**usual, **changes})  # type: ignore[arg-type]


MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("case", "decision"),
    [
        (due(), WRITE),
        (due(seen_at=NOON - MINUTE), WRITE),
        (due(seen_at=NOON + MINUTE), DROP),
        (due(wanted=False), DROP),
        (due(may_leave=False), DROP),
        (due(written_at=NOON - timedelta(hours=1)), WAIT),
        (due(written_at=NOON - EVERY), WRITE),
    ],
    ids=[
        "who never looked is written to",
        "who looked before it came, too",
        "who has looked since is not",
        "nor who does not want it",
        "nor where nothing may leave",
        "who had a letter an hour ago waits",
        "and has the next one after six hours",
    ],
)
def test_who_is_written_to(case: Due, decision: str) -> None:
    assert case.decide_on_due_email(NOON + 5 * MINUTE) == decision


def test_a_strike_is_of_the_week_a_bill_of_bills_and_a_place_of_enrolment() -> None:
    kinds = ("closure", "bill_issued", "place_offered")

    assert [email_category_of_notice(kind) for kind in kinds] == [WEEK, BILLS, ENROLMENT]


def test_all_that_billing_says_is_of_bills() -> None:
    assert {email_category_of_notice(kind) for kind in NOTICE_KINDS} == {BILLS}


def test_one_click_ends_what_was_signed_and_nothing_else() -> None:
    ours, others = Signer("the portal's own"), Signer("somebody's")

    assert ours.read_signature(ours.sign_category("claire", BILLS)) == ("claire", BILLS)
    assert ours.read_signature(others.sign_category("claire", BILLS)) is None
    assert ours.read_signature("claire.bills") is None
