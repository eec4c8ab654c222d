"""A dossier begun without an account: what is kept, who may read it, what it never says."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import func, select, update

from services.dossier.models import PaperPart, Registration, RegistrationPaper
from services.dossier.registrations.commands import emails, opening
from services.dossier.store import store
from shared.contracts.dossier import registration_decisions, registrations
from shared.contracts.dossier.registrations import (
    RegistrationClosed,
    TooManyPapers,
    TooManyRegistrations,
    UnreadablePaper,
)
from shared.contracts.errors import BadRequest, NotFound
from shared.dates.clock import now
from shared.dates.instant import Instant
from shared.files.file_parts import join_parts
from shared.person.secret_codes import normalise_code
from tests.factories import dossier as make
from tests.factories import registrations as write
from tests.factories.dossier import Town

HOME, LIBRARY = "aa" * 32, "bb" * 32


def test_a_registration_is_saved_as_one_goes_and_taken_up_again_with_its_reference_and_key(
    town: Town,
) -> None:
    bearer = write.open_registration(town)
    half = {"first_name": "Inès", "last_name": "", "email": "", "phone": "", "relation": ""}

    write.ask(town, bearer, registrations.save_registration, step="guardian", content=half)
    write.ask(town, bearer, registrations.save_registration, step="home", content=write.home())

    typed = bearer.__class__(reference=bearer.reference.upper(), key=bearer.key.replace("-", " "))
    registration = write.ask(town, typed, registrations.read_registration)
    assert registration.state == "open"
    assert registration.content["guardian"]["first_name"] == "Inès"
    assert registration.content["home"] == write.home()


def test_nothing_of_a_registration_lies_in_clear(town: Town) -> None:
    bearer = write.sent_registration(town)
    write.add_paper(town, bearer, write.photograph())

    with store.read() as read:
        row = read.scalars(select(Registration)).one()
        part = read.scalars(select(PaperPart)).one()

    stored = repr([getattr(row, column.name) for column in row.__table__.columns])
    for word in ("Moreau", "Nora", "Acacias", "example.org", bearer.key):
        assert word not in stored
    assert b"JFIF" not in part.content


def test_a_wrong_key_and_a_reference_that_nobody_has_are_refused_alike(town: Town) -> None:
    bearer = write.open_registration(town)

    for reference, key in ((bearer.reference, "0" * 23), ("00000-00000", bearer.key)):
        with pytest.raises(NotFound) as refused:
            town.ask(registrations.read_registration, reference=reference, key=key)
        assert refused.value.detail == {}


def test_who_has_a_dossier_and_who_has_none_get_the_same_answer_and_the_same_letter(
    town: Town, claire: str
) -> None:
    """Rule R9: "a dossier exists" is never said, to an address or to a name."""
    known = town.ask(
        registrations.open_registration, way="email", contact="claire.lefevre@example.org"
    )
    unknown = town.ask(registrations.open_registration, way="email", contact="nobody@example.org")
    said = [
        town.ask(registrations.look_at_link, reference=each["reference"], key=each["secret"])
        for each in write.links(town)
    ]

    assert vars(known) == vars(unknown)
    assert (known.reference, known.key) == ("", "")
    assert (
        [each["address"] for each in write.links(town)]
        == [each.address for each in said]
        == [
            "claire.lefevre@example.org",
            "nobody@example.org",
        ]
    )
    assert [(each.name, each.proven, each.state) for each in said] == [("", False, "open")] * 2


def test_one_address_is_not_flooded_with_links_and_a_flood_of_registrations_is_stopped(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    for contact in (write.INES, write.INES.upper(), write.INES, write.INES, write.INES):
        town.ask(registrations.open_registration, way="email", contact=contact)
    town.ask(registrations.ask_for_link, email=write.INES)
    assert len(write.links(town)) == emails.LETTERS_A_DAY == 3

    monkeypatch.setattr(opening, "FLOOD_AN_HOUR", 5)
    with pytest.raises(TooManyRegistrations):
        write.open_registration(town, contact="another@example.org")


def test_one_place_begins_ten_registrations_an_hour_and_others_are_not_in_its_way(
    town: Town,
) -> None:
    """Counted by the dossier: as many processes and hosts as a town has count together."""
    begin = partial(town.ask, registrations.open_registration, way="letter")
    for _ in range(opening.MOST_AN_HOUR):
        begin(place=LIBRARY)

    with pytest.raises(TooManyRegistrations):
        begin(place=LIBRARY)
    assert begin(place=HOME).reference


def test_a_crowd_of_strangers_leaves_each_place_its_first_registration(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "CROWD_AN_HOUR", 5)
    begin = partial(town.ask, registrations.open_registration, way="letter")
    for _ in range(5):
        begin(place=LIBRARY)

    for place in (LIBRARY, ""):
        with pytest.raises(TooManyRegistrations):
            begin(place=place)
    assert begin(place=HOME).reference
    with pytest.raises(TooManyRegistrations):
        begin(place=HOME)


def test_where_a_registration_was_begun_is_forgotten_after_a_day(town: Town) -> None:
    town.ask(registrations.open_registration, way="letter", place=HOME)
    with store.write() as session:
        session.execute(update(Registration).values(opened_at=now() - timedelta(days=1)))

    town.service.forget_registrations()

    with store.read() as read:
        assert read.scalars(select(Registration.opened_from)).one() == ""


@pytest.mark.parametrize(
    ("way", "contact"), [("email", "nothing"), ("email", ""), ("phone", "12"), ("phone", "")]
)
def test_a_contact_of_another_shape_is_refused_with_a_sentence(
    town: Town, way: str, contact: str
) -> None:
    with pytest.raises(BadRequest) as refused:
        write.open_registration(town, way, contact)

    assert refused.value.detail["errors"]["contact"]


def test_a_letter_needs_no_contact_and_sends_nothing(town: Town) -> None:
    bearer = write.open_registration(town, "letter", "")

    assert write.links(town) == []
    assert write.ask(town, bearer, registrations.read_registration).way == "letter"


def test_a_photograph_in_parts_is_one_paper_and_comes_back_as_it_was_sent(
    town: Town,
) -> None:
    bearer, agent = write.open_registration(town), write.agent(town)
    write.write_all(town, bearer)
    sent = write.photograph((900, 600))
    assert len(sent) > registrations.PART_BYTES

    paper_id = write.add_paper(town, bearer, sent)
    write.ask(town, bearer, registrations.send_registration)

    (paper,) = write.ask(town, bearer, registrations.read_registration).papers
    assert (paper["id"], paper["media_type"]) == (paper_id, "image/jpeg")
    registration_id = write.waiting(town, agent)[0]["draft_id"]
    parts = [
        write.at_desk(
            town,
            agent,
            registration_decisions.registration_paper,
            draft_id=registration_id,
            paper_id=paper_id,
            part=part,
        ).content
        for part in range(paper["parts"])
    ]
    assert len(parts) == paper["parts"] > 1
    kept = join_parts(parts)
    assert kept == sent


def test_what_is_neither_photo_nor_pdf_is_refused_and_leaves_nothing(town: Town) -> None:
    bearer = write.open_registration(town)

    with pytest.raises(UnreadablePaper):
        write.add_paper(town, bearer, b"<html>%PDF-1.7 /JavaScript")

    with store.read() as read:
        assert read.scalar(select(func.count()).select_from(RegistrationPaper)) == 0


def test_papers_are_few_and_one_can_be_taken_back(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.dossier.registrations.commands.papers.MOST_PAPERS", 2)
    bearer = write.open_registration(town)
    first, _ = (write.add_paper(town, bearer, write.photograph()) for _ in range(2))
    with pytest.raises(TooManyPapers):
        write.add_paper(town, bearer, write.photograph())

    write.ask(town, bearer, registrations.drop_paper, paper_id=first)

    assert len(write.ask(town, bearer, registrations.read_registration).papers) == 1
    other = write.open_registration(town, contact="other@example.org")
    with pytest.raises(NotFound):
        kept = write.ask(town, bearer, registrations.read_registration).papers[0]["id"]
        town.ask(
            registrations.add_paper, reference=other.reference, key=other.key, paper_id=kept,
            paper="domicile", part=0, parts=1, content="AAAA",
        )  # fmt: skip


def test_a_registration_goes_without_any_paper_but_not_without_a_child(town: Town) -> None:
    """School enrolment never waits for completeness (art. D131-3-1)."""
    bearer = write.open_registration(town)
    write.ask(
        town, bearer, registrations.save_registration, step="guardian", content=write.guardian()
    )
    with pytest.raises(BadRequest) as refused:
        write.ask(town, bearer, registrations.send_registration)
    assert refused.value.detail["errors"].keys() == {"children"}

    rows = {"children": [write.child(school="", grade="")]}
    write.ask(town, bearer, registrations.save_registration, step="children", content=rows)
    write.ask(town, bearer, registrations.send_registration)
    write.ask(town, bearer, registrations.send_registration)

    assert write.ask(town, bearer, registrations.read_registration).state == "sent"
    with pytest.raises(RegistrationClosed):
        write.ask(town, bearer, registrations.save_registration, step="home", content=write.home())


def test_before_it_is_sent_nobody_at_the_desk_sees_a_registration(town: Town) -> None:
    agent, bearer = write.agent(town), write.open_registration(town)
    write.write_all(town, bearer)
    with store.read() as read:
        registration_id = read.scalars(select(Registration.id)).one()

    assert write.waiting(town, agent) == []
    with pytest.raises(NotFound):
        write.at_desk(
            town, agent, registration_decisions.look_at_registration, draft_id=registration_id
        )


@pytest.mark.parametrize("who", ["family", "former agent", "another role"])
def test_only_an_agent_of_the_central_desk_sees_registrations(town: Town, who: str) -> None:
    write.sent_registration(town)
    agent = write.agent(town, "administrator" if who == "another role" else "counter")
    options = {
        "family": {"of_kind": "family"},
        "former agent": {"subject": make.new_id()},
        "another role": {},
    }[who]

    with pytest.raises(PermissionError):
        town.ask(
            registration_decisions.waiting_registrations,
            **{"caller": "front_desk", "subject": agent, "of_kind": "agent", **options},
        )


def test_a_registration_that_was_never_sent_is_forgotten_and_its_key_with_it(town: Town) -> None:
    bearer, kept = (
        write.open_registration(town),
        write.open_registration(town, contact="kept@example.org"),
    )
    write.add_paper(town, bearer, write.photograph())
    with store.write() as change:
        past = Instant.now().day - timedelta(days=1)
        change.execute(
            update(Registration)
            .where(Registration.reference == normalise_code(bearer.reference))
            .values(forget_on=past)
        )

    town.service.forget_registrations()
    town.service.forget_registrations()

    with pytest.raises(NotFound):
        write.ask(town, bearer, registrations.read_registration)
    assert write.ask(town, kept, registrations.read_registration).state == "open"
    with store.read() as read:
        assert read.scalar(select(func.count()).select_from(PaperPart)) == 0


def test_who_takes_a_registration_back_finds_nothing_and_neither_does_the_desk(town: Town) -> None:
    agent, bearer = write.agent(town), write.sent_registration(town)

    write.ask(town, bearer, registrations.drop_registration)

    assert write.waiting(town, agent) == []
    with pytest.raises(NotFound):
        write.ask(town, bearer, registrations.read_registration)
    town.service.forget_registrations()
    with store.read() as read:
        assert read.scalar(select(func.count()).select_from(Registration)) == 0
