"""Words for a family or an agent where the town's antivirus knows a file, or is away."""

import base64
import io
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from flask.testing import FlaskClient

from deploy.doctor.antivirus import EICAR
from shared.contracts.dossier import registration_decisions, registrations
from shared.contracts.enrolment.messages import conversations
from shared.contracts.portal_gateway import portal_events as portal_contracts
from shared.files.antivirus import Antivirus
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import enrolment as make_enrolment
from tests.factories import portal as make
from tests.factories import sent_files
from tests.factories.bookings import Home, arrives
from tests.factories.clamd import clamd
from tests.factories.conversations import reads
from tests.factories.conversations import writes as write_thread
from tests.factories.enrolment import Provider
from tests.factories.front_desk.counter import Counter
from tests.factories.portal import AGG, CLAIRE, Child, Portal, main_of, part, place
from tests.factories.portal_registrations import begins, opened, posts_to, read

NOWHERE = "/nowhere/clamd.ctl"
VIRUS, AWAY = "L’antivirus a reconnu un virus", "Le contrôle antivirus ne répond pas"


@pytest.fixture(scope="module")
def antivirus() -> Iterator[Antivirus]:
    with clamd("AlertExceedsMax yes") as running:
        yield running


@pytest.fixture
def doors(database: Database, tmp_path: Path) -> Iterator[Any]:
    """Give a function that opens the portal with an antivirus at some place."""
    with ExitStack() as closing:

        def open_with(antivirus: str) -> Portal:
            portal = closing.enter_context(make.portal_on(database, tmp_path, ANTIVIRUS=antivirus))
            portal.callees.answers("dossier", registrations.open_registration, opened)
            portal.callees.answers("dossier", registrations.read_registration, read)
            held = place("Judo", activity_id=new_id(), group_id=new_id())
            manon, household = Child(), new_id()
            portal.receives_guardian_card(CLAIRE, [household], manon)
            portal.receives_family_card(AGG, household, part(manon, places=[held]))
            return portal

        yield open_with


def infected(name: str = "justificatif.pdf") -> tuple[io.BytesIO, str]:
    with pikepdf.open(io.BytesIO(sent_files.document())) as pdf:
        pdf.attachments["facture.com"] = EICAR
        # ClamAV 1.4 overlooks a filter that stands behind a dictionary.
        del pdf.attachments["facture.com"].get_file().obj["/Params"]
        return io.BytesIO(sent_files.saved(pdf)), name


def clean(name: str = "photo.jpg") -> tuple[io.BytesIO, str]:
    return io.BytesIO(sent_files.photographed("JPEG")), name


def test_a_paper_with_a_virus_is_refused_in_words_and_does_not_leave(
    doors: Any, antivirus: Antivirus
) -> None:
    portal = doors(antivirus.place)
    browser = portal.site.test_client()
    begins(browser)

    page = posts_to(browser, "/demande/papiers", kind="domicile", paper=infected())

    assert page.status_code == 422
    assert VIRUS in main_of(page.text)
    assert portal.callees.count(registrations.add_paper) == 0


def test_a_paper_waits_for_an_antivirus_that_is_away_and_its_sender_is_told(doors: Any) -> None:
    portal = doors(NOWHERE)
    browser = portal.site.test_client()
    begins(browser)

    page = posts_to(browser, "/demande/papiers", kind="domicile", paper=clean())

    assert page.status_code == 422
    assert f"{AWAY} : votre fichier n’a pas été envoyé. Réessayez" in main_of(page.text)
    assert portal.callees.count(registrations.add_paper) == 0


@pytest.mark.parametrize("away", [False, True], ids=["a virus", "away"])
def test_a_message_whose_file_does_not_leave_comes_back_as_typed(
    doors: Any, antivirus: Antivirus, away: bool
) -> None:
    portal = doors(NOWHERE if away else antivirus.place)
    claire = portal.site.test_client()
    make.sign_in(claire, CLAIRE)
    written = {"kind": "question", "title": "Le kimono", "body": "Faut-il un kimono ?"}

    page = make.posts(
        claire, "/messages/ecrire/agg", **written, files=[clean() if away else infected()]
    )

    assert page.status_code == 422
    assert (AWAY if away else VIRUS) in main_of(page.text)
    assert "Faut-il un kimono ?" in page.text
    assert portal.published(portal_contracts.attachment_part) == []


def given_by_provider(portal: Portal, content: bytes) -> FlaskClient:
    """Let a provider hand out a file; return Claire's browser."""

    def answer(request: Any) -> dict[str, Any]:
        return {
            "name": "plan.pdf",
            "media_type": "application/pdf",
            "size": len(content),
            "parts": 1,
            "attachment_id": request.attachment_id,
            "data": base64.b64encode(content).decode(),
        }

    portal.callees.answers(AGG, conversations.read_attachment, answer)
    claire = portal.site.test_client()
    make.sign_in(claire, CLAIRE)
    return claire


@pytest.mark.parametrize("away", [False, True], ids=["a virus", "away"])
def test_whoever_kept_a_file_it_is_scanned_again_before_it_is_handed_out(
    doors: Any, antivirus: Antivirus, away: bool
) -> None:
    portal = doors(NOWHERE if away else antivirus.place)
    content = (clean() if away else infected())[0].getvalue()
    claire = given_by_provider(portal, content)

    page = claire.get(f"/messages/agg/{new_id()}/{new_id()}")

    assert page.status_code == (503 if away else 403)
    assert page.mimetype == "text/html" and "Content-Disposition" not in page.headers
    assert (AWAY if away else "L’antivirus y reconnaît un virus") in main_of(page.text)


def test_a_clean_file_is_handed_out(doors: Any, antivirus: Antivirus) -> None:
    claire = given_by_provider(doors(antivirus.place), sent_files.photographed("JPEG"))

    assert claire.get(f"/messages/agg/{new_id()}/{new_id()}").mimetype == "image/jpeg"


def test_an_agents_file_with_a_virus_gives_the_answer_back_as_typed(
    ens: Provider, antivirus: Antivirus
) -> None:
    home = Home(changes_on=1)
    arrives(ens, home)
    thread = write_thread(home.claire, home.child.id)
    desk = make_enrolment.desk_of(
        replace(ens, settings=replace(ens.settings, antivirus=antivirus.place))
    )
    desk.signs_in(ens.has_agent("school_desk", name="Nadia Roux"), "Nadia Roux")
    page = f"/messages/{thread}"

    answer = desk.sends(page, page, body="Voici le plan.", files=[infected("plan.pdf")])

    assert answer.status_code == 422
    assert VIRUS in main_of(answer.text) and "Voici le plan." in answer.text
    assert len(reads(home.claire, thread)["messages"]) == 1


def test_the_front_desk_does_not_open_a_paper_with_a_virus(
    counter: Counter, antivirus: Antivirus
) -> None:
    app = counter.desk.client.application
    shell = app.extensions["preau_shell"]
    app.extensions["preau_shell"] = replace(shell, antivirus=antivirus.place)
    counter.signs_in("counter")
    content = base64.b64encode(infected()[0].getvalue()).decode()
    paper = {"name": "p", "content": content, "parts": 1, "media_type": "application/pdf"}
    counter.callees.answers("dossier", registration_decisions.registration_paper, lambda _: paper)

    page = counter.desk.client.get(f"/demandes/{new_id()}/papiers/{new_id()}")

    assert page.status_code == 403
    assert "L’antivirus y reconnaît un virus" in main_of(page.text)
