"""Alerts at once, on a device or by SMS: once each, to the right people, and nobody else."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from deploy.instance.secrets import new_push_key
from services.identity.models import Email
from services.identity.store import store as identity_store
from services.portal_gateway.alerts.commands.queueing import queue_alert
from services.portal_gateway.alerts.reminders import remind_of_deadlines
from services.portal_gateway.alerts.rules.alert_texts import Alert, alert_of_news_in_category
from services.portal_gateway.models import (
    OutgoingAlert,
    PushSubscription,
)
from services.portal_gateway.store import store
from shared.contracts.billing import bills
from shared.contracts.dossier import guardians
from shared.contracts.identity import accounts
from shared.contracts.portal_gateway import portal_events as contracts
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from shared.settings import Settings
from tests.databases import Database
from tests.factories import identity as make_identity
from tests.factories import portal as make
from tests.factories import portal_bills as billed
from tests.factories.portal import CLAIRE, ENS, Portal
from tests.factories.portal_alerts import (
    HOME,
    JULIEN,
    MOBILE,
    OTHER_HOME,
    PAGE,
    STRANGER,
    closes,
    goes_round,
    portal_that_alerts,
    proves_mobile,
)
from tests.factories.push import Browser, StandIn
from tests.factories.travelling import handled


@pytest.fixture
def portal(database: Database, tmp_path: Path, push: StandIn, gateway: StandIn) -> Iterator[Portal]:
    """Give the portal with its push service and its SMS gateway."""
    with portal_that_alerts(database, tmp_path, push, gateway) as portal:
        yield portal


def allows(portal: Portal, push: StandIn, subject: str) -> tuple[FlaskClient, Browser]:
    """Let a guardian sign in in a browser of its own and have it told."""
    client, browser = portal.site.test_client(), push.browser()
    make.sign_in(client, subject)
    assert make.posts(client, f"{PAGE}/appareil", **browser.form).status_code == 303
    return client, browser


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
        queue_alert(write, CLAIRE, alert_of_news_in_category("bills", "a bill", "Aubeval"), now())
    assert goes_round(portal) == 0
    make.posts(client, f"{PAGE}/choix/push", category=["bills"])
    with store.write() as write:
        queue_alert(write, CLAIRE, alert_of_news_in_category("bills", "a bill", "Aubeval"), now())
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


def test_an_alert_put_off_by_a_clock_that_was_a_day_ahead_leaves_once_it_is_set_back(
    portal: Portal, push: StandIn
) -> None:
    allows(portal, push, CLAIRE)
    closes(portal)
    later(-24 * 60)

    assert goes_round(portal) == 1
    assert state_of(CLAIRE) == [("push", "sent")]


def test_what_was_posted_while_a_clock_was_a_day_ahead_is_told_to_nobody(
    portal: Portal, push: StandIn
) -> None:
    """Set back, it would leave a day late, or an hour after the school has closed."""
    _, told = allows(portal, push, CLAIRE)
    closes(portal)
    ahead = now() + timedelta(days=1)
    with store.write() as write:
        write.execute(update(OutgoingAlert).values(posted_at=ahead, next_at=ahead))

    goes_round(portal)

    assert push.told(told) == []
    assert state_of(CLAIRE) == [("push", "given_up")]


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
    spoken_about = billed.bill(due_on=today() + timedelta(days=1), on_hold=True)
    debited = billed.bill(due_on=today() + timedelta(days=1), debit_on=soon)
    billed.receives_bills(portal, HOME, *owed, later_on, debited, spoken_about)
    billed.receives_bills(portal, OTHER_HOME, billed.bill(due_on=soon))

    assert remind_of_deadlines(noon) == 1
    assert remind_of_deadlines(noon + timedelta(hours=3)) == 0
    with store.write() as write:
        write.execute(update(OutgoingAlert).values(posted_at=now(), next_at=now()))
    goes_round(portal)

    [sms] = gateway.messages()
    assert sms["text"].startswith("Service Enseignement : Une facture est à régler. Dernier jour")
    assert not [each for each in ("75", "€", "Manon") if each in sms["text"]]


def test_of_a_bill_paid_in_parts_a_telephone_rings_for_the_part_that_billing_has_announced(
    portal: Portal, browser: FlaskClient, gateway: StandIn
) -> None:
    proves_mobile(portal, browser, gateway)
    soon, noon, paid_in_parts = today() + timedelta(days=2), make.at(today(), "12:00"), new_id()
    parts = {"plan": "granted", "part_cents": 2520, "part_on": soon}
    owed = billed.bill(invoice_id=paid_in_parts, due_on=today() - timedelta(days=60), **parts)
    billed.receives_bills(portal, HOME, owed)
    assert remind_of_deadlines(noon) == 0, "a mandate pays it, for all the portal knows"

    announced = {"household_id": HOME, "provider": "ens", "kind": bills.PART_DUE, "at": now()}
    key = bills.part_notice_key(paid_in_parts, soon)
    portal.receives(bills.bill_notice, "billing", **announced, key=key, detail={})

    assert remind_of_deadlines(noon) == 1
    assert remind_of_deadlines(noon + timedelta(hours=3)) == 0


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
    portal.service.settings = Settings.from_env({**portal.environment, "VAPID_KEY": new_push_key()})

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
    alert = alert_of_news_in_category("bills", "one", "Aubeval")
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
    portal.receives(guardians.guardian_card, "dossier", children=[manon.row, lent], **card)
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
