"""Messages at the desk: who may open them, who is written to, what a family is told."""

import io
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from services.enrolment.models import Attachment, Bulletin, Thread, ThreadReader
from services.enrolment.store import store
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories import enrolment as make
from tests.factories import sent_files
from tests.factories.bookings import Home, a_group, a_place, arrives
from tests.factories.conversations import cards, reads, replies, writes
from tests.factories.enrolment import Desk, Provider, item

PAGES = ("/messages", "/messages/nouveau", "/messages/informations", "/messages/absence")


@pytest.fixture
def home(ens: Provider) -> Home:
    found = Home(changes_on=1)
    arrives(ens, found)
    return found


@pytest.fixture
def nadia(ens: Provider) -> Desk:
    """Give the desk to Nadia, of the school desk, who answers families."""
    return agent(ens, "school_desk", "Nadia Roux")


def agent(ens: Provider, role: str, name: str) -> Desk:
    desk = make.desk_of(ens)
    desk.signs_in(ens.has_agent(role, name=name), name)
    return desk


def answers(desk: Desk, thread: str, **form: Any) -> Any:
    path = f"/messages/{thread}"
    return desk.sends(path, path, **form)


def test_an_agent_without_the_act_finds_no_message_at_all(ens: Provider, home: Home) -> None:
    thread = writes(home.claire, home.child.id)
    cook = agent(ens, "kitchen", "Sophie Bernard")

    assert "Messages" not in cook.sees("/enfants")
    for path in (*PAGES, f"/messages/{thread}", f"/messages/nouveau/{home.child.id}"):
        cook.sees(path, status=404)
    assert cook.sends(f"/messages/{thread}", "/enfants", body="Bonjour").status_code == 404


def test_an_agent_answers_and_only_those_who_read_the_thread_read_the_answer(
    ens: Provider, home: Home, nadia: Desk
) -> None:
    thread = writes(home.claire, home.child.id)
    assert "À répondre (1)" in nadia.sees("/messages").replace("\n", " ")
    page = nadia.sees(f"/messages/{thread}")
    assert "Claire Lefèvre" in page and "Manon Lefèvre" in page
    assert reads(home.claire, thread)["seen_to"] == 1, "the family reads that it was opened"

    files = [(io.BytesIO(sent_files.photographed("JPEG")), "plan.jpg")]
    assert answers(nadia, thread, body="Une gourde suffit.", files=files).status_code == 303

    (_, answer) = reads(home.claire, thread)["messages"]
    assert (answer["name"], answer["body"]) == ("Secrétariat scolaire", "Une gourde suffit.")
    (file,) = answer["attachments"]
    assert (file["name"], file["state"]) == ("plan.jpg", "held")
    assert set(cards(ens)[thread]) == {home.claire}
    assert "Aucune conversation ici" in nadia.sees("/messages")
    assert "Le pique-nique de jeudi" in nadia.sees("/messages?voir=mes-conversations")
    kept = nadia.client.get(f"/messages/{thread}/{file['attachment_id']}")
    assert Image.open(io.BytesIO(kept.data)).size == (64, 48)
    assert not [word for word in sent_files.PRIVATE if word in kept.data]
    assert kept.headers["Content-Disposition"].startswith("attachment")
    nadia.sees(f"/messages/{new_id()}/{file['attachment_id']}", status=404)


def test_a_message_that_needs_no_answer_waits_no_more_until_the_family_writes_again(
    ens: Provider, home: Home, nadia: Desk
) -> None:
    thread = writes(home.claire, home.child.id)
    nadia.sends(f"/messages/{thread}/sans-reponse", f"/messages/{thread}")
    assert "Aucune conversation ici" in nadia.sees("/messages")

    replies(home.claire, thread)
    assert "Le pique-nique de jeudi" in nadia.sees("/messages")


def test_an_agent_writes_to_one_household_and_the_other_learns_nothing(
    ens: Provider, home: Home, nadia: Desk
) -> None:
    form = f"/messages/nouveau/{home.child.id}"
    assert "semaines impaires" in nadia.sees(form)
    written = {"kind": "practical", "title": "Le bonnet", "body": "Il est resté ici."}
    assert nadia.sends(form, form, **written).status_code == 422, "no household is chosen"

    sent = nadia.sends(form, form, household=home.at_antoines, **written)

    thread = sent.location.rsplit("/", 1)[-1]
    assert cards(ens) == {thread: {home.antoine: 1}}
    assert nadia.sends(form, form, household=new_id(), **written).status_code == 422
    with store.read() as read:
        readers = select(ThreadReader.subject).where(ThreadReader.thread_id == thread)
        assert read.scalars(readers).all() == [home.antoine]


def test_an_answer_that_nobody_would_read_is_not_sent(
    ens: Provider, home: Home, nadia: Desk
) -> None:
    thread = writes(home.claire, home.child.id)
    ens.receives("family", item(home.child.id, 2, None, now()))

    answers(nadia, thread, body="Bonjour")

    with store.read() as read:
        found = read.get(Thread, thread)
    assert found is not None and found.messages == 1
    assert "Conversation terminée" in nadia.sees(f"/messages/{thread}")


def test_an_answer_that_one_home_of_two_would_read_is_not_sent(
    ens: Provider, home: Home, nadia: Desk
) -> None:
    """Both parents lived together and wrote together; one of them has a home of her own now."""
    together = {"guardians": [*in_one_home(home)], "weeks": None}
    ens.receives("family", item(home.child.id, 2, together))
    thread = writes(home.claire, home.child.id, share=True)
    apart = {**home.file, "weeks": None, "protected": [home.at_claires]}
    ens.receives("family", item(home.child.id, 3, apart))

    answer = answers(nadia, thread, body="La nouvelle école de Manon")

    assert answer is not None
    with store.read() as read:
        assert read.get_one(Thread, thread).messages == 1
    shown = nadia.sees(f"/messages/{thread}")
    assert "Ces parents ont deux foyers maintenant" in shown
    assert "La famille lit votre fonction" not in shown


def in_one_home(home: Home) -> list[dict[str, str]]:
    """Return both parents in Antoine's home, as the projection `family` has them."""
    return [
        {"subject": subject, "household": home.at_antoines}
        for subject in (home.claire, home.antoine)
    ]


def test_a_file_of_another_kind_gives_the_answer_back_as_typed(
    ens: Provider, home: Home, nadia: Desk
) -> None:
    thread = writes(home.claire, home.child.id)

    sent = answers(nadia, thread, body="Voici.", files=[(io.BytesIO(b"<html>"), "plan.pdf")])

    assert sent.status_code == 422
    assert "Voici." in sent.text
    with store.read() as read:
        assert read.scalars(select(Attachment)).all() == []


def test_a_bulletin_is_looked_at_with_its_count_before_it_is_sent_once(
    ens: Provider, home: Home, nadia: Desk
) -> None:
    group = a_group()
    a_place(home, group)
    path, key = "/messages/informations", new_id()
    typed = {"target": "all", "title": "Grève jeudi", "body": "Pas de cantine.", "key": key}

    looked_at = nadia.sends(path, path, **typed).text
    with store.read() as read:
        assert read.scalars(select(Bulletin)).all() == []
    for _ in range(2):
        assert nadia.sends(path, path, do="send", **typed).status_code == 303

    assert "<b>2 foyers</b>" in looked_at
    assert len(ens.published("bulletin_published")) == 1
    assert "Pas de cantine." in nadia.sees(path)
    wrong = {**typed, "target": f"group:{new_id()}"}
    assert nadia.sends(path, path, **wrong).status_code == 422


def test_an_absence_is_announced_with_a_sentence_and_taken_back(ens: Provider, nadia: Desk) -> None:
    path = "/messages/absence"
    day = today() + timedelta(days=3)
    days = {"first_day": today().isoformat(), "last_day": day.isoformat()}
    backwards = {"first_day": day.isoformat(), "last_day": today().isoformat()}
    assert nadia.sends(path, path, sentence="À lundi.", **backwards).status_code == 422

    nadia.sends(path, path, sentence="À lundi.", **days)

    (told,) = ens.published("away_published")
    assert told["away"] == [{**days, "sentence": "À lundi."}]
    page = nadia.client.get(path).text
    back = page.partition(f'action="{path}/')[2].partition('"')[0]
    nadia.sends(f"{path}/{back}", path)
    assert ens.published("away_published")[-1]["away"] == []


def test_of_a_conversation_whose_only_reader_died_nothing_is_said_that_is_not_so(
    ens: Provider, home: Home, nadia: Desk
) -> None:
    """The child is here still, with another parent: whom the desk goes on to write to."""
    together = {"guardians": [*in_one_home(home)], "weeks": None}
    ens.receives("family", item(home.child.id, 2, together))
    thread = writes(home.claire, home.child.id)
    left = [each for each in together["guardians"] if each["subject"] != home.claire]

    ens.receives("family", item(home.child.id, 3, {**together, "guardians": left}))

    page = nadia.sees(f"/messages/{thread}")
    assert "Plus personne, dans la famille, ne la lit." in page and "nouvelle conversation" in page
    assert "n’a d’enfant dans votre service" not in page
    assert "Claire Lefèvre" not in nadia.sees(f"/messages/nouveau/{home.child.id}")


def test_an_answer_that_was_begun_is_not_lost_by_the_button_beside_it(
    ens: Provider, home: Home, nadia: Desk
) -> None:
    thread = writes(home.claire, home.child.id)
    page = f"/messages/{thread}"

    kept = nadia.sends(f"{page}/sans-reponse", page, body="Une gourde")

    assert kept.status_code == 422 and "Une gourde</textarea>" in kept.text
    assert "Le pique-nique de jeudi" in nadia.sees("/messages")


def test_files_that_were_chosen_are_not_dropped_by_the_button_beside_them(
    ens: Provider, home: Home, nadia: Desk
) -> None:
    thread = writes(home.claire, home.child.id)
    page = f"/messages/{thread}"
    files = [(io.BytesIO(sent_files.photographed("JPEG")), "plan.jpg")]

    kept = nadia.sends(f"{page}/sans-reponse", page, files=files)

    assert kept.status_code == 422 and "Vos pièces jointes ne sont pas parties" in kept.text
    assert "Le pique-nique de jeudi" in nadia.sees("/messages")


def test_an_answer_typed_while_the_conversation_ended_can_still_be_read(
    ens: Provider, home: Home, nadia: Desk
) -> None:
    thread = writes(home.claire, home.child.id)
    page = f"/messages/{thread}"
    with store.write() as write:
        write.get_one(Thread, thread).ended_at = now()

    for path in (page, f"{page}/sans-reponse"):
        kept = nadia.sends(path, f"/messages/nouveau/{home.child.id}", body="Une gourde suffit.")
        assert "Conversation terminée" in kept.text and "Une gourde suffit." in kept.text
