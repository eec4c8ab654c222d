"""Alerts at once, on a device or by SMS: once each, to the right people, and nobody else."""

import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select, update

from deploy.instance.secrets import push_key
from services.identity.models import Email
from services.identity.store import store as identity_store
from services.portal_gateway.alerts.commands.mobile_codes import prove_mobile, send_code
from services.portal_gateway.alerts.commands.queueing import queue_alert
from services.portal_gateway.alerts.reminders import remind_of_deadlines
from services.portal_gateway.alerts.rules.mobile_codes import MOST_CODES
from services.portal_gateway.alerts.rules.words import Alert, ordinary_alert
from services.portal_gateway.alerts.sending import deliver_due, sender_for
from services.portal_gateway.models import (
    AlertMobile,
    MobileCheck,
    OutgoingAlert,
    PushSubscription,
)
from services.portal_gateway.store import store
from shared.contracts.dossier import dossier
from shared.contracts.identity import accounts
from shared.contracts.portal_gateway import portal as contracts
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from shared.settings import Settings, SettingsIncomplete
from tests.databases import Database
from tests.factories import identity as make_identity
from tests.factories import portal as make
from tests.factories import portal_bills as billed
from tests.factories import push as make_push
from tests.factories.portal import CLAIRE, ENS, Portal
from tests.factories.push import Browser, StandIn
from tests.factories.travelling import handled

HOME, OTHER_HOME = new_id(), new_id()
JULIEN, STRANGER = new_id(), new_id()
PAGE = "/compte/alertes"
MOBILE = {"mobile": "06 12 34 56 78", "agreed": "yes"}


@pytest.fixture
def push() -> Iterator[StandIn]:
    """Give a push service of this machine."""
    with make_push.stand_in() as server:
        yield server


@pytest.fixture
def gateway() -> Iterator[StandIn]:
    """Give an SMS gateway of this machine."""
    with make_push.stand_in() as server:
        yield server


@pytest.fixture
def portal(database: Database, tmp_path: Path, push: StandIn, gateway: StandIn) -> Iterator[Portal]:
    """Give the portal, with one household of two guardians, and one of somebody else."""
    environment = {
        **{"VAPID_KEY": push_key(), "PUSH_STAND_IN": push.origin},
        **{"SMS_GATEWAY": f"{gateway.origin}/sms", "SMS_TOKEN": "a secret of the gateway's"},
        **{"PORTAL_URL": "https://familles.example.org", "SMS_SENDER": "Aubeval"},
    }
    with make.portal_on(database, tmp_path, **environment) as portal:
        for subject in (CLAIRE, JULIEN):
            portal.receives_guardian_card(subject, [HOME])
        portal.receives_guardian_card(STRANGER, [OTHER_HOME])
        yield portal


def allows(portal: Portal, push: StandIn, subject: str) -> tuple[FlaskClient, Browser]:
    """Let a guardian sign in in a browser of its own and have it told."""
    client, browser = portal.site.test_client(), push.browser()
    make.sign_in(client, subject)
    assert make.posts(client, f"{PAGE}/appareil", **browser.form).status_code == 303
    return client, browser


def proves_mobile(portal: Portal, client: FlaskClient, gateway: StandIn) -> None:
    """Let a guardian give its mobile and type the code that comes there."""
    assert make.posts(client, f"{PAGE}/mobile", **MOBILE).status_code == 303
    code = code_of(portal, gateway)
    assert make.posts(client, f"{PAGE}/mobile/code", code=code).status_code == 303
    gateway.arrived.clear()
    with store.write() as write:
        write.execute(delete(OutgoingAlert).where(OutgoingAlert.category == "code"))


def code_of(portal: Portal, gateway: StandIn) -> str:
    """Return the code of the last SMS, sent just now."""
    goes_round(portal)
    found = re.search(r"\b\d{6}\b", gateway.messages()[-1]["text"])
    assert found is not None
    return found[0]


def closes(portal: Portal, home: str = HOME, key: str = "strike", **more: Any) -> None:
    """Let the school service close tomorrow."""
    detail = {"days": [(today() + timedelta(days=1)).isoformat()], "reason": "strike"}
    portal.receives_notice(ENS, home, key, **{"detail": detail, **more})


def goes_round(portal: Portal) -> int:
    return deliver_due(sender_for(portal.service.settings))


def later(minutes: int = 45) -> None:
    """Let what waits be due."""
    with store.write() as write:
        write.execute(update(OutgoingAlert).values(next_at=now() - timedelta(minutes=minutes)))


def state_of(subject: str) -> list[tuple[str, str]]:
    with store.read() as read:
        rows = read.scalars(select(OutgoingAlert).where(OutgoingAlert.subject == subject))
        return sorted((row.channel, row.state) for row in rows)


def test_a_closure_is_told_on_each_device_of_its_guardians_once_and_nowhere_else(
    portal: Portal, push: StandIn, gateway: StandIn
) -> None:
    _, claire = allows(portal, push, CLAIRE)
    _, too = allows(portal, push, CLAIRE)
    _, julien = allows(portal, push, JULIEN)
    _, stranger = allows(portal, push, STRANGER)

    closes(portal)
    closes(portal)
    goes_round(portal)
    goes_round(portal)

    for browser in (claire, too, julien):
        [told] = push.told(browser)
        assert told["title"] == "Service Enseignement"
        assert told["text"].startswith("Annulé : ")
        assert told["path"] == "/nouvelles"
    assert push.told(stranger) == []
    assert gateway.arrived == []


def test_a_push_service_learns_who_writes_how_soon_and_nothing_of_what(
    portal: Portal, push: StandIn
) -> None:
    allows(portal, push, CLAIRE)
    closes(portal)
    goes_round(portal)

    [message] = push.arrived
    claims = push.require_signed(message)
    assert claims["sub"] == "https://familles.example.org"
    assert claims["exp"] - now().timestamp() < 24 * 3600
    assert message.headers["TTL"] == str(6 * 3600)
    assert message.headers["Urgency"] == "high"
    assert message.headers["Content-Encoding"] == "aes128gcm"
    assert len(message.headers["Topic"]) == 32
    assert b"Annul" not in message.body and len(message.body) < 4096


def test_a_browser_is_kept_sealed_and_its_first_choice_is_what_cannot_wait(
    portal: Portal, push: StandIn
) -> None:
    client, browser = allows(portal, push, CLAIRE)

    with store.read() as read:
        [row] = read.scalars(select(PushSubscription))
    assert browser.endpoint.encode() not in row.content
    assert client.get(PAGE).text.count(" checked") == 2
    with store.write() as write:
        queue_alert(write, CLAIRE, ordinary_alert("bills", "a bill", "Aubeval"), now())
    assert goes_round(portal) == 0
    make.posts(client, f"{PAGE}/choix/push", category=["bills"])
    with store.write() as write:
        queue_alert(write, CLAIRE, ordinary_alert("bills", "a bill", "Aubeval"), now())
    closes(portal)
    goes_round(portal)
    assert [told["text"] for told in push.told(browser)] == ["Du nouveau dans vos factures."]


@pytest.mark.parametrize("way", ["signs out", "ends it here", "ends all", "password", "closed"])
def test_a_device_is_told_nothing_more_once_its_person_ends_it(
    portal: Portal, push: StandIn, way: str
) -> None:
    client, browser = allows(portal, push, CLAIRE)
    changed = {"subject": CLAIRE, "kind": "family", "name": "Claire Lefèvre", "version": 2}
    changed |= {"not_before": now(), "rights": []}

    match way:
        case "signs out":
            make.posts(client, "/deconnexion")
        case "ends it here":
            make.posts(client, f"{PAGE}/appareil/retirer")
        case "ends all":
            make.posts(client, f"{PAGE}/appareils/retirer")
        case "password":
            portal.receives(accounts.subject_changed, "identity", active=True, **changed)
        case "closed":
            portal.receives(accounts.subject_changed, "identity", active=False, **changed)
    closes(portal)
    goes_round(portal)

    assert push.told(browser) == []


def test_another_person_in_the_same_browser_takes_it_over(portal: Portal, push: StandIn) -> None:
    client, browser = allows(portal, push, CLAIRE)
    make.sign_in(client, STRANGER)
    make.posts(client, f"{PAGE}/appareil", **browser.form)

    closes(portal)
    goes_round(portal)

    assert push.told(browser) == []


def test_who_is_guardian_of_no_household_any_more_is_told_nothing(
    portal: Portal, push: StandIn
) -> None:
    _, browser = allows(portal, push, CLAIRE)
    portal.receives_guardian_card(CLAIRE, [], version=2)

    closes(portal)
    goes_round(portal)

    assert push.told(browser) == []


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten_and_its_person_is_told_by_sms(
    portal: Portal, push: StandIn, gateway: StandIn, status: int
) -> None:
    client, browser = allows(portal, push, CLAIRE)
    proves_mobile(portal, client, gateway)
    push.answers[browser.endpoint.removeprefix(push.origin)] = [(status, {})]

    closes(portal)
    goes_round(portal)
    goes_round(portal)

    with store.read() as read:
        assert read.scalar(select(PushSubscription)) is None
    [sms] = gateway.messages()
    assert sms["to"] == "+33612345678"
    assert state_of(CLAIRE) == [("push", "gone"), ("sms", "sent")]


def test_a_push_service_that_is_busy_is_asked_again_when_it_wants_and_then_left(
    portal: Portal, push: StandIn
) -> None:
    _, browser = allows(portal, push, CLAIRE)
    path = browser.endpoint.removeprefix(push.origin)
    push.answers[path] = [(429, {"Retry-After": "120"}), (503, {}), (500, {})]

    closes(portal)
    goes_round(portal)
    with store.read() as read:
        wait = read.scalars(select(OutgoingAlert)).one().next_at - now()
    assert timedelta(seconds=90) < wait <= timedelta(seconds=120)
    assert goes_round(portal) == 0
    for _ in range(2):
        later()
        assert goes_round(portal) == 1
    assert state_of(CLAIRE) == [("push", "waiting")]
    later()
    goes_round(portal)
    assert state_of(CLAIRE) == [("push", "sent")]


def test_an_alert_is_given_up_in_the_end(portal: Portal, push: StandIn) -> None:
    _, browser = allows(portal, push, CLAIRE)
    push.answers[browser.endpoint.removeprefix(push.origin)] = [(500, {})] * 20

    closes(portal)
    for _ in range(20):
        goes_round(portal)
        later()

    assert state_of(CLAIRE) == [("push", "given_up")]
    assert len(push.arrived) == 8


def test_what_has_waited_a_night_is_told_to_nobody(
    portal: Portal, browser: FlaskClient, push: StandIn, gateway: StandIn
) -> None:
    _, told = allows(portal, push, JULIEN)
    proves_mobile(portal, browser, gateway)
    closes(portal)
    with store.write() as write:
        write.execute(update(OutgoingAlert).values(posted_at=now() - timedelta(hours=7)))

    goes_round(portal)

    assert push.told(told) == [] and gateway.arrived == []
    assert [*state_of(CLAIRE), *state_of(JULIEN)] == [("sms", "given_up"), ("push", "given_up")]


def test_one_alert_that_cannot_be_sent_holds_up_no_other(
    portal: Portal, push: StandIn, gateway: StandIn
) -> None:
    _, claire = allows(portal, push, CLAIRE)
    _, julien = allows(portal, push, JULIEN)
    with store.write() as write:
        unworded = update(PushSubscription).where(PushSubscription.subject == JULIEN)
        write.execute(unworded.values(language="xx"))

    closes(portal)
    goes_round(portal)

    assert len(push.told(claire)) == 1
    assert push.told(julien) == []
    assert state_of(JULIEN) == [("push", "uncertain")]


def test_a_process_that_died_is_made_up_for_on_a_device_and_never_by_a_second_sms(
    portal: Portal, push: StandIn, gateway: StandIn
) -> None:
    _, browser = allows(portal, push, CLAIRE)
    julien = portal.site.test_client()
    make.sign_in(julien, JULIEN)
    proves_mobile(portal, julien, gateway)
    closes(portal)
    with store.write() as write:
        taken = now() - timedelta(minutes=3)
        write.execute(update(OutgoingAlert).values(state="sending", taken_at=taken, attempts=1))

    goes_round(portal)

    assert len(push.told(browser)) == 1
    assert state_of(CLAIRE) == [("push", "sent")]
    assert gateway.arrived == []
    assert state_of(JULIEN) == [("sms", "uncertain")]


def test_who_has_no_device_and_agreed_is_told_by_one_sms(
    portal: Portal, browser: FlaskClient, gateway: StandIn
) -> None:
    proves_mobile(portal, browser, gateway)

    closes(portal)
    closes(portal)
    goes_round(portal)
    portal.receives_notice(ENS, HOME, "place", kind="place_given")
    goes_round(portal)

    [sms] = gateway.messages()
    assert sms["sender"] == "Aubeval"
    assert sms["text"].startswith("Service Enseignement : Annulé : ")
    assert sms["text"].endswith(" https://familles.example.org")
    assert gateway.arrived[0].headers["Authorization"] == "Bearer a secret of the gateway's"


@pytest.mark.parametrize(
    ("status", "state"), [(400, "refused"), (503, "waiting"), (500, "uncertain")]
)
def test_what_a_gateway_may_have_taken_is_never_sent_again(
    portal: Portal, browser: FlaskClient, gateway: StandIn, status: int, state: str
) -> None:
    proves_mobile(portal, browser, gateway)
    gateway.answers["/sms"] = [(status, {})]

    closes(portal)
    goes_round(portal)

    assert state_of(CLAIRE) == [("sms", state)]


def test_a_bill_that_is_due_is_told_once_without_amount_or_child_and_what_is_debited_is_not(
    portal: Portal, browser: FlaskClient, gateway: StandIn
) -> None:
    proves_mobile(portal, browser, gateway)
    soon, noon = today() + timedelta(days=2), make.at(today(), "12:00")
    owed = [billed.bill(due_on=soon), billed.bill(due_on=soon)]
    later_on = billed.bill(due_on=today() + timedelta(days=9))
    debited = billed.bill(due_on=today() + timedelta(days=1), debit_on=soon)
    billed.receives_bills(portal, HOME, *owed, later_on, debited)
    billed.receives_bills(portal, OTHER_HOME, billed.bill(due_on=soon))

    assert remind_of_deadlines(noon) == 1
    assert remind_of_deadlines(noon + timedelta(hours=3)) == 0
    with store.write() as write:
        write.execute(update(OutgoingAlert).values(posted_at=now(), next_at=now()))
    goes_round(portal)

    [sms] = gateway.messages()
    assert sms["text"].startswith("Service Enseignement : Une facture est à régler. Dernier jour")
    assert not [each for each in ("75", "€", "Manon") if each in sms["text"]]


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
        assert send_code(write, CLAIRE, "+33612345678", "fr", "Aubeval", moment)
        write.flush()
        row = write.get_one(MobileCheck, CLAIRE)
        assert b"612345678" not in row.content


def test_two_first_codes_asked_at_once_count_as_two(portal: Portal) -> None:
    del portal

    def asks() -> None:
        with store.write() as write:
            send_code(write, CLAIRE, "+33612345678", "fr", "Aubeval", now())

    other = threading.Thread(target=asks)
    with store.write() as write:
        send_code(write, CLAIRE, "+33612345678", "fr", "Aubeval", now())
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


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "https://169.254.169.254/latest"},
        {"endpoint": "http://push.example.org/a"},
        {"p256dh": "AAAA"},
        {"auth": "AAAA"},
        {"auth": "é"},
    ],
)
def test_what_no_browser_says_is_not_taken(
    portal: Portal, browser: FlaskClient, push: StandIn, wrong: dict[str, str]
) -> None:
    answer = make.posts(browser, f"{PAGE}/appareil", **{**push.browser().form, **wrong})

    assert answer.status_code == 400
    with store.read() as read:
        assert read.scalar(select(PushSubscription)) is None


def test_a_browser_of_a_former_key_of_the_town_is_forgotten(portal: Portal, push: StandIn) -> None:
    allows(portal, push, CLAIRE)
    portal.service.settings = Settings.from_env({**portal.environment, "VAPID_KEY": push_key()})

    closes(portal)
    goes_round(portal)

    assert push.arrived == []
    with store.read() as read:
        assert read.scalar(select(PushSubscription)) is None


def test_a_guardian_of_two_homes_is_told_of_the_same_days_once(
    portal: Portal, push: StandIn
) -> None:
    portal.receives_guardian_card(CLAIRE, [HOME, OTHER_HOME], version=2)
    _, browser = allows(portal, push, CLAIRE)

    closes(portal)
    closes(portal, OTHER_HOME)
    goes_round(portal)

    assert len(push.told(browser)) == 1


def test_a_town_without_key_or_gateway_asks_for_neither(database: Database, tmp_path: Path) -> None:
    with make.portal_on(database, tmp_path) as portal:
        portal.receives_guardian_card(CLAIRE, [HOME])
        client = portal.site.test_client()
        make.sign_in(client, CLAIRE)

        page = client.get(PAGE)

        assert page.status_code == 200
        assert "Prévenir cet appareil" not in page.text and "Par SMS" not in page.text
        assert make.posts(client, f"{PAGE}/mobile", **MOBILE).status_code == 404
        closes(portal)
        assert goes_round(portal) == 0


def test_an_urgent_letter_leaves_at_once_even_to_who_has_looked_and_names_no_child(
    portal: Portal,
) -> None:
    closes(portal, child_ids=[new_id()])
    closes(portal)

    letters = portal.published(contracts.urgent_letter_due)

    assert sorted(each["subject"] for each in letters) == sorted([CLAIRE, JULIEN])
    assert all(set(each) <= {"key", "subject", "provider", "days", "lifted"} for each in letters)
    assert portal.published(contracts.letter_due) == []


def test_a_closure_that_is_taken_back_is_told_as_soon(portal: Portal, push: StandIn) -> None:
    _, browser = allows(portal, push, CLAIRE)
    closes(portal)
    closes(portal, key="strike-lifted", kind="closure_lifted")
    goes_round(portal)

    assert sorted(told["text"].partition(" :")[0] for told in push.told(browser)) == [
        "Annulé",
        "L’annulation est levée",
    ]
    assert [each["lifted"] for each in portal.published(contracts.urgent_letter_due)] == [
        *[False] * 2,
        *[True] * 2,
    ]


def test_identity_posts_an_urgent_letter_once_with_service_and_day(
    database: Database, tmp_path: Path
) -> None:
    with make_identity.town(database, tmp_path) as town:
        claire = make_identity.family("claire@exemple.fr")
        town.opens(claire)
        due = {"key": new_id(), "subject": claire.subject, "provider": "ens", "lifted": False}
        for _ in range(2):
            handled(
                town.service,
                contracts.urgent_letter_due,
                "portal",
                days=[today() + timedelta(days=1)],
                **due,
            )

        with identity_store.read() as read:
            [email] = read.scalars(select(Email))
        content = identity_store.unseal(f"letter|{email.id}", email.content or b"")
        assert email.urgent and email.template == "closed"
        assert content["values"]["service"] == "Service Enseignement"
        assert set(content["values"]) == {"service", "days"}


def test_the_key_names_an_alert_and_no_other(portal: Portal, push: StandIn) -> None:
    _, browser = allows(portal, push, CLAIRE)
    alert = ordinary_alert("bills", "one", "Aubeval")
    reminder = Alert("one", "reminder", alert.words, "/semaine")

    with store.write() as write:
        assert queue_alert(write, CLAIRE, reminder, now()) == 1
        assert queue_alert(write, CLAIRE, reminder, now()) == 0

    goes_round(portal)
    assert len(push.told(browser)) == 1


def test_what_is_not_booked_is_told_once_before_its_deadline_to_who_wants_it(
    portal: Portal, push: StandIn
) -> None:
    manon, lent = make.Child(), {**make.Child("Louise").row, "carer": True}
    card = {"subject": CLAIRE, "version": 2, "at": now(), "households": [HOME]}
    portal.receives(dossier.guardian_card, "dossier", children=[manon.row, lent], **card)
    _, browser = allows(portal, push, CLAIRE)
    _, julien = allows(portal, push, JULIEN)
    evening = make.at(today() + timedelta(days=3), "18:30")
    until = make.at(today() + timedelta(days=4), "09:00")
    free = make.day("free", on=today() + timedelta(days=4), until=until)
    parts = [make.part(manon, days=[free]), make.part(make.Child(id=lent["id"]), days=[free])]
    portal.receives_family_card(ENS, HOME, *parts)

    assert remind_of_deadlines(evening) == 1
    assert remind_of_deadlines(evening + timedelta(minutes=10)) == 0
    with store.write() as write:
        write.execute(update(OutgoingAlert).values(posted_at=now(), next_at=now()))
    goes_round(portal)

    [told] = push.told(browser)
    assert told["text"].startswith("Rien n’est réservé : ") and told["path"] == "/semaine"
    assert "Manon" not in str(told)
    assert push.told(julien) == []
