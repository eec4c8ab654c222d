"""Orders signed while the provider was down: carried out once, for the signer, or refused."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.enrolment.families.rules.given_and_handled_times import OrderTime
from services.enrolment.handlers.orders.dispatch import ORDERS
from services.enrolment.models import Application, Session
from services.enrolment.service import EnrolmentService
from services.enrolment.store import store
from shared.bus.service_declarations import RpcDeclaration, declarations_by_method
from shared.contracts.errors import NotSignedIn
from shared.contracts.message import Caller, Person
from shared.contracts.portal_gateway import portal_events
from shared.database.store import purge_kit_tables
from shared.dates.clock import now, today
from shared.person import TokenCheck, Verifier, issue_token
from shared.person.signed_orders import digest_of_request, sign_order
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import bookings as family
from tests.factories import enrolment as make
from tests.factories.bookings import Home, a_group, a_place, orders_at, session
from tests.factories.enrolment import Provider
from tests.factories.travelling import handled

HERE, ELSEWHERE = "enrolment_ens", "enrolment_agg"
KEY = Ed25519PrivateKey.generate()
ANOTHER_KEY = Ed25519PrivateKey.generate()
PUBLIC = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.fixture
def ens(database: Database, tmp_path: Path) -> Iterator[Provider]:
    """Give the school service of the demo town, which knows identity's key."""
    with make.provider_on(database, tmp_path) as provider:
        EnrolmentService.settings = replace(provider.settings, token_verify_key=PUBLIC)
        yield provider


@pytest.fixture
def home(ens: Provider) -> Home:
    found = Home()
    family.arrives(ens, found)
    return found


@pytest.fixture
def meeting(home: Home) -> Session:
    """Give a session for which the child is booked."""
    group = a_group()
    a_place(home, group, "1234567")
    return session(group, today() + timedelta(days=10))


def cancelling(home: Home, meeting: Session) -> dict[str, Any]:
    """Return the request as it travels."""
    return ORDERS["change_bookings"].contract.dump_request(
        {"child_id": home.child.id, "cancel": [meeting.id], "book": []}
    )


def signed(
    act: dict[str, Any],
    subject: str,
    *,
    to: str = HERE,
    at: datetime | None = None,
    key: Ed25519PrivateKey = KEY,
    azp: str = "portal",
    kind: str = "family",
) -> dict[str, Any]:
    digest = digest_of_request(to, act["method"], act["act_id"], act["payload"])
    return {**act, "signed": sign_order(key, subject, azp, kind, digest, at)}


def an_act(
    payload: dict[str, Any], subject: str, method: str = "change_bookings", **how: Any
) -> dict[str, Any]:
    return signed({"act_id": new_id(), "method": method, "payload": payload}, subject, **how)


def arrives(act: dict[str, Any], message_id: str | None = None) -> None:
    """Let the act arrive from the portal, as the kit hands it over."""
    handled(
        EnrolmentService(),
        portal_events.family_act,
        "portal",
        f"portal:{message_id or new_id()}",
        **act,
    )


def settled(ens: Provider) -> list[tuple[str, str]]:
    return [(event["act_id"], event["code"]) for event in ens.published("order_outcome")]


def test_an_act_is_done_and_told_with_its_answer(
    ens: Provider, home: Home, meeting: Session
) -> None:
    act = an_act(cancelling(home, meeting), home.claire)

    arrives(act)

    assert family.state(home, meeting) == "cancelled"
    (told,) = ens.published("order_outcome")
    assert (told["act_id"], told["code"]) == (act["act_id"], "done")
    assert told["answer"]["outcomes"][0]["outcome"] == "cancelled"
    assert told["answer"]["outcomes"][0]["session_id"] == meeting.id


def test_an_act_that_is_delivered_twice_is_done_once(
    ens: Provider, home: Home, meeting: Session
) -> None:
    act, message_id = an_act(cancelling(home, meeting), home.claire), new_id()

    arrives(act, message_id)
    family.change(ens, home, book=[meeting])
    arrives(act, message_id)
    arrives(act)  # by another message: the portal asked again

    assert family.state(home, meeting) == "booked", "what came in between is not undone"
    assert settled(ens) == [(act["act_id"], "done")] * 2
    first, again = ens.published("order_outcome")
    assert first["answer"] == again["answer"]


def test_what_was_done_by_request_without_an_answer_is_not_done_twice(
    ens: Provider, home: Home, meeting: Session
) -> None:
    act = an_act(cancelling(home, meeting), home.claire)
    asked(home, act)
    family.change(ens, home, book=[meeting])

    with store.write() as write:
        purge_kit_tables(write, answer_hours=EnrolmentService.answer_hours)
    arrives(act)

    assert family.state(home, meeting) == "booked"
    assert settled(ens) == [(act["act_id"], "done")]


def test_the_id_of_another_request_is_refused(ens: Provider, home: Home, meeting: Session) -> None:
    act = an_act(cancelling(home, meeting), home.claire)
    asked(home, act)
    payload = {"child_id": home.child.id, "sessions": [meeting.id], "reason": "sick"}
    other = signed(
        {"act_id": act["act_id"], "method": "declare_absence", "payload": payload}, home.claire
    )

    arrives(other)

    assert settled(ens) == [(act["act_id"], "bad_request")]


@pytest.mark.parametrize(
    "how",
    [
        {"key": ANOTHER_KEY},
        {"to": ELSEWHERE},
        {"azp": ELSEWHERE},
        {"kind": "agent"},
        {"ago": timedelta(days=7, minutes=1)},
        {"ago": timedelta(minutes=-5)},
    ],
    ids=["forged", "of another provider", "of a desk", "of an agent", "too old", "of the future"],
)
def test_an_act_that_is_not_the_familys_word_is_refused(
    ens: Provider, home: Home, meeting: Session, how: dict[str, Any]
) -> None:
    otherwise = dict(how)
    at = now() - otherwise.pop("ago", timedelta())
    act = an_act(cancelling(home, meeting), home.claire, at=at, **otherwise)

    arrives(act)

    assert settled(ens) == [(act["act_id"], "not_signed_in")]
    assert family.state(home, meeting) == "booked"


def test_another_payload_under_the_same_signature_is_refused(
    ens: Provider, home: Home, meeting: Session
) -> None:
    act = an_act(cancelling(home, meeting), home.claire)
    other = session(a_group(), today() + timedelta(days=10))

    arrives({**act, "payload": cancelling(home, other)})
    arrives({**act, "act_id": new_id()})
    arrives({**act, "method": "declare_absence"})

    assert [code for _, code in settled(ens)] == ["not_signed_in"] * 3
    assert family.state(home, meeting) == "booked"


def test_a_token_is_no_act_and_an_act_is_no_token(
    ens: Provider, home: Home, meeting: Session
) -> None:
    act = an_act(cancelling(home, meeting), home.claire)
    token = issue_token(KEY, home.claire, "portal", "family")

    arrives({**act, "signed": token})

    assert settled(ens) == [(act["act_id"], "not_signed_in")]
    gate = TokenCheck(Verifier(PUBLIC), EnrolmentService.account_status)
    assert gate.person(token, "portal").subject == home.claire
    with pytest.raises(NotSignedIn):
        gate.person(act["signed"], "portal")


def test_only_what_families_may_order_is_done_on_an_act(ens: Provider, home: Home) -> None:
    act = an_act({"places": []}, home.claire, method="import_places")

    arrives(act)

    assert settled(ens) == [(act["act_id"], "bad_request")]


def test_an_act_that_breaks_its_contract_is_refused(ens: Provider, home: Home) -> None:
    act = an_act({"child_id": home.child.id, "sessions": [], "reason": "sick"}, home.claire)

    arrives(act)

    assert settled(ens) == [(act["act_id"], "bad_request")]


def test_a_stranger_hears_that_there_is_no_such_child(
    ens: Provider, home: Home, meeting: Session
) -> None:
    act = an_act(cancelling(home, meeting), new_id())

    arrives(act)

    assert settled(ens) == [(act["act_id"], "not_found")]
    assert family.state(home, meeting) == "booked"


def test_a_refused_act_leaves_nothing_and_may_come_again(
    ens: Provider, home: Home, meeting: Session
) -> None:
    act = an_act(cancelling(home, meeting), home.antoine)
    arrives(act)
    home.changes_on = None
    family.arrives(ens, Home(home.child, home.antoine, at_claires=home.at_claires), version=2)

    arrives(act)

    assert [code for _, code in settled(ens)] == ["not_found", "done"]


def test_deadlines_are_judged_when_the_family_ordered(
    ens: Provider, home: Home, meeting: Session
) -> None:
    order = ORDERS["change_bookings"]
    request = order.contract.load_request(cancelling(home, meeting))
    back = meeting.ends_at + timedelta(hours=2)

    with store.write() as write:
        when = OrderTime(meeting.cancel_until, back)
        answer = order.decide(write, request, caller(home), when, {})

    assert [outcome["outcome"] for outcome in answer.outcomes] == ["cancelled"]


@pytest.mark.both_databases
def test_an_application_made_while_the_provider_was_down_stands_in_its_turn(
    ens: Provider, home: Home
) -> None:
    early, late = home, Home()
    family.arrives(ens, late)
    group = a_group(1)
    wanted = {"group_id": group.id, "link_version": 1, "weekdays": [1]}
    contract = ORDERS["apply"].contract
    act = an_act(
        contract.dump_request({"child_id": early.child.id, **wanted}),
        early.claire,
        method="apply",
        at=now() - timedelta(hours=1),
    )
    taken = orders_at(
        ens, "apply", late.claire, OrderTime.at_once(), child_id=late.child.id, **wanted
    )

    arrives(act)

    (told,) = ens.published("order_outcome")
    assert (taken["state"], told["answer"]["state"]) == ("accepted", "waiting")
    assert told["answer"]["rank"] == 1


def caller(home: Home) -> Caller:
    return Caller("portal", Person(home.claire, "portal", "family"), new_id())


def asked(home: Home, act: dict[str, Any]) -> None:
    """Ask by request, under the act's id, as the kit does; nobody hears the answer."""
    contract = ORDERS[act["method"]].contract
    request = contract.load_request(act["payload"])
    with store.write() as write:
        assert write.claim_request("portal", act["act_id"], contract.name)
        given = getattr(EnrolmentService(), contract.name)(write, request, caller(home))
        write.keep_answer("portal", act["act_id"], json.dumps(contract.dump_answer(given)))


def test_whatever_an_act_may_order_may_be_asked_as_well() -> None:
    """Methods that may be ordered are those that the portal may call, with a right."""
    declared_here = declarations_by_method(EnrolmentService)

    for name, order in ORDERS.items():
        answer = declared_here[name]
        assert isinstance(answer, RpcDeclaration)
        assert (answer.contract, answer.callers) == (order.contract, ("portal",))
        assert answer.contract.writes and answer.right.needs_person


@pytest.mark.parametrize("room", [True, False])
def test_an_offer_accepted_in_time_while_the_provider_was_down_gets_a_place_if_there_is_one(
    ens: Provider, home: Home, room: bool
) -> None:
    group = a_group(2 if room else 0)
    until = now() - timedelta(hours=1)
    with store.write() as write:
        application = an_expired_offer(home, group.id, until)
        write.add(application)
    contract = ORDERS["answer_offer"].contract
    payload = {"child_id": home.child.id, "application_id": application.id, "accept": True}
    in_time, late = (
        an_act(contract.dump_request(payload), home.claire, "answer_offer", at=until + offset)
        for offset in (timedelta(minutes=-1), timedelta(minutes=1))
    )

    arrives(late)
    arrives(in_time)

    codes = [code for _, code in settled(ens)]
    assert codes == ["too_late", "done" if room else "too_late"]


def an_expired_offer(home: Home, group_id: str, until: datetime) -> Application:
    return Application(
        id=new_id(),
        child_id=home.child.id,
        group_id=group_id,
        subject=home.claire,
        household_id=home.at_claires,
        channel="portal",
        link_version=1,
        weekdays="1",
        state="expired",
        reason_detail={"until": until.isoformat()},
        submitted_at=until - timedelta(days=3),
    )
