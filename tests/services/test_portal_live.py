"""Open pages hear at once what changed for their guardian, in every process, and of nobody else."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import requests
from sqlalchemy import update

from deploy.engines.rabbitmq_node import BrokerNode
from services.portal_gateway.models import WebSession
from services.portal_gateway.session import sessions
from services.portal_gateway.store import store
from shared.contracts.identity import accounts
from shared.dates.clock import now
from shared.runtime.ids import new_id
from shared.web.session.browser_secret import row_id
from tests.conftest import fresh_database
from tests.databases import KINDS, sqlite_in
from tests.factories import live as make
from tests.factories.live import HEARTBEAT, PAGES, Browser, Streams, until


@pytest.fixture(scope="module", params=KINDS)
def streams(
    request: pytest.FixtureRequest,
    node: BrokerNode,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Streams]:
    """Give two processes of two workers each, for all of these tests."""
    home = tmp_path_factory.mktemp("live")
    with (
        fresh_database(request.param, request, sqlite_in(home)) as database,
        make.streams_on(node, database, home) as streams,
    ):
        yield streams


def test_a_notice_reaches_every_open_page_of_the_household_and_no_other(streams: Streams) -> None:
    ours, theirs = new_id(), new_id()
    (_, claire), (_, sandra) = streams.guardian(ours), streams.guardian(theirs)
    pages = [streams.opens(claire, at=at) for at in (0, 0, 1, 1)]
    other = streams.opens(sandra)
    for page in (*pages, other):
        until(lambda page=page: page.told)
        page.told.clear()

    streams.has_news(ours)

    for page in pages:
        until(lambda page=page: page.told)
        assert page.kinds == ["news"]
    streams.has_news(theirs)
    until(lambda: other.told)
    assert (other.kinds, [page.kinds for page in pages]) == (["news"], [["news"]] * 4)


def test_who_was_away_hears_what_it_missed_once_and_of_what_it_knows_nothing(
    streams: Streams,
) -> None:
    household = new_id()
    _, claire = streams.guardian(household)
    page = streams.opens(claire)
    until(lambda: page.told)
    left_at = page.position
    page.close()

    streams.has_news(household)
    streams.has_news(household)
    back = streams.opens(claire, left_at, at=1)
    until(lambda: back.told)
    again = streams.opens(claire, back.position)
    streams.has_news(household)
    until(lambda: again.told)

    assert back.told[0][1] == ["news"]
    assert again.told[0][1] == ["news"] and len(again.told) == 1


def test_a_household_that_joins_is_heard_of_without_signing_in_again(streams: Streams) -> None:
    first, second = new_id(), new_id()
    subject, claire = streams.guardian(first)
    page = streams.opens(claire)
    until(lambda: page.told)

    _tells_of_households(streams, page, subject, [first, second], version=2)
    streams.has_news(second)
    until(lambda: page.told)
    assert page.kinds == ["news"]

    _tells_of_households(streams, page, subject, [first], version=3)
    streams.has_news(second)
    streams.has_news(first)
    until(lambda: page.told)
    assert page.kinds == ["news"]


@pytest.mark.parametrize("ends", ["signs out", "is cut off by identity", "was idle"])
def test_a_stream_ends_with_its_session_however_that_ends(streams: Streams, ends: str) -> None:
    subject, claire = streams.guardian(new_id())
    page = streams.opens(claire)
    until(lambda: page.told)

    if ends == "signs out":
        streams.signs_out(claire)
    elif ends == "was idle":
        _last_seen(claire, now() - sessions.IDLE)
    else:
        streams.portal.receives(
            accounts.subject_changed,
            "identity",
            subject=subject,
            kind="family",
            name="Claire Lefèvre",
            version=2,
            not_before=now() + timedelta(seconds=1),
            active=True,
            rights=[],
        )

    assert page.ended.wait(10) and page.over
    assert Browser(streams.urls[0], claire).status == 204


def test_a_page_that_is_only_open_is_no_activity(streams: Streams) -> None:
    household = new_id()
    _, claire = streams.guardian(household)
    seen_at = now() - timedelta(minutes=20)
    _last_seen(claire, seen_at)
    page = streams.opens(claire)
    streams.has_news(household)
    until(lambda: page.told)

    with streams.portal.site.test_client() as client:
        client.set_cookie("portal_session", claire)
        shown = client.get("/nouvelles", headers={"X-Preau-By-Itself": "1"})

    assert shown.status_code == 200
    with store.read() as read:
        kept = read.get(WebSession, row_id(claire))
    assert kept is not None and kept.seen_at == seen_at
    assert HEARTBEAT < 1


def test_nobody_signed_out_and_no_other_site_opens_a_stream(streams: Streams) -> None:
    _, claire = streams.guardian(new_id())

    elsewhere = requests.get(
        f"{streams.urls[0]}/flux",
        headers={"Origin": "https://ailleurs.example"},
        cookies={"portal_session": claire},
        timeout=5,
    )
    ours = streams.opens(claire)

    assert elsewhere.status_code == 403
    assert ours.headers["Access-Control-Allow-Origin"] == PAGES
    assert Browser(streams.urls[0], "").status == 204
    assert Browser(streams.urls[0], "not-a-secret").status == 204


def _tells_of_households(
    streams: Streams, page: Browser, subject: str, households: list[str], version: int
) -> None:
    """Let the dossier tell whose households are whose; the page is told to read everything."""
    page.told.clear()
    streams.portal.receives_guardian_card(subject, households, version=version)
    until(lambda: "bills" in page.kinds)
    page.told.clear()


def _last_seen(secret: str, moment: object) -> None:
    with store.write() as write:
        change = update(WebSession).where(WebSession.id == row_id(secret))
        write.execute(change.values(seen_at=moment))
