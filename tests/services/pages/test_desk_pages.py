"""The desk on both databases, as a browser sees it, while the broker is down."""

import re
from datetime import timedelta

import pytest

from services.enrolment.models import DeskDoor, DeskSession, Place
from services.enrolment.service import EnrolmentService
from services.enrolment.store import sessions, store
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories import enrolment as make
from tests.factories import offer
from tests.factories.enrolment import Child, Desk, Provider, item
from tests.factories.places import Family, arrives

FULL = {
    "allergies": make.allergies("arachide"),
    "diet": make.diet("no_pork", "egg"),
    "pickup": {"people": [{"name": "Paul Morel", "relation": "voisin", "phone": ""}]},
    "schooling": {"school": "Jules-Ferry", "grade": "CE1", "class_name": "CE1 B"},
}


@pytest.fixture
def kitchen(ens: Provider, desk: Desk) -> Desk:
    """Give the desk with somebody of the kitchen signed in."""
    desk.signs_in(ens.has_agent("kitchen"))
    return desk


def child_at(ens: Provider, child: Child, **projections: object) -> str:
    """Let a child arrive with what its family told; return its page."""
    ens.receives_child(child, **(projections or FULL))
    return f"/enfants/{child.id}"


# What is to come


def test_a_child_s_page_says_to_which_school_it_goes_next_and_from_when(
    ens: Provider, desk: Desk
) -> None:
    desk.signs_in(ens.has_agent("lead"))
    coming = {"day": "2027-01-04", "school": "Les Tilleuls", "grade": "CE1", "class_name": ""}
    page = child_at(ens, Child(), **FULL | {"schooling": FULL["schooling"] | {"next": coming}})

    shown = " ".join(re.sub("<[^>]+>", " ", desk.sees(page)).split())

    assert "École Jules-Ferry Niveau CE1" in shown
    assert "À partir du 4 janvier 2027 Les Tilleuls · CE1" in shown.replace("\xa0", " ")


def test_a_child_s_page_says_after_which_day_it_leaves_the_town(ens: Provider, desk: Desk) -> None:
    desk.signs_in(ens.has_agent("lead"))
    household = Family()
    arrives(ens, household)
    page = f"/enfants/{household.child.id}"
    assert "quitte la ville" not in desk.sees(page)

    told = household.file | {"last_day": "2027-01-31"}
    ens.receives("family", item(household.child.id, 2, told))

    assert "quitte la ville après le 31 janvier 2027" in desk.sees(page).replace("\xa0", " ")


# Coming in


def test_who_is_not_signed_in_is_sent_to_the_sign_in_page(desk: Desk) -> None:
    for path in ("/", "/enfants", f"/enfants/{new_id()}", "/agents"):
        answer = desk.client.get(path)

        assert answer.status_code == 303
        assert answer.location.startswith("/connexion?retour=")


def test_with_the_broker_down_signing_in_is_said_to_be_impossible(desk: Desk) -> None:
    answer = desk.sends("/connexion", login="sophie.bernard", password="trois petits chats")

    assert answer.status_code == 503
    assert "La connexion est impossible en ce moment." in answer.text
    assert 'value="sophie.bernard"' in answer.text
    assert "trois petits chats" not in answer.text


def test_an_invitation_waits_until_identity_is_back(desk: Desk) -> None:
    form = {"code": "ABCD-EFGH", "password": "quatre mots sans rapport"}

    mistyped = desk.sends("/activation", at="/activation", **form, again="quatre mots")
    answer = desk.sends("/activation", at="/activation", **form, again=form["password"])

    assert mistyped.status_code == 422
    assert "Les deux mots de passe ne sont pas les mêmes." in mistyped.text
    assert answer.status_code == 503
    assert "Votre code reste valable." in answer.text and "ABCD-EFGH" in answer.text
    assert "quatre mots sans" not in answer.text.replace("Quatre mots sans", "")


def test_an_empty_form_says_what_is_missing(desk: Desk) -> None:
    answer = desk.sends("/connexion", login="", password="")

    assert answer.status_code == 422
    assert "Écrivez votre identifiant." in answer.text
    assert "Écrivez votre mot de passe." in answer.text


def test_a_form_without_its_token_is_refused(desk: Desk) -> None:
    assert desk.client.post("/connexion", data={"login": "x", "password": "y"}).status_code == 400


def test_the_second_step_opens_only_behind_the_first_and_not_for_long(desk: Desk) -> None:
    assert desk.client.get("/connexion/code").status_code == 302

    secret = sessions.keep_typed_login("sophie.bernard", "trois petits chats", now())
    desk.client.set_cookie(f"{desk.principal}_door", secret)
    assert "Code à 6 chiffres" in desk.sees("/connexion/code")

    assert sessions.typed_login(secret, now() + timedelta(minutes=6)) is None
    assert sessions.typed_login("another secret", now()) is None


def test_the_database_alone_opens_neither_a_session_nor_a_password(
    ens: Provider, kitchen: Desk
) -> None:
    sessions.keep_typed_login("sophie.bernard", "trois petits chats", now())

    with store.read() as read:
        door, session = read.query(DeskDoor).one(), read.query(DeskSession).one()

    assert b"petits" not in door.credentials
    assert b"identity_session" not in session.identity
    assert sessions.find(session.id, now()) is None


def test_a_session_ends_by_idleness_and_in_any_case_after_twelve_hours(
    ens: Provider, desk: Desk
) -> None:
    desk.signs_in(ens.has_agent("kitchen"))
    cookie = desk.client.get_cookie(f"{desk.principal}_session")
    assert cookie is not None
    at = now()

    assert sessions.find(cookie.value, at + timedelta(minutes=59)) is not None
    assert sessions.find(cookie.value, at + timedelta(minutes=120)) is None
    for hours in range(1, 13):
        sessions.find(cookie.value, at + timedelta(minutes=59) + timedelta(minutes=59 * hours))
    assert sessions.find(cookie.value, at + timedelta(hours=12, minutes=1)) is None


def test_signing_out_ends_the_session_even_while_identity_is_away(
    ens: Provider, kitchen: Desk
) -> None:
    answer = kitchen.sends("/deconnexion", at="/")

    assert answer.status_code == 303
    assert kitchen.client.get("/").location.startswith("/connexion")
    with store.read() as read:
        assert read.query(DeskSession).count() == 0


def test_old_sessions_and_doors_are_deleted_by_the_service(ens: Provider, kitchen: Desk) -> None:
    sessions.keep_typed_login("sophie.bernard", "trois petits chats", now() - timedelta(minutes=6))
    sessions.keep_typed_login("sophie.bernard", "trois petits chats", now())

    EnrolmentService().forget()

    with store.read() as read:
        assert (read.query(DeskDoor).count(), read.query(DeskSession).count()) == (1, 1)


# Rights


def test_a_role_sees_exactly_its_sections_and_no_trace_of_the_others(
    ens: Provider, kitchen: Desk
) -> None:
    page = child_at(ens, Child())

    page_text = kitchen.sees(page)

    for shown in ("Manon Lefèvre", "arachide", "Sans porc", "Sans œuf", "Claire Lefèvre"):
        assert shown in page_text, shown
    for absent in ("Qui peut venir chercher", "Paul Morel", "École et classe", "Jules-Ferry"):
        assert absent not in page_text, absent


def test_another_role_sees_its_own(ens: Provider, desk: Desk) -> None:
    page = child_at(ens, Child())
    desk.signs_in(ens.has_agent("school_desk"))

    page_text = desk.sees(page)

    assert "Paul Morel" in page_text and "Jules-Ferry" in page_text
    assert (
        "arachide" not in page_text
        and "Allergies" not in page_text
        and "Sans porc" not in page_text
    )


def test_allergies_and_the_care_plan_come_first(ens: Provider, desk: Desk) -> None:
    child = Child()
    plan = child.care_core(care_plan=make.care_plan())
    page = child_at(ens, child, **(FULL | {"care_core": plan}))
    desk.signs_in(ens.has_agent("lead"))

    titles = re.findall(
        r'<section class="card section[^"]*" aria-label="([^"]+)"', _page(desk, page)
    )

    assert titles[:2] == ["Allergies", "L’essentiel"]
    assert "stylo, puis appeler le 15" in desk.sees(page)


def test_no_plan_is_said_to_be_unknown_for_the_family_may_not_have_answered(
    ens: Provider, kitchen: Desk
) -> None:
    child = Child()

    page_text = kitchen.sees(child_at(ens, child, care_core=child.care_core()))

    assert "Aucun PAI n’est connu." in page_text


def test_an_expired_care_plan_stands_with_its_date(ens: Provider, kitchen: Desk) -> None:
    child = Child()
    expired = child.care_core(care_plan=make.care_plan("2026-01-31"))
    page = child_at(ens, child, care_core=expired)

    page_text = kitchen.sees(page)

    assert "Expiré le 31 janvier 2026 : conduite maintenue, à renouveler." in page_text
    assert "trousse rouge" in page_text


def test_a_barred_adult_is_named_where_the_child_is_handed_over(
    ens: Provider, kitchen: Desk
) -> None:
    child = Child()
    page = child_at(ens, child, care_core=child.care_core(not_to_hand_over=["Marc Lefèvre"]))

    assert "Ne pas remettre à Marc Lefèvre" in kitchen.sees(page)


def test_an_administrator_alone_sees_no_child(ens: Provider, desk: Desk) -> None:
    page = child_at(ens, Child())
    desk.signs_in(ens.has_agent("administrator"))

    assert desk.client.get("/").location == "/agents"
    assert "Manon" not in desk.sees(page, status=404)
    assert "Manon" not in desk.sees("/enfants?q=manon", status=404)
    assert desk.sends(f"{page}/vu/allergies", at=page, version=1).status_code == 404


def test_who_sees_children_is_no_administrator(ens: Provider, kitchen: Desk) -> None:
    assert kitchen.client.get("/agents").status_code == 404
    assert "Agents et droits" not in kitchen.sees("/")
    token = {"login": "x", "name": "y", "role": "lead", "valid_from": "2026-11-24"}
    assert kitchen.sends("/agents", at="/", **token).status_code == 404


def test_a_right_that_is_withdrawn_is_gone_with_the_next_page(ens: Provider, desk: Desk) -> None:
    page = child_at(ens, Child())
    subject = ens.has_agent("kitchen")
    desk.signs_in(subject)
    assert "arachide" in desk.sees(page)

    ens.has_agent(subject=subject, version=2)

    assert "arachide" not in desk.sees(page, status=404)
    assert "Aucun droit aujourd’hui" in desk.sees("/")


def test_a_right_ends_with_its_last_day(ens: Provider, desk: Desk) -> None:
    page = child_at(ens, Child())
    subject = ens.has_agent("kitchen")
    desk.signs_in(subject)

    ens.end_right(subject, today())
    assert "arachide" in desk.sees(page)
    ens.end_right(subject, today() - timedelta(days=1))
    assert "arachide" not in desk.sees(page, status=404)


def test_a_suspended_account_is_out_with_the_next_page(ens: Provider, desk: Desk) -> None:
    subject = ens.has_agent("kitchen")
    desk.signs_in(subject)

    ens.has_agent("kitchen", subject=subject, version=2, active=False)

    assert desk.client.get("/").location.startswith("/connexion")


def test_a_token_that_identity_no_longer_takes_shows_nothing_without_identity(
    ens: Provider, desk: Desk
) -> None:
    page = child_at(ens, Child())
    subject = ens.has_agent("kitchen")
    desk.signs_in(subject)

    cut_off = now() + timedelta(minutes=1)
    ens.has_agent("kitchen", subject=subject, version=2, not_before=cut_off)

    assert "arachide" not in desk.sees(page, status=503)


def test_somebody_of_whom_identity_has_not_told_yet_waits_for_the_rights(desk: Desk) -> None:
    desk.signs_in(new_id())

    assert "Vos droits ne sont pas encore arrivés ici." in desk.sees("/")
    desk.sees("/enfants", status=404)


# Working


def test_with_the_broker_down_and_the_token_spent_the_desk_still_shows_children(
    ens: Provider, desk: Desk
) -> None:
    page = child_at(ens, Child())
    desk.signs_in(ens.has_agent("kitchen", "administrator"))
    with store.write() as write:
        write.query(DeskSession).update({"token_until": now() - timedelta(minutes=25)})

    assert "arachide" in desk.sees(page)
    assert "Manon" in desk.sees("/a-voir")
    assert "Ce service ne répond pas en ce moment" in desk.sees("/agents", status=503)


def test_each_view_leaves_one_line_per_section_shown(ens: Provider, kitchen: Desk) -> None:
    page = child_at(ens, Child())

    kitchen.sees(page)

    lines = ens.published("projection_read")
    assert sorted(line["projection"] for line in lines) == ["allergies", "care_core", "diet"]
    assert {line["role"] for line in lines} == {"kitchen"}


def test_marking_as_seen_says_who_and_when_and_leaves_the_home_page(
    ens: Provider, kitchen: Desk
) -> None:
    page = child_at(ens, Child())
    assert "Lefèvre Manon" in kitchen.sees("/a-voir")
    assert kitchen.sees(page).count("Marquer comme vu") == 2

    for projection in ("allergies", "diet", "allergies"):
        answer = kitchen.sends(f"{page}/vu/{projection}", at=page, version=1)
        assert answer.status_code == 303

    page_text = kitchen.sees(page)
    assert page_text.count("Vu aujourd’hui à") == 2
    assert "Cuisine et salle" in page_text
    assert "Tout est vu" in kitchen.sees("/a-voir")
    seen = [line for line in ens.published("projection_held") if line["items"][0]["seen_version"]]
    assert [line["projection"] for line in seen] == ["allergies", "diet"]


def test_after_seen_the_next_child_opens_and_after_the_last_the_list(
    ens: Provider, kitchen: Desk
) -> None:
    first, second = (child_at(ens, Child(first_name=name)) for name in ("Manon", "Lucas"))
    assert kitchen.client.get("/a-voir/suivant").location == f"{first}?suite=1"
    assert kitchen.client.get(f"/a-voir/suivant?apres={first.rsplit('/', 1)[-1]}").location == (
        f"{second}?suite=1"
    )

    went = []
    for page in (first, second):
        marks = re.findall(
            r'name="seen" value="([^"]+)"', kitchen.client.get(f"{page}?suite=1").text
        )
        child_id = page.rsplit("/", 1)[-1]
        form = {"child_id": child_id, "seen": marks}
        went.append(kitchen.sends("/a-voir/suivant", at=page + "?suite=1", **form).location)

    assert went == [f"{second}?suite=1", "/a-voir"]
    assert "Tout est vu" in kitchen.sees("/a-voir")
    seen = [line for line in ens.published("projection_held") if line["items"][0]["seen_version"]]
    assert [line["projection"] for line in seen] == ["allergies", "diet"] * 2


def test_who_marks_one_section_in_turn_stays_until_the_last_of_the_child(
    ens: Provider, kitchen: Desk
) -> None:
    first, second = (child_at(ens, Child(first_name=name)) for name in ("Manon", "Lucas"))

    went = [
        kitchen.sends(f"{first}/vu/{projection}", at=first, version=1, suite="1").location
        for projection in ("allergies", "diet")
    ]

    assert went == [f"{first}?suite=1", f"{second}?suite=1"]


def test_a_group_is_seen_at_once_with_what_was_read_of_each_child(
    ens: Provider, kitchen: Desk
) -> None:
    children = [Child(first_name=name) for name in ("Manon", "Lucas")]
    for child in children:
        child_at(ens, child)
    with store.write() as write:
        group = offer.a_group(write, offer.an_activity(write))
        for child in children:
            since = {"valid_from": today() - timedelta(days=1)}
            write.add(Place(id=new_id(), child_id=child.id, group_id=group.id, **since))
    ens.clear_outbox()
    address = f"/a-voir/groupes/{group.id}"
    page = kitchen.client.get(address).text
    reads = [(line["child_id"], line["projection"]) for line in ens.published("projection_read")]
    both = [(child.id, projection) for child in children for projection in ("allergies", "diet")]
    assert sorted(reads) == sorted(both)

    marks = re.findall(r'name="seen" value="([^"]+)"', page)
    ens.receives("diet", item(children[1].id, 2, make.diet("vegetarian")))
    elsewhere = f"{new_id()}:diet:1"
    answer = kitchen.sends(address, at=address, seen=[*marks, elsewhere, "?"])

    assert answer.location == "/a-voir" and len(marks) == len(both)
    words = kitchen.sees("/a-voir")
    assert "Vu pour 2 enfants." in words and "Lucas" in words and "Manon" not in words
    assert kitchen.client.get(f"/a-voir/groupes/{new_id()}").status_code == 404


def test_who_has_many_entries_finds_them_by_work_and_who_has_few_in_one_row(
    ens: Provider, desk: Desk
) -> None:
    desk.signs_in(ens.has_agent("lead", "school_desk", "administrator"))
    page = desk.client.get("/offre").text
    menus = re.findall(r'<nav class="tabs[^>]*aria-label="([^"]+)">(.*?)</nav>', page, re.S)
    words = {label: re.findall(r'<a href="([^"]+)"', links) for label, links in menus}

    assert list(words) == ["Principale", "L’offre"]
    assert words["L’offre"] == ["/offre", "/calendrier", "/tarifs"]
    for label in ("Le jour", "Les enfants", "Les demandes", "L’offre", "Réglages"):
        assert label in page
    assert "La régie" not in page and 'aria-current="page"' in page

    desk.signs_in(ens.has_agent("kitchen"))
    page = desk.client.get("/a-voir").text
    assert page.count('<nav class="tabs') == 1 and "Les enfants" not in page


def test_a_role_that_marks_nothing_has_no_button(ens: Provider, desk: Desk) -> None:
    page = child_at(ens, Child())
    desk.signs_in(ens.has_agent("school_desk"))

    assert "Marquer comme vu" not in desk.sees(page)
    assert "Rien à marquer pour votre fonction" in desk.sees("/a-voir")
    assert desk.sends(f"{page}/vu/allergies", at=page, version=1).status_code == 404


def test_what_changed_since_the_screen_was_drawn_is_not_marked(
    ens: Provider, kitchen: Desk
) -> None:
    child = Child()
    page = child_at(ens, child)
    kitchen.sees(page)
    ens.receives("allergies", item(child.id, 2, make.allergies("arachide", "lait")))

    kitchen.sends(f"{page}/vu/allergies", at=page, version=1)

    page_text = kitchen.sees(page)
    assert "A changé aujourd’hui à" in page_text
    assert "lait" in page_text


def test_nothing_told_reads_as_such_and_asks_for_no_mark(ens: Provider, kitchen: Desk) -> None:
    page = child_at(ens, Child(), allergies=make.allergies(), diet=make.diet(None))

    page_text = kitchen.sees(page)

    assert "La famille n’a indiqué aucune allergie." in page_text
    assert "La famille n’a pas encore choisi de menu." in page_text
    assert "Marquer comme vu" not in page_text


def test_a_child_is_found_and_the_only_one_is_opened_at_once(ens: Provider, kitchen: Desk) -> None:
    one, other = Child("Maëlys", "D’Hérouville"), Child("Maël", "Petit")
    pages = [child_at(ens, child, diet=make.diet()) for child in (one, other)]

    assert kitchen.client.get("/enfants?q=dherou").location == pages[0]
    assert kitchen.client.get("/enfants?q=MAEL+pet").location == pages[1]
    page_text = kitchen.sees("/enfants?q=mael")
    assert "2 lignes" in page_text and "D’Hérouville Maëlys" in page_text
    assert "Aucun enfant à ce nom" in kitchen.sees("/enfants?q=zz")


def test_twins_are_told_apart_and_homonyms_by_their_birth_date(
    ens: Provider, kitchen: Desk
) -> None:
    for first_name, born in (("Léa", "2018-03-12"), ("Lou", "2018-03-12"), ("Léa", "2019-01-02")):
        child_at(ens, Child(first_name, "Martin", born), diet=make.diet())

    page_text = kitchen.sees("/enfants?q=martin")

    assert page_text.count("Martin Léa") == 2 and "Martin Lou" in page_text
    assert "12/03/2018" in page_text and "02/01/2019" in page_text


def test_a_child_that_never_was_and_one_that_left_read_alike(ens: Provider, kitchen: Desk) -> None:
    child = Child()
    page = child_at(ens, child, diet=make.diet())
    for projection in ("care_core", "diet"):
        ens.receives(projection, item(child.id, 2, None))

    gone = kitchen.sees(page, status=404)

    assert gone == kitchen.sees(f"/enfants/{new_id()}", status=404)


def test_a_care_core_in_its_last_day_says_until_when(ens: Provider, kitchen: Desk) -> None:
    child = Child()
    page = child_at(ens, child, diet=make.diet())
    ens.receives("care_core", item(child.id, 2, None, now() + timedelta(hours=24)))

    assert "L’inscription est terminée" in kitchen.sees(page)


def test_what_a_family_wrote_is_shown_as_text(ens: Provider, kitchen: Desk) -> None:
    child = Child("<b>Léo</b>", "Petit")
    page = child_at(ens, child, allergies=make.allergies("<script>alert(1)</script>"))

    html = _page(kitchen, page)

    assert "<script>alert" not in html and "<b>Léo" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_nothing_that_a_page_shows_is_kept_by_the_browser(ens: Provider, kitchen: Desk) -> None:
    page = child_at(ens, Child())

    assert kitchen.client.get(page).headers["Cache-Control"] == "no-store"


def test_the_desk_tells_operations_that_it_is_well(desk: Desk) -> None:
    assert desk.client.get("/health").json == {"ready": True, "database": True, "register": True}


def _page(desk: Desk, path: str) -> str:
    return desk.client.get(path).text
