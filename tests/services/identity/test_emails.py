"""Emails reach a real mail server: once, patiently, and saying nothing."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from sqlalchemy import select, update

from deploy.cli.undelivered import oldest_email_in_words
from deploy.demo.mail_stub.receiver import TAKEN, Receiver
from services.identity import mail
from services.identity.invitations.commands import forgotten_passwords
from services.identity.jobs.emails import send_due_emails
from services.identity.mail import client
from services.identity.mail.metrics import measure_waiting_emails
from services.identity.mail.provider_closure_texts import CLOSURES
from services.identity.mail.rules import retries
from services.identity.mail.texts import TEMPLATES, NoSuchEmailTemplate
from services.identity.models import Email
from services.identity.store import store
from shared.contracts.identity import email_counts as contracts
from shared.contracts.identity import invitations
from shared.database.tables.kit_tables import kit_table
from shared.dates.clock import now
from shared.runtime.ids import new_id
from shared.settings import MailServer
from tests.factories import identity as make
from tests.factories.identity import Person, Town
from tests.factories.self_signed import self_signed

PORTAL = "https://espace.exemple.fr"
UNSUBSCRIBE = f"{PORTAL}/courriels/arret/{'jeton' * 30}"


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    """Give a running mail server that keeps what it is given."""
    receiver = Receiver(tmp_path / "mail", 0)
    receiver.start_receiving()
    yield receiver
    receiver.stop_receiving()


@pytest.fixture
def claire(town: Town) -> Person:
    """Give a mother whose login is her address."""
    claire = make.family("claire@exemple.fr", name="Claire Lefèvre")
    town.opens(claire)
    return claire


def posts(to: str, key: str = "", template: str = "news", **values: str) -> bool:
    values = values or {"unsubscribe": UNSUBSCRIBE}
    with store.write() as write:
        return mail.queue_email(write, to, template, key or new_id(), **values)


def goes_round(port: int, **more: object) -> int:
    server = MailServer("127.0.0.1", port, "espace@exemple.fr", **{"starttls": False, **more})
    return send_due_emails(server, PORTAL)


def emails() -> list[Email]:
    with store.read() as read:
        return list(read.scalars(select(Email).order_by(Email.id)))


def passes(**time: float) -> None:
    """Let time pass for every email."""
    gone = timedelta(**time)
    with store.write() as write:
        for email in write.scalars(select(Email)):
            email.posted_at, email.next_at = email.posted_at - gone, email.next_at - gone
            email.taken_at = email.taken_at and email.taken_at - gone


def test_a_mother_is_told_that_there_is_something_new_and_nothing_of_it(
    claire: Person, receiver: Receiver
) -> None:
    assert posts(claire.subject)

    assert goes_round(receiver.port) == 1

    [email] = receiver.emails_received()
    assert email["To"] == "claire@exemple.fr"
    assert email["List-Unsubscribe"] == f"<{UNSUBSCRIBE}>"
    [raw] = [path.read_bytes() for path in receiver.folder.glob("*.eml")]
    assert f"\r\nList-Unsubscribe: <{UNSUBSCRIBE}>\r\n".encode() in raw
    assert email["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"{PORTAL}/" in email.get_content()
    assert "Claire" not in email.as_string() and "Lef" not in email.as_string()


def test_an_email_says_which_town_writes_and_where_to_ask(
    claire: Person, receiver: Receiver
) -> None:
    """Otherwise it looks like those that steal passwords."""
    posts(claire.subject)

    goes_round(receiver.port)

    [email] = receiver.emails_received()
    assert str(email["From"]) == "Ville de Démonstration <espace@exemple.fr>"
    end = email.get_content().rstrip().splitlines()[-3:]
    assert [line.replace("\xa0", " ") for line in end] == [
        "Ville de Démonstration",
        "Une question ? 02 00 00 00 00 (du lundi au vendredi, de 8 h 30 à 17 h 30)",
        "Cet e-mail est automatique : personne ne lit les réponses.",
    ]


@pytest.mark.parametrize(
    ("template", "values", "times"),
    [
        pytest.param("email_changed", {}, 1, id="where-the-text-says-to-call"),
        pytest.param("code", {"code": "123456"}, 1, id="beneath-any-other"),
        pytest.param("agent_password_changed", {}, 0, id="not-for-agents"),
    ],
)
def test_an_email_names_the_telephone_of_families_once(
    claire: Person, receiver: Receiver, template: str, values: dict[str, str], times: int
) -> None:
    with store.write() as write:
        mail.queue_email(write, claire.subject, template, new_id(), **values)

    goes_round(receiver.port)

    [email] = receiver.emails_received()
    assert email.get_content().replace("\xa0", " ").count("02 00 00 00 00") == times


def test_one_key_posts_one_email_and_no_round_sends_it_twice(
    claire: Person, receiver: Receiver
) -> None:
    assert posts(claire.subject, "once")
    assert not posts(claire.subject, "once")

    assert [goes_round(receiver.port), goes_round(receiver.port)] == [1, 0]

    assert not posts(claire.subject, "once")
    assert len(receiver.emails_received()) == 1


def asks_for_another_password(town: Town, login: str) -> bool:
    """Say that a password was forgotten; return whether the answer says that the mail is away."""
    answer = town.ask(invitations.forgotten_password, login=login)
    with store.write() as write:
        forgotten_passwords.email_forgotten_passwords(write, now())
    return answer.mail_is_away


def test_who_forgot_a_password_hears_that_no_email_leaves_whether_or_not_there_is_an_account(
    town: Town, claire: Person, receiver: Receiver
) -> None:
    receiver.stop_receiving()
    assert not asks_for_another_password(town, claire.login)
    goes_round(receiver.port)
    assert not asks_for_another_password(town, claire.login), "or it would tell of her account"

    posts(claire.subject)
    before = asks_for_another_password(town, "personne@exemple.fr")
    goes_round(receiver.port)

    assert not before, "nobody has tried yet"
    asked = [asks_for_another_password(town, who) for who in (claire.login, "personne@exemple.fr")]
    assert asked == [True, True]
    receiver.start_receiving()
    passes(minutes=6)
    goes_round(receiver.port)
    assert not asks_for_another_password(town, claire.login)


def test_an_email_waits_while_the_server_is_down_and_leaves_when_it_is_back(
    claire: Person, receiver: Receiver
) -> None:
    posts(claire.subject)
    port = receiver.port
    receiver.stop_receiving()
    assert goes_round(port) == 0
    assert goes_round(port) == 0  # not due yet
    assert [email.attempts for email in emails()] == [1]

    receiver.start_receiving()
    passes(minutes=1)

    assert goes_round(receiver.port) == 1
    assert len(receiver.emails_received()) == 1


def test_what_waited_an_hour_for_the_server_leaves_in_the_order_in_which_it_was_posted(
    claire: Person, receiver: Receiver
) -> None:
    """Nobody is told first that a place is given, and an hour later that it was asked for."""
    for _ in range(3):
        posts(claire.subject)
    port = receiver.port
    receiver.stop_receiving()
    for _ in range(9):
        goes_round(port)
        passes(minutes=7)
    goes_round(port)
    receiver.start_receiving()
    waited = [email.id for email in emails()]
    posts(claire.subject)
    [last] = {email.id for email in emails()} - set(waited)

    assert goes_round(receiver.port) == 4

    came = [email["Message-ID"].partition("@")[0][1:] for email in receiver.emails_received()]
    assert came == [*waited, last]


def test_a_server_that_is_back_is_found_within_five_minutes_though_nobody_writes_anew(
    claire: Person, receiver: Receiver
) -> None:
    posts(claire.subject)
    port = receiver.port
    receiver.stop_receiving()
    for _ in range(12):
        goes_round(port)
        passes(minutes=6)
    goes_round(port)

    receiver.start_receiving()
    passes(minutes=5)

    assert goes_round(receiver.port) == 1


def test_a_full_mailbox_is_not_asked_again_because_another_email_leaves(
    claire: Person, receiver: Receiver
) -> None:
    receiver.busy.add("pleine@exemple.fr")
    posts("pleine@exemple.fr", template="activation", code="123456")
    goes_round(receiver.port)

    posts(claire.subject)
    goes_round(receiver.port)

    assert sorted(email.attempts for email in emails()) == [1, 1]


def test_an_address_that_the_server_does_not_know_is_not_tried_again(
    claire: Person, receiver: Receiver
) -> None:
    receiver.unknown.add("claire@exemple.fr")
    receiver.busy.add("plus.tard@exemple.fr")
    posts(claire.subject)
    posts("plus.tard@exemple.fr", template="code", code="123456")

    goes_round(receiver.port)

    assert {(email.state, email.reason) for email in emails()} == {
        ("refused", "550"),
        ("waiting", "451"),
    }
    receiver.busy.clear()
    passes(minutes=1)
    assert goes_round(receiver.port) == 1
    assert "123456" in receiver.emails_received()[0].get_content()


class Strict(Receiver):
    """A mail server that answers so to who has not signed in as it wants, whoever is written to."""

    to_sender = to_recipient = to_text = TAKEN

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, _server: object, _session: object, envelope: Any, address: str, _options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.to_sender

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: object, _session: object, envelope: Any, address: str, _options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.to_recipient

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        taken = self.to_text == TAKEN
        return await super().handle_DATA(server, session, envelope) if taken else self.to_text


@pytest.mark.parametrize(
    ("answered", "reason"),
    [
        pytest.param(
            {"to_sender": "530 5.7.0 Authentication required"}, "server 530", id="password"
        ),
        pytest.param({"to_sender": "553 5.7.1 not yours"}, "server 553", id="sender"),
        pytest.param({"to_recipient": "554 5.7.1 Relay access denied"}, "554 5.7", id="relay"),
        pytest.param({"to_text": "550 5.7.60 send as this sender"}, "550 5.7", id="text-sender"),
        pytest.param({"to_text": "530 Authentication required"}, "server 530", id="text-password"),
    ],
)
def test_a_server_that_refuses_the_town_and_no_address_loses_no_email(
    claire: Person, tmp_path: Path, answered: dict[str, str], reason: str
) -> None:
    receiver = Strict(tmp_path / "mail", 0)
    vars(receiver).update(answered)
    receiver.start_receiving()
    try:
        posts(claire.subject)
        assert goes_round(receiver.port) == 0
        assert [(email.state, email.reason) for email in emails()] == [("waiting", reason)]
        assert measured()["mail_waiting"] == 1

        vars(receiver).update(dict.fromkeys(answered, TAKEN))
        passes(minutes=1)
        assert goes_round(receiver.port) == 1
    finally:
        receiver.stop_receiving()


class Guarded(Receiver):
    """A mail server that takes one name and password, of who signs in at all."""

    def start_receiving(self) -> None:
        self._controller = Controller(
            self,
            hostname="127.0.0.1",
            port=self.port,
            authenticator=lambda *_of_whom: AuthResult(success=False, handled=False),
            auth_require_tls=False,
        )
        self._controller.start()


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Guarded]:
    """Give a running mail server that takes no password of the town's."""
    guarded = Guarded(tmp_path / "guarded", 0)
    guarded.start_receiving()
    yield guarded
    guarded.stop_receiving()


class Breaking:
    """
    A mail server that breaks off, or says nothing more, at one step of its first email.

    Written by hand, as no whole server does so: what it answers is SMTP's own.
    """

    def __init__(self, at: str, *, hangs: float = 0.0) -> None:
        self.at, self.hangs, self.texts = at, hangs, 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connected, _ = self._server.accept()
                with connected, connected.makefile("rwb", buffering=0) as lines:
                    self._answer(lines)

    def _answer(self, lines: Any) -> None:
        lines.write(b"220 here\r\n")
        while line := lines.readline():
            verb = line[:4].upper().strip()
            if verb == b"DATA":
                if self.at == "before-text":
                    return
                lines.write(b"354 go on\r\n")
                if self.at == "in-text":
                    return
                while lines.readline() not in (b".\r\n", b""):
                    pass
                self.texts += 1
                if self.at == "after-text":
                    time.sleep(self.hangs)
                    if not self.hangs:
                        return
            lines.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 OK\r\n")

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join()


@pytest.mark.parametrize(
    ("at", "state"),
    [("before-text", "waiting"), ("in-text", "uncertain"), ("after-text", "uncertain")],
    ids=["before-text", "in-text", "after-text"],
)
def test_an_email_is_uncertain_only_once_its_text_was_begun(
    claire: Person, at: str, state: str
) -> None:
    server = Breaking(at)
    posts(claire.subject)
    try:
        goes_round(server.port)
    finally:
        server.close()

    assert [(email.state, email.reason) for email in emails()] == [(state, "connection")]


def test_a_server_that_takes_its_time_over_a_text_is_waited_for(
    claire: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of what it looks into for half a minute nobody would know whether it was taken."""
    monkeypatch.setattr(client, "PATIENCE_SECONDS", 0.5)
    server = Breaking("after-text", hangs=1.0)
    posts(claire.subject)
    try:
        assert goes_round(server.port) == 1
    finally:
        server.close()

    assert [email.state for email in emails()] == ["sent"]
    assert timedelta(seconds=client.TEXT_PATIENCE_SECONDS) < retries.LOST_AFTER


def test_operations_hear_of_an_uncertain_email_and_have_it_sent_again_once(
    town: Town, claire: Person, receiver: Receiver
) -> None:
    server = Breaking("after-text")
    posts(claire.subject, "once")
    goes_round(server.port)
    server.close()
    assert measured()["mail_uncertain"] == 1
    passes(minutes=30)
    assert goes_round(receiver.port) == 0

    assert send_again(town) == 1
    assert send_again(town) == 0

    assert measured()["mail_uncertain"] == 0
    assert [goes_round(receiver.port), goes_round(receiver.port)] == [1, 0]
    [email], [row] = receiver.emails_received(), emails()
    assert email["Message-ID"].startswith(f"<{row.id}@")
    assert row.content is None


def test_an_uncertain_email_that_is_of_no_more_use_is_forgotten_and_never_leaves(
    town: Town, claire: Person, receiver: Receiver
) -> None:
    server = Breaking("after-text")
    posts("claire@exemple.fr", template="code", code="123456")
    goes_round(server.port)
    server.close()
    assert [email.content is None for email in emails()] == [False]

    passes(minutes=16)
    assert goes_round(receiver.port) == 0
    assert send_again(town) == 0
    assert receiver.emails_received() == []

    assert [(email.state, email.content) for email in emails()] == [("uncertain", None)]
    assert measured()["mail_uncertain"] == 0


def send_again(town: Town) -> int:
    """Send again what is uncertain, as `preau post --again` does; return how many will leave."""
    return int(town.ask(contracts.send_uncertain_again, caller="ops").count)


def said_to_operations(town: Town) -> str:
    """Return what `preau post` says of the oldest email, as identity answers it."""
    return "\n".join(oldest_email_in_words(town.ask(contracts.post_state, caller="ops")))


def test_a_server_that_wants_another_password_is_said_to_operations(
    town: Town, claire: Person, guarded: Guarded
) -> None:
    posts(claire.subject)

    assert goes_round(guarded.port, user="espace", password="ancien") == 0

    assert [email.reason for email in emails()] == ["server 535"]
    said = said_to_operations(town)
    assert "answered 535 to the town, whoever it writes to: it wants a name and password" in said


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param({"user": "espace", "password": "ancien"}, id="password"),
        pytest.param({"starttls": True}, id="encryption"),
    ],
)
def test_a_server_that_does_not_offer_what_it_is_set_up_for_is_no_silent_one(
    town: Town, claire: Person, receiver: Receiver, wanted: dict[str, object]
) -> None:
    posts(claire.subject)

    assert goes_round(receiver.port, **wanted) == 0

    assert [email.reason for email in emails()] == ["not_offered"]
    said = said_to_operations(town)
    assert "offers no encryption, or no way to sign in by password" in said


def measured() -> dict[str, float]:
    with store.read() as read:
        return {each.name: each.value for each in measure_waiting_emails(read, now())}


def test_a_full_mailbox_is_no_mail_server_that_takes_nothing(
    claire: Person, receiver: Receiver
) -> None:
    receiver.busy.add("pleine@exemple.fr")
    posts("pleine@exemple.fr", template="activation", code="123456")
    passes(minutes=40)
    goes_round(receiver.port)
    assert measured()["mail_oldest_seconds"] > 1800

    posts(claire.subject)
    passes(minutes=1)
    assert goes_round(receiver.port) == 1

    assert measured() == {
        **{"mail_waiting": 0, "mail_oldest_seconds": 0, "mail_refused": 0},
        "mail_uncertain": 0,
    }


def test_one_address_that_lets_nobody_of_the_town_write_is_no_server_that_takes_nothing(
    town: Town, claire: Person, tmp_path: Path
) -> None:
    receiver = Strict(tmp_path / "mail", 0)
    receiver.to_recipient = "550 5.7.1 this mailbox takes nothing of yours"
    receiver.start_receiving()
    try:
        posts("fermee@exemple.fr", template="activation", code="123456")
        passes(minutes=40)
        goes_round(receiver.port)
        assert measured()["mail_oldest_seconds"] > 1800
        assert "answered 550 5.7" in said_to_operations(town)

        receiver.to_recipient = TAKEN
        posts(claire.subject)
        assert goes_round(receiver.port) == 1
    finally:
        receiver.stop_receiving()

    assert measured()["mail_waiting"] == 0
    assert "the town may not send so" in said_to_operations(town)


def test_operations_are_told_of_the_refused_password_and_not_of_a_full_mailbox_before_it(
    town: Town, claire: Person, receiver: Receiver
) -> None:
    """Doctor sends somebody to `preau post` for the one, and the other waits for longer."""
    receiver.busy.add("pleine@exemple.fr")
    posts("pleine@exemple.fr", template="activation", code="123456")
    passes(minutes=40)
    posts(claire.subject)
    goes_round(receiver.port)
    assert "answered 451 for its address alone" in said_to_operations(town)

    posts(claire.subject)
    receiver.stop_receiving()
    goes_round(receiver.port)

    assert "did not answer" in said_to_operations(town)


def test_a_server_that_refuses_more_than_it_takes_is_measured(
    claire: Person, receiver: Receiver
) -> None:
    receiver.unknown |= {"a@exemple.fr", "b@exemple.fr"}
    for address in ("a@exemple.fr", "b@exemple.fr"):
        posts(address, template="code", code="123456")
    goes_round(receiver.port)
    assert measured()["mail_refused"] == 2

    for _ in range(2):
        posts(claire.subject)
    goes_round(receiver.port)
    assert measured()["mail_refused"] == 0


def test_an_email_that_was_put_off_while_a_clock_was_a_day_ahead_leaves_once_it_is_set_back(
    claire: Person, receiver: Receiver
) -> None:
    posts(claire.subject)
    passes(days=-1)

    assert goes_round(receiver.port) == 1


def test_what_nobody_took_for_days_is_given_up_and_operations_see_it(
    town: Town, claire: Person
) -> None:
    posts(claire.subject)
    passes(days=3)

    assert send_due_emails(None, PORTAL) == 0

    state = town.ask(contracts.post_state, caller="ops")
    assert state.letters == [{"template": "news", "state": "given_up", "count": 1}]
    assert [email.content for email in emails()] == [None]


def test_an_email_in_the_hands_of_a_process_that_died_is_not_sent_again(
    claire: Person, receiver: Receiver
) -> None:
    posts(claire.subject)
    with store.write() as write:
        write.execute(update(Email).values(state="sending", taken_at=now()))

    passes(minutes=11)

    assert goes_round(receiver.port) == 0
    assert [email.state for email in emails()] == ["uncertain"]
    assert receiver.emails_received() == []


def test_an_address_lies_sealed_and_goes_with_the_email(claire: Person, receiver: Receiver) -> None:
    posts("quelquun@exemple.fr", template="activation", code="abcde-fghjk")
    [email] = emails()
    assert b"quelquun" not in bytes(email.content or b"")

    goes_round(receiver.port)

    assert [email.content for email in emails()] == [None]
    assert f"{PORTAL}/activation?code=abcde-fghjk" in receiver.emails_received()[0].get_content()


def test_what_is_undone_posts_nothing_and_an_unknown_person_has_no_email(
    claire: Person, receiver: Receiver
) -> None:
    with pytest.raises(RuntimeError), store.write() as write:
        mail.queue_email(write, claire.subject, "news", "k", unsubscribe=UNSUBSCRIBE)
        raise RuntimeError
    assert not posts(new_id())
    with pytest.raises(NoSuchEmailTemplate):
        posts(claire.subject, template="news", child="Manon")

    assert goes_round(receiver.port) == 0


def test_a_server_that_cannot_prove_its_name_is_given_no_email(
    claire: Person, tmp_path: Path
) -> None:
    receiver = Receiver(tmp_path / "other", 0, tls=self_signed(tmp_path))
    receiver.start_receiving()
    posts(claire.subject)

    assert goes_round(receiver.port, starttls=True) == 0

    receiver.stop_receiving()
    assert [email.state for email in emails()] == ["waiting"]
    assert receiver.emails_received() == []


def test_nothing_of_an_email_waits_in_the_outbox(claire: Person) -> None:
    posts(claire.subject)

    outbox = kit_table(store.metadata, "outbox")
    with store.read() as read:
        assert read.execute(select(outbox)).all() == []


IN_A_SUBJECT = {template: {"service", "days"} for template in CLOSURES}
"""Words of a closure that a bystander may read; of everything else a subject says nothing."""


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_email_is_worded_in_both_languages_with_the_same_values(template: str) -> None:
    known = TEMPLATES[template]

    for language in ("fr", "en"):
        assert known.subject[language]
        assert names_in(known.text[language]) - {"portal", "help"} == known.values
        assert names_in(known.subject[language]) == IN_A_SUBJECT.get(template, set())


def names_in(words: str) -> set[str]:
    return {name for _, name, *_ in Formatter().parse(words) if name is not None}
