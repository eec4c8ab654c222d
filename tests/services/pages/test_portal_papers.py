"""« Papiers et autorisations » at the portal: pages bound, mistakes, consents, what to do."""

import base64
import io
import re
from collections.abc import Iterator
from contextlib import ExitStack
from copy import deepcopy
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from flask.testing import FlaskClient

from deploy.doctor.antivirus import EICAR
from shared.contracts.dossier import guardians
from shared.contracts.dossier.papers import child_papers as papers
from shared.contracts.dossier.registrations import TooManyPapers
from shared.contracts.errors import Outdated
from shared.contracts.sections.consents import ACTS
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import portal as make
from tests.factories import sent_files
from tests.factories.clamd import clamd
from tests.factories.portal import CLAIRE, Child, Portal, main_of, posts

HOME = new_id()
MANON, HUGO = Child("Manon", providers=("ens",)), Child("Hugo", providers=("ens",))


def next_year() -> date:
    return today() + timedelta(days=300)


class Safe:
    """The dossier as far as papers go: it keeps what comes, and shows what it is told to."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self.parts: list[Any] = []
        self.shown: list[dict[str, Any]] = []
        self.state = "unsaid"
        me = {"guardian": {"id": CLAIRE, "name": "Claire Lefèvre"}, "households": [HOME]}
        mine = me | {"children": [MANON.row, HUGO.row]}
        answers = portal.callees.answers
        answers("dossier", guardians.my_children, lambda _: mine)
        answers("dossier", papers.child_papers, lambda _: {"papers": self.shown})
        answers("dossier", papers.child_consents, lambda _: self.consents())
        answers("dossier", papers.keep_paper, self.keeps)

    def keeps(self, request: Any) -> dict[str, Any]:
        self.parts.append(request)
        return {"whole": request.part + 1 == request.parts, "recipients": ["ens"]}

    def consents(self) -> dict[str, Any]:
        rows = [
            {
                "act": act,
                "state": self.state,
                "since": today() if self.state != "unsaid" else None,
                "mine": True if self.state != "unsaid" else None,
                "mine_on": None,
                "asks": self.state == "unsaid",
            }
            for act in ACTS
        ]
        return {"consents": rows, "said": []}

    def file_of(self, child: Child) -> bytes:
        parts = [one for one in self.parts if one.child_id == child.id]
        return b"".join(base64.b64decode(one.content) for one in parts)


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    with make.portal_on(database, tmp_path) as portal:
        portal.receives_guardian_card(CLAIRE, [HOME], MANON, HUGO)
        yield portal


@pytest.fixture
def safe(portal: Portal) -> Safe:
    return Safe(portal)


@pytest.fixture
def claire(portal: Portal) -> FlaskClient:
    browser = portal.site.test_client()
    make.sign_in(browser, CLAIRE)
    return browser


def page_of(browser: FlaskClient) -> str:
    answer = browser.get(f"/enfants/{MANON.id}/papiers")
    assert answer.status_code == 200
    return main_of(answer.text)


def photo(name: str = "page.jpg", kind: str = "JPEG") -> tuple[io.BytesIO, str]:
    return io.BytesIO(sent_files.photographed(kind)), name


def keeps(browser: FlaskClient, **more: Any) -> Any:
    usual = {
        "kind": "insurance",
        "valid_until": next_year().strftime("%d/%m/%Y"),
        "pages": [photo()],
    }
    return posts(browser, f"/enfants/{MANON.id}/papiers", **usual | more)


def test_three_photographed_pages_become_one_pdf_of_three_pages(
    safe: Safe, claire: FlaskClient
) -> None:
    sent = [photo("1.jpg"), photo("2.png", "PNG"), (io.BytesIO(sent_files.document()), "3.pdf")]

    answer = keeps(claire, pages=sent)

    assert answer.status_code == 303
    with pikepdf.open(io.BytesIO(safe.file_of(MANON))) as bound:
        assert len(bound.pages) == 3
    assert {(one.kind, one.valid_until) for one in safe.parts} == {("insurance", next_year())}


def test_the_same_paper_is_kept_for_a_brother_in_one_act(safe: Safe, claire: FlaskClient) -> None:
    keeps(claire, children=[HUGO.id])

    assert safe.file_of(MANON) == safe.file_of(HUGO) != b""
    assert len({one.paper_id for one in safe.parts}) == 2


def test_a_form_sent_twice_keeps_one_paper(safe: Safe, claire: FlaskClient) -> None:
    act = new_id()

    for _ in range(2):
        keeps(claire, act=act, pages=[photo()])

    assert len({one.paper_id for one in safe.parts}) == 1


def test_the_same_form_with_another_paper_after_going_back_keeps_both(
    safe: Safe, claire: FlaskClient
) -> None:
    act = new_id()

    keeps(claire, act=act, pages=[photo()])
    keeps(claire, act=act, pages=[photo()], kind="vaccinations", valid_until="")
    keeps(claire, act=act, pages=[photo("2.png", "PNG")])

    assert len({one.paper_id for one in safe.parts}) == 3


def test_where_a_brothers_safe_is_full_he_is_named_and_trying_again_gives_no_paper_twice(
    safe: Safe, claire: FlaskClient
) -> None:
    def keeps_for_manon(request: Any) -> dict[str, Any]:
        if request.child_id == HUGO.id:
            raise TooManyPapers(most=24)
        return safe.keeps(request)

    safe.portal.callees.answers("dossier", papers.keep_paper, keeps_for_manon)
    answer = keeps(claire, children=[HUGO.id])
    act = re.search(r'name="act" value="([^"]+)"', answer.text)

    assert answer.status_code == 422 and act
    assert "Hugo a déjà 24 papiers ici : retirez-en un." in main_of(answer.text)
    assert keeps(claire, act=act[1]).status_code == 303
    assert len({one.paper_id for one in safe.parts}) == 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"kind": ""}, "Choisissez de quel papier il s’agit."),
        ({"valid_until": ""}, "Écrivez le dernier jour du papier"),
        ({"valid_until": "01/09/2020"}, "Ce papier n’est plus valable"),
        ({"pages": []}, "Choisissez d’abord une photo ou un PDF."),
        ({"pages": [(io.BytesIO(b"du texte"), "a.txt")]}, "ni une photo ni un PDF"),
        ({"children": ["00000000-0000-4000-8000-000000000000"]}, "Choisissez parmi vos enfants."),
    ],
    ids=["kind", "no day", "past", "no page", "no photo", "no child"],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_leaves(
    safe: Safe, claire: FlaskClient, wrong: dict[str, Any], sentence: str
) -> None:
    answer = keeps(claire, **deepcopy(wrong))  # a file is closed once it is sent

    assert answer.status_code == 422
    assert sentence in main_of(answer.text)
    assert safe.parts == []


def test_vaccinations_have_no_last_day(safe: Safe, claire: FlaskClient) -> None:
    assert keeps(claire, kind="vaccinations", valid_until="").status_code == 303
    assert {one.valid_until for one in safe.parts} == {None}


def test_a_full_safe_and_a_dossier_that_is_away_are_said_in_words(
    safe: Safe, claire: FlaskClient
) -> None:
    answers = safe.portal.callees.answers

    answers("dossier", papers.keep_paper, TooManyPapers(most=24))
    assert "Manon a déjà 24 papiers ici" in main_of(keeps(claire).text)

    answers("dossier", papers.keep_paper, None)
    away = keeps(claire)
    assert away.status_code == 503
    assert "Le papier n’est pas encore déposé." in main_of(away.text)


def test_a_virus_is_refused_by_a_real_antivirus_and_does_not_leave(
    database: Database, tmp_path: Path
) -> None:
    with ExitStack() as closing:
        antivirus = closing.enter_context(clamd("AlertExceedsMax yes"))
        portal = closing.enter_context(
            make.portal_on(database, tmp_path, ANTIVIRUS=antivirus.place)
        )
        portal.receives_guardian_card(CLAIRE, [HOME], MANON, HUGO)
        safe, browser = Safe(portal), portal.site.test_client()
        make.sign_in(browser, CLAIRE)
        with pikepdf.open(io.BytesIO(sent_files.document())) as pdf:
            pdf.attachments["facture.com"] = EICAR
            # ClamAV 1.4 overlooks a filter that stands behind a dictionary.
            del pdf.attachments["facture.com"].get_file().obj["/Params"]
            infected = io.BytesIO(sent_files.saved(pdf)), "assurance.pdf"

        answer = keeps(browser, pages=[photo(), infected])

    assert answer.status_code == 422
    assert "L’antivirus a reconnu un virus" in main_of(answer.text)
    assert safe.parts == []


def test_a_paper_is_made_anew_for_who_opens_it(safe: Safe, claire: FlaskClient) -> None:
    kept = base64.b64encode(sent_files.scripted()).decode()
    answer = {"media_type": "application/pdf", "parts": 1, "content": kept}
    safe.portal.callees.answers("dossier", papers.paper_part, lambda _request: answer)

    opened = claire.get(f"/enfants/{MANON.id}/papiers/{new_id()}")

    assert opened.headers["Content-Disposition"].startswith("inline")
    with pikepdf.open(io.BytesIO(opened.data)) as shown:
        assert "/OpenAction" not in shown.Root


def test_the_page_says_what_became_of_each_paper(safe: Safe, claire: FlaskClient) -> None:
    paper = {"kept_on": date(2026, 9, 1), "mine": True, "decided_on": date(2026, 9, 2)}
    safe.shown = [
        paper
        | {"id": new_id(), "kind": "care_plan", "valid_until": today() + timedelta(days=9)}
        | {"state": "accepted", "reason": "", "decided_by": "ens", "counts": True},
        paper
        | {"id": new_id(), "kind": "insurance", "valid_until": next_year(), "mine": False}
        | {"state": "refused", "reason": "unreadable", "decided_by": "ens", "counts": False},
    ]

    page = page_of(claire)

    assert "Attestation d’assurance refusé" in page
    assert "On ne peut pas le lire : photographiez-le de nouveau" in page
    assert "par un autre responsable · vu par Service Enseignement" in page
    assert "bientôt à renouveler" in page.partition("PAI signé vérifié")[2]
    assert page.count("Retirer") == 2, "one may be taken back, and the page asks once more"
    assert "Retirer Le papier est effacé" in page and "Retirer ce papier" in page


def test_a_consent_is_given_and_withdrawn_on_the_text_that_was_read(
    safe: Safe, claire: FlaskClient
) -> None:
    said: list[Any] = []

    def says(request: Any) -> dict[str, Any]:
        said.append(request)
        return {}

    safe.portal.callees.answers("dossier", papers.say_consent, says)
    word = {"consent": "image", "version": ACTS["image"].version}

    for given in ("yes", "no"):
        answer = posts(claire, f"/enfants/{MANON.id}/autorisations", given=given, **word)
        assert answer.status_code == 303

    assert [(one.act, one.given, one.version) for one in said] == [
        ("image", True, ACTS["image"].version),
        ("image", False, ACTS["image"].version),
    ]
    safe.portal.callees.answers("dossier", papers.say_consent, Outdated(version=0))
    posts(claire, f"/enfants/{MANON.id}/autorisations", given="yes", **word)
    assert "Le texte vient de changer" in page_of(claire)


def test_where_nobody_has_answered_the_page_asks_and_after_a_yes_offers_to_withdraw(
    safe: Safe, claire: FlaskClient
) -> None:
    assert "personne n’a répondu J’autorise Je n’autorise pas" in page_of(claire)
    rules = page_of(claire).partition("Règlement intérieur")[2].partition("Rentrer seul")[0]
    assert "J’accepte Je n’accepte pas" in rules and "autorise" not in rules

    safe.state = "given"

    assert "Je n’autorise plus" in page_of(claire)
    assert "J’autorise Je n’autorise" not in page_of(claire)


def test_a_paper_that_ends_soon_is_one_line_to_do_and_its_kind_is_not_on_the_first_page(
    portal: Portal, safe: Safe, claire: FlaskClient
) -> None:
    last = today() + timedelta(days=30)
    event = {"key": new_id(), "subject": CLAIRE, "child_id": MANON.id, "last_day": last}

    for _ in range(2):
        portal.receives(papers.paper_expiring, "dossier", at=now(), **event)

    page = main_of(claire.get("/").text)
    assert page.count("Renouveler un papier : Manon") == 1
    assert "assurance" not in page.lower() and "PAI" not in page
    assert "Un papier est bientôt à renouveler" in main_of(claire.get("/nouvelles").text)


def test_an_address_that_names_no_child_or_paper_is_not_found(
    safe: Safe, claire: FlaskClient
) -> None:
    for page in ("/enfants/personne/papiers", f"/enfants/{MANON.id}/papiers/aucun"):
        assert claire.get(page).status_code == 404
    for act, more in (
        ("/enfants/personne/papiers", {}),
        ("/enfants/personne/papiers/aucun/retirer", {}),
        ("/enfants/personne/autorisations", {"consent": "outing", "given": "yes"}),
        (f"/enfants/personne/papiers/{new_id()}/retirer", {}),
    ):
        assert posts(claire, act, **more).status_code == 404
