"""
Attacks of a provider with its own credentials, one sentence each, and how they must end.

The provider is `enrolment_one`. It may ask the dossier to `echo`, and may not ask for its `secret`.
"""

import json
import time
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import jwt
import requests
from amqp import Connection, sasl
from amqp.exceptions import AMQPError

from deploy.instance.secrets import new_token_signing_key, random_secret
from shared.person import issue_token
from tests.kit.town import KitTown
from tests.kit.wire import DONE, RETURNED, Hand, admin, message, request

ME, OTHER, CALLEE = "enrolment_one", "enrolment_two", "dossier"
ECHO, SECRET, WHOAMI = "rpc.dossier.echo", "rpc.dossier.secret", "rpc.dossier.whoami"
MY_QUEUE, MY_REPLIES = f"in.{ME}.rpc.portal", f"in.{ME}.replies.0"
ITS_EVENTS, PORTALS_REPLIES = f"in.{OTHER}.events", "in.portal.replies.0"
ITS_PUSHES = f"in.{OTHER}.push.0"
SUBJECT = "01900000-0000-7000-8000-000000000001"
"""A person whom the dossier knows."""

REFUSED = ("403",)
DROPPED, ANSWERED, SILENCE = "dropped", "answered", "silence"
UNREAD = "bad_request"
"""Answer that a proven sender hears of a request which is dropped unread."""


@dataclass(frozen=True)
class Attack:
    """Something to try, and the broker's codes or the callee's words in which it may end."""

    sentence: str
    attempt: Callable[[Hand], str]
    ends: tuple[str, ...]


def acting(sentence: str, act: Callable[[Any], Any]) -> Attack:
    """Return an attack on a channel, which the broker refuses for want of a permission."""
    return Attack(sentence, lambda hand: hand.try_to(act), REFUSED)


def sending(sentence: str, exchange: str, key: str, ends: tuple[str, ...] = REFUSED) -> Attack:
    """Return an attack by a sound message to some exchange."""
    return Attack(sentence, lambda hand: hand.publish(exchange, key, _letter(hand)), ends)


def asking(sentence: str, *ends: str, key: str = ECHO, **parts: Any) -> Attack:
    """Return an attack by a request that is sound but for some parts; a function makes its part."""

    def attempt(hand: Hand) -> str:
        made = {name: part() if callable(part) else part for name, part in parts.items()}
        return asked(hand, request(ME, **{"method": key.removeprefix("rpc."), **made}), key)

    return Attack(sentence, attempt, ends)


def bearing(sentence: str, token: Callable[[Hand], Any]) -> Attack:
    """Return an attack by a request that needs a person, with a token of the attacker's choice."""

    def attempt(hand: Hand) -> str:
        return asked_with(hand, token(hand))

    return Attack(sentence, attempt, ("not_signed_in",))


def asked_with(hand: Hand, token: Any) -> str:
    """Ask the dossier who one is, with a token, and return how it ends."""
    return asked(hand, request(ME, "dossier.whoami", b"{}", headers={"token": token}), WHOAMI)


def asked(hand: Hand, sent: Any, key: str = ECHO, replies: str = MY_REPLIES) -> str:
    """
    Send a request and return how it ends.

    That is `answered` or the code of a refusal, `dropped` without an answer, `silence`, or what the
    broker said where it did not leave.
    """
    before = dropped(hand.town)
    outcome = hand.publish(f"out.{ME}", key, sent)
    if outcome != DONE:
        return outcome
    end = time.monotonic() + 1.0
    while time.monotonic() < end:
        is_dropped = dropped(hand.town) > before
        if answer := hand.take(replies):  # which leaves before a request is dropped
            return str(json.loads(answer.body).get("refusal", ANSWERED))
        if is_dropped:
            return DROPPED
        time.sleep(0.02)
    return SILENCE


def dropped(town: KitTown) -> int:
    """Return how many requests the dossier says it has dropped, where it has run."""
    logged = town.log_of(CALLEE) if (town.home / f"{CALLEE}.log").exists() else ""
    return logged.count('"event": "request_dropped"')


def token_of(hand: Hand, azp: str = ME, **options: Any) -> str:
    """Return a token for the known person, as identity would sign it for the principal `azp`."""
    key = options.pop("key", hand.town.signing_key)
    return issue_token(
        b64decode(key).decode(), options.pop("subject", SUBJECT), azp, "agent", **options
    )


def _letter(hand: Hand) -> Any:
    return message(user_id=hand.principal, message_id="a-letter", type="dossier.echo")


def _forged(hand: Hand, user_id: str) -> str:
    return hand.publish(f"out.{ME}", ECHO, request(ME, "dossier.echo", user_id=user_id))


def _unsigned(_hand: Hand) -> str:
    moment = time.time()
    claims = {"sub": SUBJECT, "azp": ME, "kind": "agent", "iat": moment, "exp": moment + 60}
    return jwt.encode(claims, None, algorithm="none")


def _by_direct_reply(hand: Hand) -> str:
    """Ask with RabbitMQ's own reply address; return what came to it."""
    with hand.channel() as channel:
        came: list[Any] = []
        channel.basic_consume("amq.rabbitmq.reply-to", no_ack=True, callback=came.append)
        asking_so = request(ME, "dossier.echo", reply_to="amq.rabbitmq.reply-to")
        channel.basic_publish(asking_so, f"out.{ME}", ECHO)
        answer = hand.take(MY_REPLIES, 1.0)
        try:
            channel.connection.drain_events(timeout=0.1)
        except TimeoutError:
            pass
    return ANSWERED if answer and not came else "steered"


def _steered_by_reply_to(hand: Hand) -> str:
    ends = asked(hand, request(ME, "dossier.echo", reply_to=PORTALS_REPLIES))
    return ends if admin(hand.town).depth(PORTALS_REPLIES) == 0 else "steered"


def _connecting(hand: Hand, *mechanism: Any, **options: Any) -> str:
    connection = Connection(
        f"127.0.0.1:{hand.town.node.instance.amqp_port}",
        virtual_host=options.pop("vhost", hand.town.vhost),
        authentication=mechanism,
        connect_timeout=5,
        read_timeout=5,
        **options,
    )
    try:
        connection.connect()
    except AMQPError as error:
        return str(error.code)
    finally:
        connection.collect()
    return DONE


def _own(hand: Hand) -> Any:
    return sasl.PLAIN(ME, hand.town.passwords[ME])


def _managing(hand: Hand, path: str) -> str:
    with requests.Session() as session:
        session.trust_env = False  # loopback: no proxy of the environment
        url = f"{hand.town.node.instance.management_url}/api/{path}"
        return str(session.get(url, auth=(ME, hand.town.passwords[ME]), timeout=5).status_code)


def _declaring(name: str, **arguments: Any) -> Callable[[Any], Any]:
    return lambda channel: channel.queue_declare(
        name,
        durable=True,
        auto_delete=False,
        arguments={k.replace("_", "-"): v for k, v in arguments.items()},
    )


def _exchange(name: str, kind: str = "direct", **arguments: Any) -> Callable[[Any], Any]:
    return lambda channel: channel.exchange_declare(
        name,
        kind,
        durable=True,
        auto_delete=False,
        arguments={k.replace("_", "-"): v for k, v in arguments.items()},
    )


DECLARATIONS = [
    acting("declares a queue under its own prefix", _declaring(f"in.{ME}.extra")),
    acting("declares a queue under a reply name", _declaring(f"in.{ME}.replies.99")),
    acting(
        "declares an exclusive queue that the broker names",
        lambda c: c.queue_declare(exclusive=True),
    ),
    acting(
        "declares a queue that dead-letters into the dossier's exchange",
        _declaring(
            "mine",
            x_dead_letter_exchange=f"out.{CALLEE}",
            x_dead_letter_routing_key=f"event.{OTHER}.core",
            x_message_ttl=1,
        ),
    ),
    acting(
        "declares a queue that dead-letters into its own exchange",
        _declaring("mine.too", x_dead_letter_exchange=f"out.{ME}"),
    ),
    acting(
        "declares its own reply queue again, with a dead-letter exchange",
        _declaring(MY_REPLIES, x_queue_type="classic", x_dead_letter_exchange=f"out.{ME}"),
    ),
    acting("declares an exchange under its own prefix", _exchange(f"out.{ME}.more")),
    acting("declares an exchange named as its reply queue", _exchange(MY_REPLIES)),
    acting("declares a fanout exchange of a new name", _exchange("everyone", "fanout")),
    acting(
        "declares an exchange whose unroutable messages go to the dossier's",
        _exchange("overflow", alternate_exchange=f"out.{CALLEE}"),
    ),
    acting(
        "declares its own exchange again, with an alternate exchange",
        _exchange(f"out.{ME}", alternate_exchange=f"out.{CALLEE}"),
    ),
    acting("deletes its own request queue", lambda c: c.queue_delete(MY_QUEUE)),
    acting("deletes the other provider's event queue", lambda c: c.queue_delete(ITS_EVENTS)),
    acting("deletes its own exchange", lambda c: c.exchange_delete(f"out.{ME}")),
    acting("deletes the dossier's exchange", lambda c: c.exchange_delete(f"out.{CALLEE}")),
]

BINDINGS = [
    acting(
        "binds its event queue to the dossier's exchange, for the other's topic",
        lambda c: c.queue_bind(f"in.{ME}.events", f"out.{CALLEE}", f"event.{OTHER}.core"),
    ),
    acting(
        "binds its reply queue to the dossier's answers to the portal",
        lambda c: c.queue_bind(MY_REPLIES, f"ans.{CALLEE}", "reply.portal.0"),
    ),
    acting(
        "binds its own queue to its own exchange",
        lambda c: c.queue_bind(MY_QUEUE, f"out.{ME}", "anything"),
    ),
    acting(
        "binds the dossier's request queue to its own exchange",
        lambda c: c.queue_bind(f"in.{CALLEE}.rpc.{ME}", f"out.{ME}", SECRET),
    ),
    acting(
        "binds the portal's reply queue to its own exchange",
        lambda c: c.queue_bind(PORTALS_REPLIES, f"out.{ME}", "reply.portal.0"),
    ),
    acting(
        "binds its own queue to a built-in fanout exchange",
        lambda c: c.queue_bind(MY_QUEUE, "amq.fanout"),
    ),
    acting(
        "binds its own queue to the broker's trace",
        lambda c: c.queue_bind(MY_QUEUE, "amq.rabbitmq.trace", "publish.#"),
    ),
    acting(
        "binds a dead queue to its own exchange",
        lambda c: c.queue_bind(f"dead.{ME}", f"out.{ME}", "dead"),
    ),
    acting(
        "unbinds the other provider from the dossier's events",
        lambda c: c.queue_unbind(ITS_EVENTS, f"out.{CALLEE}", f"event.{OTHER}.core"),
    ),
    acting(
        "unbinds its own dead queue",
        lambda c: c.queue_unbind(
            f"dead.{ME}",
            f"dlx.{ME}",
            "rejected",
            arguments={"x-last-death-reason": "rejected", "x-match": "all-with-x"},
        ),
    ),
    acting(
        "feeds the dossier's exchange from its own",
        lambda c: c.exchange_bind(f"out.{CALLEE}", f"out.{ME}", f"event.{OTHER}.core"),
    ),
    acting(
        "feeds its own exchange from the dossier's",
        lambda c: c.exchange_bind(f"out.{ME}", f"out.{CALLEE}", f"event.{OTHER}.core"),
    ),
    acting(
        "feeds its answers from the dossier's",
        lambda c: c.exchange_bind(f"ans.{ME}", f"ans.{CALLEE}", "reply.portal.0"),
    ),
    acting(
        "feeds its requests from its answers",
        lambda c: c.exchange_bind(f"out.{ME}", f"ans.{ME}", "any"),
    ),
    acting(
        "unfeeds the dossier's exchange",
        lambda c: c.exchange_unbind(f"out.{CALLEE}", f"out.{ME}", f"event.{OTHER}.core"),
    ),
]

READING = [
    acting(f"{verb} {queue}", lambda c, act=act, queue=queue: act(c, queue))
    for verb, act in (
        ("gets from", lambda c, queue: c.basic_get(queue)),
        ("consumes", lambda c, queue: c.basic_consume(queue, callback=print)),
        ("purges", lambda c, queue: c.queue_purge(queue)),
    )
    for queue in (
        f"in.{CALLEE}.rpc.{ME}",
        ITS_EVENTS,
        f"in.{OTHER}.replies.0",
        ITS_PUSHES,
        PORTALS_REPLIES,
        f"dead.{CALLEE}",
        f"dead.{OTHER}",
    )
]

SENDING = [
    sending("sends an event by the dossier's exchange", f"out.{CALLEE}", f"event.{OTHER}.core"),
    sending("sends an answer by the dossier's exchange", f"ans.{CALLEE}", "reply.portal.0"),
    sending("sends a request by the other provider's exchange", f"out.{OTHER}", ECHO),
    sending("sends into the portal's dead queue", "dlx.portal", "rejected"),
    sending("sends into its own dead queue", f"dlx.{ME}", "rejected"),
    sending("sends straight to the dossier's request queue", "", f"in.{CALLEE}.rpc.{ME}"),
    sending("sends straight to the portal's reply queue", "", PORTALS_REPLIES),
    sending("pushes to another provider's open pages", f"out.{OTHER}", "event.changed"),
    sending("pushes to families' open pages", "out.portal", "event.changed"),
    sending("sends straight to another's open pages", "", ITS_PUSHES),
    sending("sends straight to its own queue", "", MY_QUEUE),
    *(
        sending(f"sends by {exchange}", exchange, ECHO)
        for exchange in ("amq.direct", "amq.fanout", "amq.topic", "amq.headers", "amq.match")
    ),
]

UNBOUND = [
    sending("asks for a method that it may not call", f"out.{ME}", SECRET, (RETURNED,)),
    sending("asks itself", f"out.{ME}", f"rpc.{ME}.heard", (RETURNED,)),
    sending("asks the other provider", f"out.{ME}", f"rpc.{OTHER}.heard", (RETURNED,)),
    sending("tells the other provider an event", f"out.{ME}", f"event.{OTHER}.core", (RETURNED,)),
    sending("tells its own topic", f"out.{ME}", f"event.{ME}.diet", (RETURNED,)),
    sending("tells the dossier's broadcast", f"out.{ME}", "event.counted", (RETURNED,)),
    sending("answers by its requests' exchange", f"out.{ME}", "reply.portal.0", (RETURNED,)),
    sending("asks by its answers' exchange", f"ans.{ME}", ECHO, (RETURNED,)),
    sending("answers the other provider", f"ans.{ME}", f"reply.{OTHER}.0", (RETURNED,)),
    sending("answers itself", f"ans.{ME}", f"reply.{ME}.0", (RETURNED,)),
    sending("answers a slot that the portal has not", f"ans.{ME}", "reply.portal.99", (RETURNED,)),
    sending("sends with an empty key", f"out.{ME}", "", (RETURNED,)),
    sending("sends with a wildcard for a key", f"out.{ME}", "rpc.#", (RETURNED,)),
]

COPIES = [
    asking("copies what it may ask to what it may not", UNREAD, headers={"CC": [SECRET]}, key=ECHO),
    asking("copies what it may not ask to what it may", UNREAD, headers={"CC": [ECHO]}, key=SECRET),
    asking(
        "copies blindly what it may not ask to what it may",
        "not_allowed",
        headers={"BCC": [ECHO]},
        key=SECRET,
        body=b"{}",
    ),
    asking(
        "copies blindly what it may ask to what it may not",
        ANSWERED,  # to the one copy that the register grants
        headers={"BCC": [SECRET, f"event.{OTHER}.core", "reply.portal.0"]},
    ),
    asking(
        "copies an event to everyone",
        RETURNED,
        key=f"event.{OTHER}.core",
        headers={"CC": [f"event.{ME}.core", "event.counted"], "BCC": [f"reply.{OTHER}.0"]},
    ),
    asking("names its copies in a table", "406", "501", headers={"CC": {"rpc": SECRET}}),
]

IDENTITY = [
    Attack("says it is the portal", lambda hand: _forged(hand, "portal"), ("406",)),
    Attack("says it is the dossier", lambda hand: _forged(hand, CALLEE), ("406",)),
    Attack("says its name in capitals", lambda hand: _forged(hand, ME.upper()), ("406",)),
    Attack("says its name and a line's end", lambda hand: _forged(hand, f"{ME}\n"), ("406",)),
    asking("does not say who it is", DROPPED, user_id=None),
    asking("says in a header that it is the portal", DROPPED, user_id=None, app_id="portal"),
    asking(
        "says that its message has died before",
        UNREAD,
        headers={"x-death": [{"exchange": "out.portal", "routing-keys": [SECRET], "count": 1}]},
    ),
    asking("says so in a text", UNREAD, headers={"x-death": "out.portal"}),
]

SLOTS = [
    asking("names no slot", DROPPED, slot=None),
    asking("names a negative slot", DROPPED, slot=-1),
    asking("names a huge slot", DROPPED, slot=2**40),
    asking("names a slot of the portal's in text", DROPPED, slot="portal.0"),
    asking("names a slot as text", DROPPED, slot="0"),
    asking("names a slot as a fraction", DROPPED, slot=0.5),
    asking("names a list of slots", DROPPED, slot=[0, 1]),
    asking("names a slot that it has not", SILENCE, slot=999),
    Attack("gives the portal's reply queue as its own", _steered_by_reply_to, (ANSWERED,)),
    Attack("wants the answer at RabbitMQ's own reply address", _by_direct_reply, (ANSWERED,)),
]

TOKENS = [
    bearing("has the portal's token", lambda hand: token_of(hand, "portal")),
    bearing("has the other provider's token", lambda hand: token_of(hand, OTHER)),
    bearing(
        "has an expired token",
        lambda hand: token_of(hand, lifetime=timedelta(microseconds=1)),
    ),
    bearing("has a token of another key", lambda hand: token_of(hand, key=new_token_signing_key())),
    bearing("has a token that nobody signed", _unsigned),
    bearing(
        "has a token of somebody unknown", lambda hand: token_of(hand, subject=SUBJECT[:-1] + "9")
    ),
    bearing("has no token", lambda _hand: ""),
    bearing("has a token that is no text", lambda hand: [token_of(hand)]),
]

FORMS = [
    asking("asks for one method under another's key", "bad_request", method="dossier.secret"),
    asking("asks for a version to come", "bad_request", headers={"version": 2}),
    asking("gives a deadline that is no number", DROPPED, deadline="nan"),
    asking("gives a deadline without end", DROPPED, deadline="inf"),
    asking("gives a deadline next week", DROPPED, deadline=lambda: repr(time.time() + 7 * 86_400)),
    asking("gives no deadline", DROPPED, deadline=None),
    asking("gives a deadline that has passed", DROPPED, deadline=lambda: repr(time.time() - 1)),
    asking("adds a field that names its principal", "bad_request", body=b'{"caller": "portal"}'),
]

DOORS = [
    Attack(
        "enters the default virtual host",
        lambda hand: _connecting(hand, _own(hand), vhost="/"),
        ("530",),
    ),
    Attack(
        "enters a virtual host that there is not",
        lambda hand: _connecting(hand, _own(hand), vhost="other"),
        ("530",),
    ),
    Attack(
        "signs in as the dossier with its own password",
        lambda hand: _connecting(hand, sasl.PLAIN(CALLEE, hand.town.passwords[ME])),
        REFUSED,
    ),
    Attack(
        "signs in as RabbitMQ's guest",
        lambda hand: _connecting(hand, sasl.PLAIN("guest", "guest")),
        REFUSED,
    ),
    Attack(
        "signs in as nobody",
        lambda hand: _connecting(hand, sasl.RAW(b"ANONYMOUS", b"")),
        REFUSED,
    ),
    Attack(
        "signs in with a password of its own choice",
        lambda hand: _connecting(hand, sasl.PLAIN(ME, random_secret())),
        REFUSED,
    ),
    *(
        Attack(f"manages {path}", lambda hand, path=path: _managing(hand, path), ("401",))
        for path in ("whoami", "queues", "definitions", "connections")
    ),
]

COUNTING = [
    Attack(
        f"asks how many messages lie in {queue}",
        lambda hand, queue=queue: hand.try_to(lambda c: c.queue_declare(queue, passive=True)),
        (*REFUSED, DONE),  # RabbitMQ refuses from 4.2.6 on; before, a number is all that is told
    )
    for queue in (f"in.{CALLEE}.rpc.{ME}", f"dead.{OTHER}")
]

AT_THE_BROKER = [*DECLARATIONS, *BINDINGS, *READING, *SENDING]
"""Attacks that a missing permission alone prevents: the administrator's hand can do all of them."""

ATTACKS = [
    *AT_THE_BROKER,
    *UNBOUND,
    *COPIES,
    *IDENTITY,
    *SLOTS,
    *TOKENS,
    *FORMS,
    *DOORS,
    *COUNTING,
]
