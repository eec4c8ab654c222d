"""A section that only some activities ask for: where its card stands, its form, who receives it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.portal_gateway.overview.queries.completeness import missing_sections_of
from services.portal_gateway.session.queries.children import family_of_card
from shared.contracts.dossier import guardians
from shared.dates.clock import now
from shared.register import Register
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import portal as make
from tests.factories.portal import CLAIRE, Child, Portal, main_of, posts

HOME = new_id()
SWIMS = Child("Manon", providers=("ens", "agg"), missing=("swimming",))
STAYS_DRY = Child("Léo", providers=("ens",), missing=("swimming",))
CERTIFICATE = {
    "paper": "pass_nautique",
    "obtained_on": "2026-06-20",
    "issued_by": "Piscine de Grandval",
}
TITLE = "Attestation de natation"


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    """Give the portal; the dossier has two children, and of neither a certificate."""
    with make.portal_on(database, tmp_path) as portal:
        portal.receives_guardian_card(CLAIRE, [HOME], SWIMS, STAYS_DRY)
        me = {"guardian": {"id": CLAIRE, "name": "Claire Lefèvre"}, "households": [HOME]}
        mine = me | {"children": [SWIMS.row, STAYS_DRY.row]}
        portal.callees.answers("dossier", guardians.my_children, lambda _: mine)
        portal.callees.answers("dossier", guardians.completeness, lambda _: {"activities": LACKS})
        knows(portal)
        holds(portal, {})
        yield portal


LACKS = [
    {
        "provider": "agg", "activity": code, "label": label,
        "missing": missing, "later": [], "by": None,
    }
    for code, label, missing in (
        ("judo", "Judo", []),
        ("swimming_school", "École de natation", ["swimming"]),
    )
]  # fmt: skip


def holds(portal: Portal, certificate: dict[str, Any]) -> None:
    """Let the dossier have this certificate, and nothing else."""

    def answer(request: Any) -> dict[str, Any]:
        content = certificate if request.section == "swimming" else {}
        by = "you" if content else "nobody"
        return {"section": request.section, "version": 0, "content": content, "changed_by": by}

    portal.callees.answers("dossier", guardians.read_section, answer)


def knows(portal: Portal, *holdings: dict[str, Any]) -> None:
    links = [
        {"provider": code, "origin": "imported", "opened_at": now()} for code in ("ens", "agg")
    ]
    told = {"holdings": list(holdings), "links": links}
    portal.callees.answers("dossier", guardians.who_knows, lambda _: told)


def page_of(browser: FlaskClient, child: Child, part: str = "") -> str:
    answer = browser.get(f"/enfants/{child.id}{part}")
    assert answer.status_code == 200
    return main_of(answer.text)


def test_a_childs_page_asks_for_the_certificate_where_a_service_of_its_own_swims(
    browser: FlaskClient,
) -> None:
    swims, stays_dry = page_of(browser, SWIMS), page_of(browser, STAYS_DRY)

    assert f"{TITLE} jamais rempli À remplir pour : École de natation" in swims
    assert "École de natation l’attestation de natation" in swims
    assert "natation" not in stays_dry


def test_a_child_of_no_service_is_asked_for_nothing(portal: Portal, browser: FlaskClient) -> None:
    gone = Child("Manon", providers=(), missing=("diet", "health"))
    portal.receives_guardian_card(CLAIRE, [HOME], gone, version=2)
    mine = {"guardian": {"id": CLAIRE, "name": "Claire"}, "households": [HOME]}
    mine |= {"children": [gone.row]}
    portal.callees.answers("dossier", guardians.my_children, lambda _: mine)

    assert "Ce qui manque au dossier" not in page_of(browser, gone)
    assert "Compléter le dossier" not in main_of(browser.get("/").text)


def test_a_certificate_once_given_stays_on_the_page_though_nobody_asks_for_it(
    portal: Portal, browser: FlaskClient
) -> None:
    holds(portal, CERTIFICATE)

    page = page_of(browser, STAYS_DRY)

    assert f"{TITLE} Attestation Pass-nautique (centre de loisirs, club)" in page
    assert "Obtenue le 20 juin 2026 Délivrée par Piscine de Grandval" in page


def test_the_first_page_does_not_ask_every_child_of_a_sports_club_for_it(
    browser: FlaskClient,
) -> None:
    page = main_of(browser.get("/").text)

    assert "Compléter le dossier" not in page


def test_the_form_says_who_will_read_it_comes_back_with_its_mistakes_and_is_saved(
    portal: Portal, browser: FlaskClient
) -> None:
    told: dict[str, Any] = {}

    def writes(request: Any) -> dict[str, Any]:
        told.update(request.content)
        return {"version": 1, "recipients": ["agg"]}

    portal.callees.answers("dossier", guardians.write_section, writes)
    path = f"/enfants/{SWIMS.id}/natation"

    form = page_of(browser, SWIMS, "/natation")
    wrong = posts(browser, path, version="0", paper="pass_nautique", obtained_on="hier")
    saved = posts(browser, path, version="0", **CERTIFICATE | {"obtained_on": "20/06/2026"})

    what = "l’attestation de natation (enfants inscrits à : École de natation)"
    assert f"Sports de l’agglomération recevra {what}." in form
    assert "Service Enseignement n’en recevra rien." in form
    assert wrong.status_code == 422
    assert "Obtenue le : Écrivez une date" in main_of(wrong.text)
    assert 'value="hier"' in wrong.text
    assert (saved.status_code, told) == (303, CERTIFICATE)


def test_at_an_open_page_nobody_adds_themselves_to_who_may_collect_the_child(
    portal: Portal, browser: FlaskClient
) -> None:
    make.last_proof_is_old()
    page = f"/enfants/{SWIMS.id}/qui-vient-chercher"

    for asked in (browser.get(page), posts(browser, page, version="0")):
        assert asked.status_code == 303 and asked.location.startswith("/compte/confirmer")

    assert portal.callees.count(guardians.write_section) == 0
    assert browser.get(f"/enfants/{SWIMS.id}/alimentation").status_code == 200


def test_who_tells_of_health_reads_whom_to_call_where_the_child_is_expected_today(
    portal: Portal, browser: FlaskClient
) -> None:
    portal.callees.answers(
        "dossier", guardians.write_section, lambda _: {"version": 1, "recipients": ["ens"]}
    )
    sentence = "Appelez aussi, une liste est peut-être déjà imprimée"

    health = posts(browser, f"/enfants/{SWIMS.id}/sante", version="0", has_plan="no")
    told = page_of(browser, SWIMS)
    swimming = posts(browser, f"/enfants/{SWIMS.id}/natation", version="0", **CERTIFICATE)

    assert (health.status_code, swimming.status_code) == (303, 303)
    assert sentence in told and "02 00 00 00 00" in told
    assert sentence not in page_of(browser, SWIMS)


def test_in_english_the_form_says_nothing_where_a_field_has_no_hint(browser: FlaskClient) -> None:
    browser.get("/langue/en")

    form = page_of(browser, SWIMS, "/natation")

    assert "Which certificate?" in form
    assert "Project-Id-Version" not in form


def test_who_knows_what_names_the_service_that_has_the_certificate(
    portal: Portal, browser: FlaskClient
) -> None:
    holds(portal, CERTIFICATE)
    sent = {"projection": "swimming", "provider": "agg", "sent_at": now(), "received_at": now()}
    knows(portal, sent | {"filled": True, "seen_at": None, "seen_by": ""})

    page = page_of(browser, SWIMS, "/qui-sait-quoi")

    assert f"{TITLE} Pass-nautique (centre de loisirs, club) A Sports de l’agglomération" in page
    assert "Pour : Savoir que l’enfant peut entrer dans l’eau" in page
    assert "Ne le reçoit pas : Service Enseignement" in page


def test_judo_is_not_said_to_lack_what_the_pool_asks_for(portal: Portal) -> None:
    register: Register = portal.site.extensions["preau_shell"].register
    card = {"children": [SWIMS.row | {"birth_date": "2019-03-02"}], "households": [HOME]}
    (child,) = family_of_card(card).children

    assert missing_sections_of(register, child, "agg", "judo") == []
    assert [
        each.slug for each in missing_sections_of(register, child, "agg", "swimming_school")
    ] == ["natation"]


def test_a_family_is_asked_to_choose_anew_what_the_town_no_longer_offers(
    portal: Portal, browser: FlaskClient
) -> None:
    told = {"section": "diet", "version": 1, "changed_by": "you"}
    content = {"menu": "halal", "without": ["egg"]}
    portal.callees.answers("dossier", guardians.read_section, lambda _: told | {"content": content})

    page = page_of(browser, SWIMS, "/alimentation")

    assert "Choisissez de nouveau : halal (n’est plus proposé)." in page
    assert "sans œuf (n’est" not in page.lower()


def test_a_family_is_asked_to_read_again_what_came_from_the_former_software(
    portal: Portal, browser: FlaskClient
) -> None:
    content = {"diet": {"menu": "vegetarian", "without": []}}

    def page(changed_by: str, days_ago: int) -> str:
        told = {"version": 1, "changed_by": changed_by}
        told |= {"changed_at": now() - timedelta(days=days_ago)}
        portal.callees.answers(
            "dossier",
            guardians.read_section,
            lambda each: {
                **told,
                "section": each.section,
                "content": content.get(each.section, {}),
            },
        )
        return page_of(browser, SWIMS)

    of_late, own, long_ago = page("imported", 1), page("you", 1), page("imported", 400)

    asked = "La ville a repris ces données de son ancien logiciel."
    for each in (of_late, long_ago):  # whoever is invited a year later has read nothing yet
        assert asked in each and "depuis l’ancien logiciel" in each
        assert "C’est toujours juste" in each
    assert asked not in own and "par vous" in own and "C’est toujours juste" not in own


def test_what_is_still_right_is_said_with_one_button_and_written_in_its_readers_name(
    portal: Portal, browser: FlaskClient
) -> None:
    diet = {"menu": "vegetarian", "without": []}
    told = {"section": "diet", "version": 3, "changed_by": "imported", "content": diet}
    portal.callees.answers("dossier", guardians.read_section, lambda _: told)
    written: list[Any] = []
    portal.callees.answers(
        "dossier",
        guardians.write_section,
        lambda each: written.append(each) or {"version": 4, "recipients": []},
    )
    page = f"/enfants/{SWIMS.id}"

    answer = posts(browser, f"{page}/alimentation/juste", version="3")

    assert (answer.status_code, answer.location) == (303, page)
    assert [(each.section, each.base_version, each.content) for each in written] == [
        ("diet", 3, diet)
    ]
