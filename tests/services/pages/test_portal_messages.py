"""« Messages » at the portal: cards alone for the list, nothing shown to who is no reader."""

import base64
import io
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import lxml.html
import pytest
from flask.testing import FlaskClient

from shared.contracts.dossier import guardians
from shared.contracts.enrolment.messages import conversations
from shared.contracts.errors import NotFound
from shared.contracts.portal_gateway import portal_events
from shared.dates.clock import now, today
from shared.files.cleaning import clean_file
from shared.files.file_parts import PART_BYTES
from shared.files.types import LARGEST_SENT
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import portal as make
from tests.factories import sent_files
from tests.factories.portal import AGG, ENS, Child, Portal, main_of, part, place

CLAIRE, ANTOINE = new_id(), new_id()
HERE, THERE = new_id(), new_id()
MANON = Child()
JUDO, GROUP, OTHER_GROUP, THREAD = new_id(), new_id(), new_id(), new_id()
PHOTO = sent_files.noise((900, 700))
CLEAN_PHOTO = clean_file(PHOTO).content


@pytest.fixture
def families(database: Database, tmp_path: Path) -> Iterator[Portal]:
    """Give the portal with Manon's two households; the providers are silent at first."""
    with make.portal_on(database, tmp_path) as portal:
        held = place("Judo", activity_id=JUDO, group_id=GROUP, valid_from=date(2026, 9, 1))
        for subject, household in ((CLAIRE, HERE), (ANTOINE, THERE)):
            portal.receives_guardian_card(subject, [household], MANON)
            portal.receives_family_card(AGG, household, part(MANON, places=[held]))
        yield portal


@pytest.fixture
def claire(families: Portal) -> FlaskClient:
    browser = families.site.test_client()
    make.sign_in(browser, CLAIRE)
    return browser


def told(
    families: Portal, *readers: tuple[str, int], version: int = 1, thread: str = THREAD
) -> None:
    """Let a thread's card arrive."""
    families.receives(
        conversations.thread_card,
        AGG,
        thread_id=thread,
        version=version,
        kind="question",
        title="Le kimono",
        child_ids=[MANON.id],
        last_at=now(),
        last_side="provider",
        readers=[{"subject": subject, "unread": unread} for subject, unread in readers],
    )


def sends_bulletin(families: Portal, number: int, target_id: str, day: date | None = None) -> None:
    families.receives(
        conversations.bulletin_published,
        AGG,
        bulletin_id=new_id(),
        number=number,
        title=f"Information {number}",
        at=now(),
        day=day or today(),
        target="group",
        target_id=target_id,
    )


def a_thread(version: int = 2, **more: Any) -> dict[str, Any]:
    message = {
        "number": 1,
        "side": "provider",
        "mine": False,
        "name": "Responsable",
        "body": "Le kimono est prêté.",
        "at": now(),
        "attachments": [],
    }
    return {
        "kind": "question",
        "title": "Le kimono",
        "child_ids": [MANON.id],
        "readers": 1,
        "version": version,
        "seen_to": 0,
        "earlier": False,
        "messages": [message],
        **more,
    }


def badge(browser: FlaskClient) -> str:
    """Return what the counter in the header says."""
    page = browser.get("/compte").text
    return page.partition('href="/messages" aria-label="')[2].partition('"')[0]


def writes(browser: FlaskClient, **more: Any) -> Any:
    said = {"kind": "question", "title": "Le kimono", "body": "Faut-il un kimono ?", **more}
    return make.posts(browser, "/messages/ecrire/agg", **said)


def test_the_counter_follows_the_cards_and_a_page_that_was_read(
    families: Portal, claire: FlaskClient
) -> None:
    told(families, (CLAIRE, 2), version=2)
    told(families, (CLAIRE, 1), version=1)  # late: an older word changes nothing
    told(families, (CLAIRE, 2), version=2)  # and the same one twice
    assert badge(claire) == "Messages, 2 non lus"
    assert "Le kimono" in main_of(claire.get("/messages").text)
    assert families.callees.rounds == 0, "the list asks nobody"

    families.callees.answers(AGG, conversations.read_thread, lambda _: a_thread(version=3))
    page = claire.get(f"/messages/agg/{THREAD}")
    assert "Le kimono est prêté." in main_of(page.text)
    assert badge(claire) == "Messages"

    told(families, (CLAIRE, 1), version=4)
    families.callees.answers(AGG, conversations.read_thread, lambda _: a_thread(version=3))
    claire.get(f"/messages/agg/{THREAD}")
    assert badge(claire) == "Messages, 1 non lu", "a message that came meanwhile is not lost"


@pytest.mark.parametrize(
    ("page", "here"), [("/messages", "Messages"), ("/nouvelles", "Notifications"), ("/", "Accueil")]
)
def test_a_page_is_marked_at_its_own_place_of_the_header(
    claire: FlaskClient, page: str, here: str
) -> None:
    header = lxml.html.fromstring(claire.get(page).text).find(".//header")

    marked = header.xpath(".//a[@aria-current='page']")

    assert [(each.get("aria-label") or each.text_content()).strip() for each in marked] == [here]


def test_the_other_household_has_no_thread_no_count_and_no_hint(families: Portal) -> None:
    told(families, (CLAIRE, 2))
    families.callees.answers(AGG, conversations.read_thread, NotFound())
    antoine = families.site.test_client()
    make.sign_in(antoine, ANTOINE, "Antoine Morel")

    assert badge(antoine) == "Messages"
    assert "Le kimono" not in antoine.get("/messages").text
    assert antoine.get(f"/messages/agg/{THREAD}").status_code == 404
    assert antoine.get(f"/messages/agg/{new_id()}").status_code == 404
    families.callees.answers(AGG, conversations.read_thread, None)
    assert antoine.get(f"/messages/agg/{THREAD}").status_code == 404, "silent, it says no more"


def test_who_reads_no_more_finds_nothing_left_even_if_an_older_card_comes_late(
    families: Portal, claire: FlaskClient
) -> None:
    told(families, (CLAIRE, 1), version=1)
    told(families, version=3)
    told(families, (CLAIRE, 2), version=2)

    assert badge(claire) == "Messages"
    assert "Le kimono" not in claire.get("/messages").text


def test_a_bulletin_counts_for_whom_it_concerns_until_it_was_on_the_page(
    families: Portal, claire: FlaskClient
) -> None:
    sends_bulletin(families, 1, GROUP)
    sends_bulletin(families, 2, OTHER_GROUP)
    sends_bulletin(families, 3, GROUP, day=date(2026, 8, 31))  # before Manon had her place
    assert badge(claire) == "Messages, 1 non lu"

    said = {"bulletin_id": new_id(), "number": 1, "title": "Info", "body": "Fermé.", "at": now()}
    claire.get("/messages/agg/informations")
    assert badge(claire) == "Messages, 1 non lu", "a silent provider has shown nothing"
    answer = {"earlier": False, "bulletins": [said]}
    families.callees.answers(AGG, conversations.read_bulletins, lambda _: answer)
    assert "Fermé." in main_of(claire.get("/messages/agg/informations").text)
    assert badge(claire) == "Messages"
    sends_bulletin(families, 4, GROUP)
    assert badge(claire) == "Messages, 1 non lu"


def test_who_has_the_child_in_care_reads_what_its_groups_are_told_and_writes_to_no_service(
    families: Portal,
) -> None:
    carer, home = new_id(), new_id()
    card = {"subject": carer, "version": 1, "at": now(), "households": [home]}
    children = [{**MANON.row, "carer": True}]
    families.receives(guardians.guardian_card, "dossier", **card, children=children)
    groups = [{"activity_id": JUDO, "group_id": GROUP, "valid_from": today(), "valid_to": None}]
    families.receives_family_card(AGG, home, {**part(MANON), "groups": groups})
    browser = families.site.test_client()
    make.sign_in(browser, carer)
    sends_bulletin(families, 1, GROUP)
    sends_bulletin(families, 2, OTHER_GROUP)
    said = {"bulletin_id": new_id(), "number": 1, "title": "Info", "body": "Fermé.", "at": now()}
    answer = {"earlier": False, "bulletins": [said]}
    families.callees.answers(AGG, conversations.read_bulletins, lambda _: answer)

    assert badge(browser) == "Messages, 1 non lu"
    assert "/messages/agg/informations" in browser.get("/messages").text
    page = main_of(browser.get("/messages/agg/informations").text)

    assert "Fermé." in page and "Écrire à ce service" not in page
    assert badge(browser) == "Messages"
    assert browser.get("/messages/ecrire/agg").status_code == 404


def test_who_has_the_child_in_care_from_a_day_on_is_shown_no_bulletin_of_before_it(
    families: Portal,
) -> None:
    newcomer, since = new_id(), today() - timedelta(days=2)
    card = {"subject": newcomer, "version": 1, "at": now(), "households": [HERE]}
    child = {**MANON.row, "since": since, "carer": True}
    families.receives(guardians.guardian_card, "dossier", **card, children=[child])
    browser = families.site.test_client()
    make.sign_in(browser, newcomer)

    sends_bulletin(families, 1, GROUP, day=since - timedelta(days=1))
    assert badge(browser) == "Messages"
    assert "Information 1" not in browser.get("/messages").text

    sends_bulletin(families, 2, GROUP, day=since)
    assert badge(browser) == "Messages, 1 non lu"
    assert "Information 2" in browser.get("/messages").text


def test_a_message_with_a_photo_leaves_in_parts_before_the_message_that_names_them(
    families: Portal, claire: FlaskClient
) -> None:
    families.callees.answers(AGG, conversations.start_thread, lambda _: {"thread_id": THREAD})
    files = [(io.BytesIO(PHOTO), "kimono.heic")]

    sent = writes(claire, children=MANON.id, files=files)

    assert sent.location == f"/messages/agg/{THREAD}"
    (to, _, _, request) = families.callees.asked[-1]
    assert (to, request.child_ids, request.name) == (AGG, [MANON.id], "Claire Lefèvre")
    (said,) = request.attachments
    assert (said["name"], said["media_type"]) == ("kimono.jpg", "image/jpeg")
    parts = sorted(
        families.published(portal_events.attachment_part), key=lambda each: each["number"]
    )
    assert {each["key"] for each in parts} == {f"event.{AGG}.attachment_part"}
    assert {each["attachment_id"] for each in parts} == {said["attachment_id"]}
    assert len(parts) > 1
    assert b"".join(base64.b64decode(each["data"]) for each in parts) == CLEAN_PHOTO


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"<svg onload='x'/>", "photo.png", "ni une photo ni un PDF"),
        (b"%PDF-1.7 and nothing else", "cut.pdf", "abîmé ou incomplet"),
        (b"\xff\xd8\xff" + bytes(LARGEST_SENT), "vast.jpg", "trop lourd : 24 Mo au plus"),
    ],
)
def test_a_file_that_may_not_leave_gives_the_form_back_as_typed(
    families: Portal, claire: FlaskClient, content: bytes, name: str, sentence: str
) -> None:
    sent = writes(claire, files=[(io.BytesIO(content), name)])

    assert sent.status_code == 422
    assert sentence in main_of(sent.text)
    assert "Faut-il un kimono ?" in sent.text
    assert families.callees.asked == []
    assert families.published(portal_events.attachment_part) == []


def test_a_silent_provider_gets_the_message_once_it_is_back(
    families: Portal, claire: FlaskClient
) -> None:
    act = new_id()

    first, again = writes(claire, act=act), writes(claire, act=act)

    assert first.location == again.location
    assert first.location.startswith("/actes/")
    (kept,) = families.published(portal_events.family_act)
    assert (kept["method"], kept["payload"]["body"]) == ("start_thread", "Faut-il un kimono ?")
    assert "Le kimono" in main_of(claire.get("/messages").text)

    told(families, (CLAIRE, 0))
    answered = make.posts(claire, f"/messages/agg/{THREAD}", body="Taille 120.")
    assert answered.location == f"/messages/agg/{THREAD}"
    page = main_of(claire.get(answered.location).text)
    assert "C’est en route" in page
    assert "ne répond pas en ce moment" in page


def test_absences_and_the_telephone_number_are_said_before_one_writes(
    families: Portal, claire: FlaskClient
) -> None:
    away = {"first_day": today(), "last_day": today() + timedelta(days=2), "sentence": "À lundi."}
    over = {**away, "first_day": date(2026, 1, 1), "last_day": date(2026, 1, 2)}
    for version, rows in ((2, [over, away]), (1, [])):
        families.receives(conversations.away_published, AGG, version=version, away=rows)

    page = main_of(claire.get("/messages/ecrire/agg").text)

    assert page.count("À lundi.") == 1
    assert "Réponse sous 2 jours ouvrés" in page
    assert "Urgent ? Appelez le 02 00 00 00 00" in page


def test_a_file_is_handed_out_to_be_kept_and_never_as_a_page_of_ours(
    families: Portal, claire: FlaskClient
) -> None:
    hostile = PHOTO + b"<script>"
    halves = (hostile[:PART_BYTES], hostile[PART_BYTES:])
    file = {"name": "été.jpg", "media_type": "image/jpeg", "size": len(hostile), "parts": 2}

    def answer(request: Any) -> dict[str, Any]:
        data = base64.b64encode(halves[request.part]).decode()
        return {**file, "attachment_id": request.attachment_id, "data": data}

    families.callees.answers(AGG, conversations.read_attachment, answer)
    kept = claire.get(f"/messages/agg/{THREAD}/{new_id()}")

    assert kept.data == CLEAN_PHOTO
    assert kept.headers["Content-Disposition"].startswith("attachment; filename=")
    assert kept.headers["X-Content-Type-Options"] == "nosniff"
    assert kept.mimetype == "image/jpeg"
    assert ENS not in {to for to, *_ in families.callees.asked}
