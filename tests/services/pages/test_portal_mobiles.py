"""Mobiles of guardians: proven by a code, kept sealed with the agreement, forgotten at a word."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from services.portal_gateway.alerts.commands.mobile_codes import prove_mobile, send_mobile_code
from services.portal_gateway.alerts.rules.mobile_codes import MOST_CODES
from services.portal_gateway.models import AlertMobile, MobileCheck
from services.portal_gateway.store import store
from shared.dates.clock import now
from shared.settings import Settings, SettingsIncomplete
from tests.databases import Database
from tests.factories import portal as make
from tests.factories.portal import CLAIRE, Portal
from tests.factories.portal_alerts import (
    MOBILE,
    PAGE,
    closes,
    code_of,
    goes_round,
    portal_that_alerts,
    proves_mobile,
)
from tests.factories.push import StandIn


@pytest.fixture
def portal(database: Database, tmp_path: Path, push: StandIn, gateway: StandIn) -> Iterator[Portal]:
    """Give the portal with its push service and its SMS gateway."""
    with portal_that_alerts(database, tmp_path, push, gateway) as portal:
        yield portal


def test_no_sms_goes_to_a_mobile_whose_code_did_not_come_back(
    portal: Portal, browser: FlaskClient, gateway: StandIn
) -> None:
    make.posts(browser, f"{PAGE}/mobile", **MOBILE)
    code = code_of(portal, gateway)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"

    answers = [make.posts(browser, f"{PAGE}/mobile/code", code=wrong) for _ in range(5)]
    answers += [make.posts(browser, f"{PAGE}/mobile/code", code=each) for each in (code, "12")]
    closes(portal)
    goes_round(portal)

    assert {answer.status_code for answer in answers} == {422}
    assert "Ce code n’est pas le bon" in answers[0].text
    assert "Écrivez les 6 chiffres" in answers[-1].text
    assert len(gateway.messages()) == 1
    with store.read() as read:
        assert read.scalar(select(AlertMobile)) is None


def test_five_codes_leave_in_a_day_and_a_former_one_proves_nothing(
    portal: Portal, browser: FlaskClient, gateway: StandIn
) -> None:
    for _ in range(MOST_CODES):
        assert make.posts(browser, f"{PAGE}/mobile", **MOBILE).status_code == 303
        code = code_of(portal, gateway)
        make.posts(browser, f"{PAGE}/mobile/autre")
        assert make.posts(browser, f"{PAGE}/mobile/code", code=code).status_code == 422
    refused = make.posts(browser, f"{PAGE}/mobile", **MOBILE)
    goes_round(portal)

    assert refused.status_code == 422 and "réessayez demain" in refused.text
    assert len(gateway.messages()) == MOST_CODES
    with store.write() as write:
        moment = now() + timedelta(days=1)
        assert send_mobile_code(write, CLAIRE, "+33612345678", "fr", "Aubeval", moment)
        write.flush()
        row = write.get_one(MobileCheck, CLAIRE)
        assert b"612345678" not in row.content


def test_two_first_codes_asked_at_once_count_as_two(portal: Portal) -> None:
    del portal

    def asks() -> None:
        with store.write() as write:
            send_mobile_code(write, CLAIRE, "+33612345678", "fr", "Aubeval", now())

    other = threading.Thread(target=asks)
    with store.write() as write:
        send_mobile_code(write, CLAIRE, "+33612345678", "fr", "Aubeval", now())
        other.start()
        other.join(0.5)
    other.join()

    with store.read() as read:
        assert read.get_one(MobileCheck, CLAIRE).sent == 2


def test_the_right_code_is_worth_nothing_once_its_ten_minutes_are_over(
    portal: Portal, browser: FlaskClient, gateway: StandIn
) -> None:
    make.posts(browser, f"{PAGE}/mobile", **MOBILE)
    code = code_of(portal, gateway)

    with store.write() as write:
        over = write.get_one(MobileCheck, CLAIRE).expires_at
        assert not prove_mobile(write, CLAIRE, code, over)
        assert prove_mobile(write, CLAIRE, code, over - timedelta(seconds=1))
        assert not prove_mobile(write, CLAIRE, code, over - timedelta(seconds=1))


@pytest.mark.parametrize("address", ["http://sms.example.org/send", "http://127.0.0.1.example.org"])
def test_no_number_crosses_a_network_in_clear(portal: Portal, address: str) -> None:
    with pytest.raises(SettingsIncomplete):
        Settings.from_env({**portal.environment, "SMS_GATEWAY": address})


def test_a_mobile_is_kept_sealed_with_the_agreement_and_forgotten_at_a_word(
    portal: Portal, browser: FlaskClient, gateway: StandIn
) -> None:
    proves_mobile(portal, browser, gateway)
    with store.read() as read:
        row = read.scalars(select(AlertMobile)).one()
    assert b"612345678" not in row.content
    assert "06 12 34 56 78" in make.main_of(browser.get(PAGE).text)

    make.posts(browser, f"{PAGE}/mobile/retirer")
    closes(portal)
    goes_round(portal)

    with store.read() as read:
        assert read.scalar(select(AlertMobile)) is None
    assert gateway.arrived == []


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"mobile": "01 23 45 67 89", "agreed": "yes"}, "Écrivez un numéro de mobile français"),
        ({"mobile": "06 12 34 56 78"}, "Cochez cette case"),
    ],
)
def test_a_number_that_is_no_mobile_or_no_agreement_is_said_beside_the_field(
    portal: Portal, browser: FlaskClient, fields: dict[str, str], sentence: str
) -> None:
    answer = make.posts(browser, f"{PAGE}/mobile", **fields)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert fields["mobile"] in answer.text
    with store.read() as read:
        assert read.scalar(select(AlertMobile)) is None
