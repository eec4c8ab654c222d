"""Readers of a thread, and how much of it is unread: the rules, attacked."""

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.enrolment.conversations.rules.thread_readers import (
    Audience,
    Guardianship,
    audience_if_author_may_reply,
    audience_opened_by_guardian,
    audience_opened_by_provider,
    current_readers,
)
from services.enrolment.conversations.rules.unread import Marks
from shared.files.file_parts import PART_BYTES, count_parts, split_into_parts
from shared.files.types import MEDIA_TYPES, media_type_of_content, safe_name, sent_type_of

PEOPLE, HOMES, CHILDREN = ("claire", "yann", "zoe"), ("here", "there"), ("manon", "leo")

guardianships = st.frozensets(
    st.builds(
        Guardianship,
        st.sampled_from(PEOPLE),
        st.sampled_from(HOMES),
        st.sampled_from(CHILDREN),
    )
)
some_children = st.frozensets(st.sampled_from(CHILDREN))


def both_parents(*households: str) -> list[Guardianship]:
    homes = households or ("here", "here")
    return [
        Guardianship(who, home, "manon")
        for who, home in zip(("claire", "yann"), homes, strict=True)
    ]


def test_what_a_mother_writes_is_read_by_her_alone_unless_she_shares_it_with_her_household() -> (
    None
):
    alone = audience_opened_by_guardian("claire", ["manon"], False, both_parents())
    shared = audience_opened_by_guardian("claire", ["manon"], True, both_parents())

    assert alone is not None and alone.subjects == {"claire"}
    assert shared is not None and shared.subjects == {"claire", "yann"}


def test_shared_or_not_the_childs_other_household_does_not_read_along() -> None:
    known = both_parents("here", "there")

    written = audience_opened_by_guardian("claire", ["manon"], True, known)
    answered = audience_opened_by_provider("there", ["manon"], known)

    assert written is not None and written.subjects == {"claire"}
    assert answered is not None and answered.subjects == {"yann"}


def test_nobody_writes_about_a_child_for_whom_another_answers() -> None:
    assert audience_opened_by_guardian("claire", ["manon", "leo"], True, both_parents()) is None
    assert audience_opened_by_guardian("zoe", [], False, both_parents()) is None


@given(st.data(), guardianships, st.lists(st.tuples(st.sampled_from(PEOPLE), guardianships)))
def test_a_reply_never_widens_the_audience_whoever_writes_and_whatever_changes_at_home(
    data: st.DataObject, known: frozenset[Guardianship], replies: list
) -> None:
    writer, children = data.draw(st.sampled_from(PEOPLE)), data.draw(some_children)
    opened = audience_opened_by_guardian(writer, children, data.draw(st.booleans()), known)
    if opened is None:
        return
    household = {each.subject for each in known if each.household_id == opened.household_id}
    first = current_readers(opened, known)
    assert writer in first <= household

    audience: Audience = opened
    for author, later in replies:
        answered = audience_if_author_may_reply(audience, author, later)
        if answered is not None:
            assert author in first
            audience = answered
        assert audience == opened
        assert current_readers(audience, later) <= first


@given(guardianships, some_children, guardianships)
def test_who_answers_for_a_child_no_more_reads_no_more(
    known: frozenset[Guardianship], children: frozenset[str], later: frozenset[Guardianship]
) -> None:
    opened = audience_opened_by_provider("here", children, known)
    if opened is None:
        return
    here = {each.child_id for each in later} & children

    for reader in current_readers(opened, later):
        theirs = {e.child_id for e in later if (e.subject, e.household_id) == (reader, "here")}
        assert theirs and here <= theirs
        assert not children or here


class Conversation(RuleBasedStateMachine):
    """Two marks for each reader, against a recount of every message."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[str] = []
        self.opened_at = dict.fromkeys(PEOPLE, 0)
        self.marks = {who: Marks() for who in PEOPLE}

    @rule(author=st.sampled_from((*PEOPLE, "the service")))
    def writes(self, author: str) -> None:
        self.written.append(author)
        if author in self.marks:
            self.marks[author] = self.marks[author].after_writing(len(self.written))

    @rule(reader=st.sampled_from(PEOPLE))
    def opens(self, reader: str) -> None:
        self.opened_at[reader] = len(self.written)
        self.marks[reader] = self.marks[reader].after_opening(len(self.written))

    @invariant()
    def unread_is_what_a_recount_says(self) -> None:
        for who, marks in self.marks.items():
            since = self.written[self.opened_at[who] :]
            assert marks.unread(len(self.written)) == sum(author != who for author in since)


TestConversation = Conversation.TestCase


def test_a_file_is_what_its_content_says_whatever_it_is_called() -> None:
    assert media_type_of_content(b"%PDF-1.7\n") == "application/pdf"
    assert media_type_of_content(b"\xff\xd8\xff\xe0\x00\x10JFIF") == "image/jpeg"
    assert sent_type_of(b"\x89PNG\r\n\x1a\n....") == "image/png"
    assert sent_type_of(b"RIFF\x10\x00\x00\x00WEBPVP8 ") == "image/webp"
    assert sent_type_of(b"\x00\x00\x00\x1cftypheic\x00\x00\x00\x00") == "image/heic"
    for lying in (b"<svg onload=x>", b"<html>", b"GIF89a", b"PK\x03\x04", b"", b" %PDF-1.7"):
        assert sent_type_of(lying) is None


def test_a_files_name_cannot_lie_about_its_ending_nor_leave_its_folder() -> None:
    assert safe_name("photo.png.exe", "image/jpeg") == "photo.png.jpg"
    assert safe_name("..\\..\\etc/passwd", "application/pdf") == "passwd.pdf"
    assert safe_name('"><script>.svg', "image/jpeg") == "script.jpg"
    assert safe_name("", "image/jpeg") == "document.jpg"


@given(st.integers(1, 3 * PART_BYTES + 2), st.sampled_from(MEDIA_TYPES))
def test_every_byte_of_a_file_travels_once(size: int, media_type: str) -> None:
    assert [number for number, _ in split_into_parts(b"x" * size)] == list(range(count_parts(size)))
    assert len(safe_name("a" * 300, media_type)) <= 120
