"""Sessions of families: sealed, ending, and what was typed kept for its author."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from services.portal_gateway.models import WebSession
from services.portal_gateway.session import sessions
from services.portal_gateway.store import store
from shared.database import Unreadable
from shared.dates.clock import now
from shared.runtime.ids import new_id
from shared.web.base.app import Site
from shared.web.session.browser_secret import new_secret, open_sealed, seal
from shared.web.session.sealed_rows import ABSOLUTE
from tests.factories.portal_alone import CHILD, enters, time_passes, token_on


def test_a_stolen_database_opens_no_session_and_shows_no_name(portal: Site) -> None:
    secret = enters(portal.test_client(), name="Aurélie Quincampoix")
    with store.read() as read:
        row = read.scalars(select(WebSession)).one()
    stored = repr([getattr(row, column.key) for column in WebSession.__table__.columns])

    for told in (secret, "Quincampoix", "person-token", "identity-session"):
        assert told not in stored
    assert sessions.find(row.id, now()) is None


def test_a_sealed_value_cannot_be_moved_to_another_column_or_session() -> None:
    secret = new_secret()
    sealed = seal(secret, "saved_form", {"menu": "no_pork"})

    assert open_sealed(secret, "saved_form", sealed) == {"menu": "no_pork"}
    for other in (lambda: open_sealed(secret, "children", sealed),
                  lambda: open_sealed(new_secret(), "saved_form", sealed)):  # fmt: skip
        with pytest.raises(Unreadable):
            other()


def test_a_session_ends_when_idle_and_at_its_last_hour(portal: Site) -> None:
    secret = enters(portal.test_client())
    moment = now()

    assert sessions.find(secret, moment) is not None
    assert sessions.find(secret, moment + sessions.IDLE) is None
    for minutes in range(20, 12 * 60, 20):
        sessions.find(secret, moment + timedelta(minutes=minutes))
    assert sessions.find(secret, moment + ABSOLUTE) is None


def test_a_session_that_began_while_the_clock_was_a_day_ahead_is_over_once_it_is_set_back(
    portal: Site,
) -> None:
    secret, ahead = enters(portal.test_client()), timedelta(days=1)
    opened = sessions.find(secret, now())
    assert opened is not None and not opened.is_renewal_due(now())

    sessions.find(secret, now() + timedelta(seconds=30))
    assert sessions.find(secret, now()) is not None
    assert opened.is_renewal_due(now() - ahead)
    with store.write() as write:
        write.execute(update(WebSession).values(seen_at=now() + ahead, ends_at=now() + 2 * ahead))
    assert sessions.find(secret, now()) is None


def test_a_row_that_cannot_be_read_is_no_session(portal: Site) -> None:
    secret = enters(portal.test_client())
    with store.write() as write:
        write.execute(update(WebSession).values(token=seal(new_secret(), "token", "person-token")))

    assert sessions.find(secret, now()) is None


def test_signing_in_again_gives_another_secret_and_forgets_the_first(browser: FlaskClient) -> None:
    first = enters(browser)
    second = enters(browser)

    assert first != second
    assert sessions.find(first, now()) is None
    assert sessions.find(second, now()) is not None


def test_a_typed_form_comes_back_to_its_author_after_signing_in_again(
    browser: FlaskClient,
) -> None:
    path, subject = f"/enfants/{CHILD}/qui-vient-chercher", new_id()
    secret = enters(browser, subject)
    token = token_on(browser, "/compte")
    time_passes(secret, sessions.IDLE)

    typed = {"people-0-name": "Tante Zoé", "people-0-relation": "tante", "people-0-phone": ""}
    answer = browser.post(
        path, data={"csrf_token": token, "version": "3", "act": new_id(), **typed}
    )

    assert answer.status_code == 303
    assert "Zo" not in answer.location
    assert "gardé" in browser.get(answer.location).text
    back = sessions.find(enters(browser, subject), now())
    assert back is not None
    saved = back.saved_form
    assert saved is not None
    assert saved["path"] == path
    assert saved["values"]["people-0-name"] == ["Tante Zoé"]
    assert "csrf_token" not in saved["values"]


def test_nobody_else_is_shown_what_was_typed_on_a_shared_computer(browser: FlaskClient) -> None:
    secret = enters(browser, new_id())
    sessions.save_form(secret, "/enfants", {"remarks": ["secret"]})
    time_passes(secret, sessions.IDLE)

    other = sessions.find(enters(browser, new_id()), now())

    assert other is not None
    assert other.saved_form is None
