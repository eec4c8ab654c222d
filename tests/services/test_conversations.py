"""Families and a provider write to each other: who reads what, and for how long."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from services.enrolment.conversations.commands import bulletins, message_files, provider_away_days
from services.enrolment.conversations.commands import retention as erasing
from services.enrolment.conversations.commands.bulletins import Draft
from services.enrolment.conversations.queries import provider_away_days as away_queries
from services.enrolment.models import Attachment, AttachmentPart, Bulletin, Message, Thread
from services.enrolment.store import store, vault
from shared.contracts.enrolment.messages import conversations
from shared.contracts.enrolment.messages.conversations import AttachmentTooLarge
from shared.contracts.errors import NotFound
from shared.contracts.portal_gateway import portal_events
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories import conversations as talk
from tests.factories.bookings import Home, a_group, a_place, arrives
from tests.factories.conversations import PHOTO, cards, reads, replies, writes
from tests.factories.enrolment import Child, Provider, item


@pytest.fixture
def home(ens: Provider) -> Home:
    """Give a child of two households, Claire's and Antoine's."""
    found = Home(changes_on=1)
    arrives(ens, found)
    return found


def count(table: Any) -> int:
    with store.read() as read:
        return read.scalar(select(func.count()).select_from(table)) or 0


def test_a_mother_writes_the_service_answers_and_her_counter_goes_up_and_down(
    ens: Provider, home: Home
) -> None:
    thread = writes(home.claire, home.child.id)
    assert cards(ens)[thread] == {home.claire: 0}, "nobody has to read what they wrote themselves"

    talk.answered(thread)
    talk.answered(thread, "Et un chapeau.")
    assert cards(ens)[thread] == {home.claire: 2}

    page = reads(home.claire, thread)
    assert [message["body"] for message in page["messages"]][-1] == "Et un chapeau."
    assert page["messages"][1]["name"] == "Secrétariat scolaire", "the function, never the agent"
    assert cards(ens)[thread] == {home.claire: 0}
    assert page["version"] == ens.published("thread_card")[-1]["version"]
    told = len(ens.published("thread_card"))
    reads(home.claire, thread)
    assert len(ens.published("thread_card")) == told, "read again, nothing is told"


def test_the_other_household_of_the_child_sees_no_thread_no_count_no_hint(
    ens: Provider, home: Home
) -> None:
    thread = writes(home.claire, home.child.id, share=True)
    talk.answered(thread)

    for ask in (
        lambda: reads(home.antoine, thread),
        lambda: replies(home.antoine, thread),
        lambda: reads(home.antoine, new_id()),
    ):
        with pytest.raises(NotFound):
            ask()

    told = [each for card in ens.published("thread_card") for each in card["readers"]]
    assert {each["subject"] for each in told} == {home.claire}
    mine = talk.written_to(home.at_antoines, home.child.id)
    assert cards(ens)[mine] == {home.antoine: 1}
    assert [each["number"] for each in reads(home.antoine, mine)["messages"]] == [1]


def test_a_guardian_who_comes_later_reads_nothing_of_what_was_written_before(
    ens: Provider, home: Home
) -> None:
    thread = writes(home.claire, home.child.id, share=True)
    yann = new_id()
    file = home.file
    file["guardians"].append({"subject": yann, "household": home.at_claires})
    ens.receives("family", item(home.child.id, 2, file))

    replies(home.claire, thread, "Encore une question.")

    with pytest.raises(NotFound):
        reads(yann, thread)
    assert cards(ens)[thread] == {home.claire: 0}
    afresh = writes(home.claire, home.child.id, share=True)
    assert cards(ens)[afresh].keys() == {home.claire, yann}


def test_who_is_guardian_no_more_reads_and_writes_no_more_and_the_portal_forgets_it(
    ens: Provider, home: Home
) -> None:
    thread = writes(home.claire, home.child.id)

    file = home.file
    file["guardians"] = file["guardians"][1:]
    ens.receives("family", item(home.child.id, 2, file))

    card = ens.published("thread_card")[-1]
    assert (card["readers"], card["title"], card["child_ids"]) == ([], "", [])
    with pytest.raises(NotFound):
        reads(home.claire, thread)
    with pytest.raises(NotFound):
        replies(home.claire, thread)
    ens.receives("family", item(home.child.id, 3, home.file))
    assert reads(home.claire, thread)["title"] == "Le pique-nique de jeudi"


def test_nobody_writes_for_a_child_who_is_not_theirs(ens: Provider, home: Home) -> None:
    other = Home(child=Child("Léo"))
    arrives(ens, other)

    with pytest.raises(NotFound):
        writes(home.claire, other.child.id)
    with pytest.raises(NotFound):
        writes(new_id())
    assert count(Thread) == 0


def test_a_link_that_ends_closes_the_thread_and_the_registers_retention_erases_it(
    ens: Provider, home: Home
) -> None:
    file = talk.attached()
    thread = writes(home.claire, home.child.id, attachments=[file])
    talk.sends_parts(ens, file["attachment_id"])
    gone = {"content": None, "erase_after": now()}
    ens.receives("family", {"child_id": home.child.id, "version": 2, **gone})

    with pytest.raises(NotFound):
        replies(home.claire, thread)
    keys = ens.keys()
    for moment, left in ((now() + timedelta(days=364), 1), (now() + timedelta(days=366), 0)):
        with store.write() as write:
            erasing.erase_due_conversations(write, vault, moment)
        assert count(Thread) == count(Message) == left
    assert count(AttachmentPart) == count(Attachment) == 0
    assert ens.keys() == keys - 2, "the keys of the thread and of its file are destroyed"


def test_a_photograph_arrives_in_parts_in_any_order_before_or_after_its_message(
    ens: Provider, home: Home
) -> None:
    early, late = talk.attached(), talk.attached()
    talk.sends_parts(ens, early["attachment_id"])

    thread = writes(home.claire, home.child.id, attachments=[early, late])
    states = [
        attachment["state"]
        for attachment in reads(home.claire, thread)["messages"][0]["attachments"]
    ]
    assert sorted(states) == ["awaited", "held"]

    talk.sends_parts(ens, late["attachment_id"])
    talk.sends_parts(ens, late["attachment_id"])  # each is delivered a second time
    states = [
        attachment["state"]
        for attachment in reads(home.claire, thread)["messages"][0]["attachments"]
    ]
    assert states == ["held", "held"]
    part = {"thread_id": thread, "attachment_id": late["attachment_id"], "part": 1}
    assert talk.asks(conversations.read_attachment, home.claire, **part)["parts"] == 2
    for who, asked in ((home.antoine, part), (home.claire, {**part, "part": 2})):
        with pytest.raises(NotFound):
            talk.asks(conversations.read_attachment, who, **asked)


@pytest.mark.both_databases
def test_a_photograph_that_comes_while_its_message_is_being_written_waits_for_it(
    ens: Provider, home: Home
) -> None:
    file = talk.attached()
    arriving = threading.Thread(target=talk.sends_parts, args=(ens, file["attachment_id"]))

    with talk.being_written(home.claire, home.child.id, file) as thread:
        arriving.start()
        arriving.join(0.5)
    arriving.join()

    (shown,) = reads(home.claire, thread)["messages"][0]["attachments"]
    assert shown["state"] == "held"


@pytest.mark.both_databases
def test_who_ceases_to_be_guardian_while_a_thread_is_being_opened_is_not_of_its_readers(
    ens: Provider, home: Home
) -> None:
    file = {**home.file, "guardians": home.file["guardians"][1:]}
    gone = item(home.child.id, 2, file)
    arriving = threading.Thread(target=ens.receives, args=("family", gone))

    with talk.being_written(home.claire, home.child.id):
        arriving.start()
        arriving.join(0.5)
    arriving.join()

    card = ens.published("thread_card")[-1]
    assert (card["readers"], card["title"], card["child_ids"]) == ([], "", [])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='x'/>", {}),
        (b"<html>%PDF-1.7", {"media_type": "application/pdf"}),
        (b"%PDF-1.7 a form", {}),  # it says that it is a photograph
        (PHOTO, {"digest": "0" * 64}),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_refused_and_erased(
    ens: Provider, home: Home, content: bytes, said: dict[str, Any]
) -> None:
    file = {**talk.attached(content), **said}
    thread = writes(home.claire, home.child.id, attachments=[file])
    talk.sends_parts(ens, file["attachment_id"], content)

    (shown,) = reads(home.claire, thread)["messages"][0]["attachments"]

    assert shown["state"] == "refused"
    assert count(AttachmentPart) == 0
    part = {"thread_id": thread, "attachment_id": file["attachment_id"], "part": 0}
    with pytest.raises(NotFound):
        talk.asks(conversations.read_attachment, home.claire, **part)


def test_a_file_that_is_too_large_is_refused_with_its_message(ens: Provider, home: Home) -> None:
    with pytest.raises(AttachmentTooLarge) as refused:
        writes(home.claire, home.child.id, attachments=[talk.attached(size=5 * 1024 * 1024 + 1)])

    assert refused.value.detail == {"most": 5 * 1024 * 1024}
    assert count(Thread) == 0
    over = {"attachment_id": new_id(), "number": 37, "data": "eA=="}
    ens.receives_event(portal_events.attachment_part, **over)
    assert count(AttachmentPart) == 0


def test_parts_whose_message_never_came_are_erased(ens: Provider, home: Home) -> None:
    talk.sends_parts(ens, new_id())

    for moment, left in ((now(), 2), (now() + timedelta(days=10), 0)):
        with store.write() as write:
            message_files.erase_parts_without_message(write, vault, moment)
        assert count(AttachmentPart) == left


def test_a_bulletin_is_one_row_and_one_event_however_many_read_it(
    ens: Provider, home: Home
) -> None:
    judo, dance = a_group(), a_group()
    dancer, later = Home(child=Child("Léo")), Home(child=Child("Zoé"))
    arrives(ens, dancer, later)
    a_place(home, judo)
    a_place(dancer, dance)
    a_place(later, judo, valid_from=today() + timedelta(days=1))
    key = new_id()
    draft = Draft("Pas de séance", "Le dojo est fermé jeudi.", "group", judo.id)

    for _ in range(2):  # a form that was sent twice
        with store.write() as write:
            bulletins.send_bulletin(write, vault, draft, new_id(), key, now())

    assert count(Bulletin) == 1
    (told,) = ens.published("bulletin_published")
    assert (told["bulletin_id"], told["target_id"], told["number"]) == (key, judo.id, 1)
    for parent in (home.claire, home.antoine):
        page = talk.asks(conversations.read_bulletins, parent)
        assert [bulletin["body"] for bulletin in page["bulletins"]] == ["Le dojo est fermé jeudi."]
    for parent in (dancer.claire, later.claire, new_id()):
        assert talk.asks(conversations.read_bulletins, parent)["bulletins"] == []
    with store.read() as read:
        reached = read.get(Bulletin, key)
        assert reached is not None and reached.households == 2


def test_an_absence_is_told_whole_each_time_it_changes(ens: Provider) -> None:
    with store.write() as write:
        provider_away_days.announce_away_days(
            write, today(), today() + timedelta(days=3), "Retour lundi.", now()
        )
        (announced,) = away_queries.announced_away_days(write, today())
        provider_away_days.withdraw_away_days(write, announced.id, now())
        provider_away_days.withdraw_away_days(write, announced.id, now())

    told = ens.published("away_published")
    assert [(each["version"], len(each["away"])) for each in told] == [(1, 1), (2, 0)]
