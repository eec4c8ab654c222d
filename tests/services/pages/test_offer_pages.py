"""The desk's pages of the offer, the calendar and the day; the broker is down."""

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from services.enrolment.models import Activity, Booking, Closure, Group, ProtectedHousehold, Session
from services.enrolment.models.offer import DRAFT, OPEN
from services.enrolment.offer.commands.calendar.days import set_special_days
from services.enrolment.offer.commands.sessions import renew_all_sessions
from services.enrolment.offer.queries.calendar_days import current_calendar
from services.enrolment.store import store
from shared.dates.clock import now, today
from shared.register.calendar import BRIDGE, CLOSED, PUBLIC_HOLIDAY
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import attendance, offer
from tests.factories import enrolment as make
from tests.factories.enrolment import Child, Desk, Provider, item
from tests.factories.offer_forms import GROUP, a_month

ACTIVITY = {
    "label": "Restauration scolaire",
    "site": "École Jules-Ferry",
    "description": "Un repas complet.",
    "code": "canteen",
    "school_year": "2026-2027",
    "booking": "by_day",
    "allocation": "order",
    "opens_day": "2026-06-01",
    "opens_hour": "08:00",
    "book_days": "1",
    "book_hour": "18:00",
    "cancel_days": "0",
    "cancel_hour": "9 h 30",
    "answer_days": "3",
}


@pytest.fixture
def desk(ens: Provider) -> Desk:
    """Give the desk with the provider's administrator signed in."""
    desk = make.desk_of(ens)
    desk.signs_in(ens.has_agent("administrator"))
    return desk


def soon() -> date:
    return today() + timedelta(days=10)


def the_activity() -> Activity:
    with store.read() as read:
        return read.scalars(select(Activity)).one()


def the_group() -> Group:
    with store.read() as read:
        return read.scalars(select(Group)).one()


def sessions() -> list[Session]:
    with store.read() as read:
        return list(read.scalars(select(Session).order_by(Session.day)))


def a_booked_group(child: str = "", household: str = "", **activity: str) -> Group:
    with store.write() as write:
        group = offer.a_group(write, offer.an_activity(write, **activity))
        home, day = {"household_id": household or new_id()}, offer.session_on(write, group, soon())
        attendance.booked(write, day, child or new_id(), **home)
    return group


def sends(desk: Desk, path: str, at: str = "/offre/nouvelle", **form: Any) -> Any:
    return desk.sends(path, at=at, **form)


# The offer


def test_an_administrator_writes_an_activity_adds_a_group_and_opens_it(
    ens: Provider, desk: Desk
) -> None:
    desk.sees("/offre")
    assert sends(desk, "/offre/nouvelle", **ACTIVITY).status_code == 303
    page = f"/offre/{the_activity().id}"
    assert "Ajoutez d’abord un groupe." not in desk.sees(page)
    sends(desk, f"{page}/ouvrir")
    assert "Ajoutez d’abord un groupe." in desk.sees(page)
    assert sends(desk, f"{page}/groupes/nouveau", **GROUP, **a_month()).status_code == 303
    assert sessions() == [] and ens.published("activity_published") == []

    sends(desk, f"{page}/ouvrir")

    words = desk.sees(page)
    assert "L’activité est ouverte." in words and "séances à venir" in words
    assert "la veille ouvrée à 18 h" in words and "le jour même à 9 h 30" in words
    assert the_activity().state == OPEN
    assert len(sessions()) in (30, 31)
    (told,) = ens.published("activity_published")
    assert told["content"]["book_before"] == "1@18:00"
    assert told["content"]["cancel_before"] == "0@09:30"


def test_an_activity_with_mistakes_comes_back_with_what_was_typed(desk: Desk) -> None:
    wrong = {"label": "", "code": "hacking", "book_hour": "midi", "closes_day": "2026-05-01"}

    answer = sends(desk, "/offre/nouvelle", **ACTIVITY | wrong | {"closes_hour": "18:00"})

    assert answer.status_code == 422
    for sentence in ("Écrivez le nom", "Choisissez une réponse", "Écrivez une heure", "La clôture"):
        assert sentence in answer.text
    assert "Un repas complet." in answer.text


def test_a_draw_needs_a_closing_day(desk: Desk) -> None:
    answer = sends(desk, "/offre/nouvelle", **ACTIVITY | {"allocation": "draw"})

    assert answer.status_code == 422
    assert "jusqu’à quand les demandes sont reçues" in answer.text


def test_criteria_are_lines_with_points_that_families_do_not_read(
    ens: Provider, desk: Desk
) -> None:
    lines = {
        "criteria-0-label": "Deux parents qui travaillent",
        "criteria-0-points": "20",
        "criteria-1-label": "Fratrie à l’école",
        "criteria-1-points": "10",
    }
    more = {"allocation": "criteria", "closes_day": "2027-01-31", "closes_hour": "18:00"}
    added = sends(desk, "/offre/nouvelle", **ACTIVITY | {"add": "criteria"})
    assert 'name="criteria-0-label"' in added.text

    sends(desk, "/offre/nouvelle", **ACTIVITY | more | lines)
    activity = the_activity()
    sends(desk, f"/offre/{activity.id}/groupes/nouveau", **GROUP, **a_month())
    sends(desk, f"/offre/{activity.id}/ouvrir")

    assert [line["code"] for line in activity.criteria] == [
        "deux_parents_qui_travaillent",
        "fratrie_a_l_ecole",
    ]
    (told,) = ens.published("activity_published")
    assert [each.keys() for each in told["content"]["criteria"]] == [{"code", "label"}] * 2


def test_once_open_what_places_hang_on_does_not_change(ens: Provider, desk: Desk) -> None:
    with store.write() as write:
        activity = offer.an_activity(write)
        offer.a_group(write, activity)
    page = f"/offre/{activity.id}/modifier"
    assert "ne changent plus" in desk.sees(page)

    sends(desk, page, at=page, **ACTIVITY | {"label": "Cantine", "booking": "whole"})

    changed = the_activity()
    assert (changed.label, changed.booking) == ("Cantine", "by_day")
    assert len(ens.published("activity_published")) == 1


def test_a_group_that_would_cancel_bookings_asks_first(ens: Provider, desk: Desk) -> None:
    group = a_booked_group()
    page = f"/offre/{group.activity_id}/groupes/{group.id}"
    fewer = [digit for digit in GROUP["weekdays"] if digit != str(soon().isoweekday())]
    form = GROUP | a_month() | {"weekdays": fewer, "places": ""}

    asked = sends(desk, page, at=page, **form)

    assert asked.status_code == 409
    assert "1 famille serait prévenue" in asked.text
    assert the_group().weekdays == group.weekdays and ens.published("notice") == []
    assert sends(desk, page, at=page, consent="yes", **form).status_code == 303
    assert the_group().weekdays == "".join(fewer)
    assert [notice["kind"] for notice in ens.published("notice")] == ["closure"]


def test_a_draft_is_thrown_away_and_what_was_open_is_ended(desk: Desk) -> None:
    with store.write() as write:
        draft, opened = offer.an_activity(write, state=DRAFT), offer.an_activity(write)
    for one in (draft, opened):
        sends(desk, f"/offre/{one.id}/supprimer")
    assert the_activity().id == opened.id

    sends(desk, f"/offre/{opened.id}/terminer")

    assert "terminée" in desk.sees("/offre")


def test_last_year_is_shown_with_its_differences_then_copied_as_drafts(desk: Desk) -> None:
    year = {"first_day": date(2026, 9, 1), "last_day": date(2027, 7, 2)}
    with store.write() as write:
        activity = offer.an_activity(write, school_year="2026-2027")
        offer.a_group(write, activity, **year)
    words = desk.sees("/offre/copier/2026-2027")
    assert "du 1er septembre 2026 au 2 juillet 2027" in words and "séances →" in words
    assert the_activity().id == activity.id

    sends(desk, "/offre/copier/2026-2027", at="/offre/copier/2026-2027", activity=activity.id)

    words = desk.sees("/offre?annee=2027-2028")
    assert "L’année est reprise en brouillon." in words and "brouillon" in words
    assert "déjà reprise" in desk.sees("/offre/copier/2026-2027")


# The calendar


def test_a_year_is_imported_a_day_is_closed_and_one_taken_out(desk: Desk) -> None:
    at = "/calendrier?mois=2026-11"
    sends(desk, "/calendrier/importer", at=at, year="2026-2027", mois="2026-11")
    words = desk.sees(at)
    assert "L’année est reprise." in words and "Armistice" in words

    closing = {"first": "13/11/2026", "label": "Formation", "kind": CLOSED, "mois": "2026-11"}
    assert sends(desk, "/calendrier", at=at, **closing).status_code == 303
    assert "Formation" in desk.sees(at)
    sends(desk, "/calendrier/2026-11-11/2026-11-11/public_holiday/retirer", at=at)

    with store.read() as read:
        calendar = current_calendar(read)
    assert date(2026, 11, 13) in calendar.closed
    assert date(2026, 11, 11) not in calendar.public_holidays


def test_closing_a_day_that_families_booked_asks_first(ens: Provider, desk: Desk) -> None:
    a_booked_group()
    form = {"first": soon().isoformat(), "label": "Travaux", "kind": CLOSED}

    asked = sends(desk, "/calendrier", at="/calendrier", **form)

    assert asked.status_code == 409 and "1 famille serait prévenue" in asked.text
    with store.read() as read:
        assert current_calendar(read).closed == frozenset()
    assert sends(desk, "/calendrier", at="/calendrier", consent="yes", **form).status_code == 303
    assert len(ens.published("notice")) == 1


def test_a_closing_without_a_day_or_a_reason_comes_back(desk: Desk) -> None:
    answer = sends(desk, "/calendrier", at="/calendrier", first="demain", kind="party")

    assert answer.status_code == 422
    assert "Écrivez pourquoi" in answer.text and "Écrivez une date" in answer.text


def test_who_sets_days_apart_reads_what_each_kind_does_and_who_reads_the_reason(desk: Desk) -> None:
    words = desk.sees("/calendrier")

    assert "Les familles le lisent sur leur semaine." in words
    assert "Par exemple : pont" not in words
    assert "Rien n’est annulé ; les délais ne comptent pas ces jours." in words


# The day


def test_a_day_off_says_what_it_is_where_there_is_nothing_to_close(
    ens: Provider, lead: Desk
) -> None:
    a_booked_group()
    off = soon() + timedelta(days=1)
    with store.write() as write:
        set_special_days(write, off, off, PUBLIC_HOLIDAY, "Ascension")
        set_special_days(write, off + timedelta(days=1), off + timedelta(days=3), BRIDGE, "Pont")
        renew_all_sessions(write, now())

    words = lead.sees(f"/fermetures?jour={off.isoformat()}")
    around = lead.sees(f"/fermetures?jour={soon()}&au={off + timedelta(days=3)}")
    before = lead.sees(f"/fermetures?jour={soon().isoformat()}")

    assert "Jour férié · Ascension" in words and "Rien à fermer ce jour-là" in words
    assert "Jour férié · Ascension" in around and "Pont : bureaux fermés · Pont" in around
    assert "Ascension" not in before


@pytest.mark.parametrize(
    "page",
    ["/", "/effectifs", "/effectifs/semaine", "/planning", "/cuisine?jour={day}", "/cuisine/menus"],
)
def test_pages_of_a_day_off_say_what_day_it_is(ens: Provider, lead: Desk, page: str) -> None:
    a_booked_group()
    with store.write() as write:
        set_special_days(write, today(), today(), PUBLIC_HOLIDAY, "Ascension")

    assert "Jour férié · Ascension" in lead.sees(page.format(day=today()))


def test_the_tablet_is_told_what_day_it_is(ens: Provider, lead: Desk) -> None:
    lead.sees("/")
    assert lead.client.get("/pointage/seances.json").json["apart"] == []
    with store.write() as write:
        set_special_days(write, today(), today(), PUBLIC_HOLIDAY, "Ascension")

    assert lead.client.get("/pointage/seances.json").json["apart"] == ["Jour férié · Ascension"]


def test_a_strike_is_declared_on_a_page_and_families_are_told(ens: Provider, lead: Desk) -> None:
    group = a_booked_group()
    path = f"/fermetures?jour={soon().isoformat()}"
    assert "1 enfant attendu" in lead.sees(path)
    form = {"jour": soon().isoformat(), "groups": group.id}
    assert lead.sends("/fermetures", at=path, **form).status_code == 422

    assert lead.sends("/fermetures", at=path, reason="strike", **form).status_code == 303

    words = lead.sees(path)
    assert "1 famille est prévenue." in words and "Plus rien à fermer ce jour-là" in words
    assert "annulé : Grève" in lead.sees(f"/effectifs?jour={soon().isoformat()}")
    closure = re.search(r"/fermetures/[0-9a-f-]{36}/rouvrir", lead.client.get(path).text)
    assert closure is not None
    assert lead.sends(closure[0], at=path).status_code == 303
    words = lead.sees(path)
    assert "C’est rouvert." in words and "1 enfant attendu" in words


def test_a_closure_names_one_site_among_several_and_says_what_is_wrong_with_its_days(
    ens: Provider, lead: Desk
) -> None:
    with store.write() as write:
        activity = offer.an_activity(write, site="Piscine")
        pool = offer.a_group(write, activity)
        hall = offer.a_group(write, offer.an_activity(write, site="Gymnase"))
    day = soon().isoformat()

    words = lead.sees(f"/fermetures?jour={day}")
    assert "Piscine" in words and "Gymnase" in words and "Tous les sites" in words
    page = lead.client.get(f"/fermetures?jour={day}&site=Piscine").text
    assert pool.id in page and hall.id not in page

    words = lead.sees(f"/fermetures?jour={day}&au=2020-01-01&de=17:00&a=16:00&site=Piscine")
    assert "Le dernier jour vient après le premier" in words
    assert "L’heure de fin vient après celle du début." in words
    lead.sees(f"/fermetures/{new_id()}/rouvrir", status=405)
    assert lead.sends(f"/fermetures/{new_id()}/rouvrir", at="/fermetures").status_code == 404


def test_one_site_of_a_closure_is_opened_again_from_its_own_button(
    ens: Provider, lead: Desk
) -> None:
    with store.write() as write:
        pool = offer.a_group(write, offer.an_activity(write, site="Piscine"))
        hall = offer.a_group(write, offer.an_activity(write, site="Gymnase", code="evening_care"))
    asked = {"jour": soon().isoformat(), "site": "tous", "reason": "strike"}
    lead.sends("/fermetures", at="/fermetures", groups=[pool.id, hall.id], **asked)
    page = lead.client.get("/fermetures").text.replace("\u00a0", " ")
    (path,) = set(re.findall(r"/fermetures/[0-9a-f-]{36}/rouvrir", page))
    assert "Rouvrir : Piscine" in page and "Tout rouvrir" in page

    lead.sends(path, at="/fermetures", some="1")
    assert "Rien n’a été rouvert." in lead.sees("/fermetures")
    lead.sends(path, at="/fermetures", some="1", groups=pool.id)

    assert "C’est rouvert." in lead.sees("/fermetures")
    with store.read() as read:
        states = {each: offer.session_on(read, each, soon()).state for each in (pool, hall)}
    assert states == {pool: "planned", hall: "cancelled"}


@pytest.mark.parametrize("written", ["jour", "au"])
def test_nothing_is_closed_on_another_day_than_the_one_that_cannot_be_read(
    ens: Provider, lead: Desk, written: str
) -> None:
    group = a_booked_group()
    days = {"jour": soon().isoformat(), "au": soon().isoformat(), written: "31/02/2027"}
    form = {**days, "groups": group.id, "reason": "strike"}

    shown = lead.sees(f"/fermetures?{urlencode(days)}")
    sent = lead.sends("/fermetures", at="/fermetures", **form)

    assert "Écrivez une date, par exemple 03/05/2026." in shown
    assert sent.status_code == 422 and "Écrivez une date" in sent.text
    assert "1 enfant attendu" in lead.sees(f"/fermetures?jour={soon().isoformat()}")


def test_a_class_without_days_is_told_what_lacks(ens: Provider, lead: Desk) -> None:
    child = Child()
    ens.receives_child(child, schooling={"school": "Jules-Ferry", "class_name": "CE1 B"})
    group = a_booked_group(child=child.id)
    chosen = f"school_class=Jules-Ferry|CE1 B&activity={group.activity_id}"

    words = lead.sees(f"/sorties?{chosen}&first=&last=")

    assert "Une réponse est à corriger" in words
    assert "Écrivez le premier jour." in words and "Qui part ?" not in words
    assert "corriger" not in lead.sees("/sorties")


def test_looking_for_a_class_keeps_nobody_from_writing(ens: Provider, lead: Desk) -> None:
    """Of all children the class is opened: in a great town that takes a second or more."""
    ens.receives_child(Child(), schooling={"school": "Jules-Ferry", "class_name": "CE1 B"})
    a_booked_group()

    with store.write():  # whoever else wants to write here is refused, or would wait
        words = lead.sees("/sorties")

    assert "CE1 B" in words


def test_a_class_leaves_on_a_page_that_tells_who_was_read(ens: Provider, lead: Desk) -> None:
    manon, leo = Child(), Child("Léo", "Petit")
    schooling = {"school": "Jules-Ferry", "grade": "CE1", "class_name": "CE1 B"}
    for child in (manon, leo):
        ens.receives_child(child, schooling=schooling)
    group = a_booked_group(child=manon.id)
    chosen = {
        "school_class": "Jules-Ferry|CE1 B",
        "activity": group.activity_id,
        "first": soon().isoformat(),
        "last": soon().isoformat(),
    }
    query = "&".join(f"{name}={value}" for name, value in chosen.items())

    words = lead.sees(f"/sorties?{query}")
    assert "Lefèvre Manon" in words and "Petit Léo" in words and "1 jour réservé" in words
    read = [line["child_id"] for line in ens.published("projection_read")]
    assert sorted(read) == sorted([manon.id, leo.id])
    strange = lead.sends("/sorties", at="/sorties", leaving=manon.id, group="nowhere", **chosen)
    assert strange.status_code == 422 and "Choisissez un groupe de cette activité" in strange.text
    answer = lead.sends("/sorties", at="/sorties", leaving=manon.id, group="", **chosen)

    assert answer.status_code == 303
    assert "1 réservation annulée." in lead.sees("/sorties")
    with store.read() as found:
        assert {each.state for each in found.scalars(select(Booking))} == {"closed"}


def test_an_outing_of_one_day_tells_of_a_picnic_and_is_called_off_where_closures_are(
    ens: Provider, lead: Desk
) -> None:
    manon = Child()
    ens.receives_child(manon, schooling={"school": "Jules-Ferry", "class_name": "CE1 B"})
    group = a_booked_group(child=manon.id)
    chosen = {"school_class": "Jules-Ferry|CE1 B", "activity": group.activity_id}
    day = {"first": soon().isoformat(), "last": ""}
    more = {"leaving": manon.id, "group": "", "picnic": "yes"}

    answer = lead.sends("/sorties", at="/sorties", **chosen, **day, **more)

    # the class and its day stay chosen: it may miss another activity too
    assert answer.status_code == 303 and f"first={day['first']}" in answer.headers["location"]
    (told,) = ens.published("notice")
    assert (told["kind"], told["detail"]["picnic"]) == ("outing", True)
    shown = lead.sees("/fermetures")
    assert "Sortie de classe · Jules-Ferry · CE1 B · " in shown and "1 enfant concerné" in shown
    with store.read() as read:
        closure_id = read.scalars(select(Closure.id)).one()
    ens.clear_outbox()

    back = lead.sends(f"/fermetures/{closure_id}/rouvrir", at="/fermetures")

    assert back.status_code == 303
    assert "La sortie est annulée." in lead.sees("/fermetures")
    with store.read() as found:
        assert {each.state for each in found.scalars(select(Booking))} == {"booked"}
    assert [each["kind"] for each in ens.published("notice")] == ["closure_lifted"]


def test_a_class_that_is_away_all_day_misses_every_activity_in_one_act(
    ens: Provider, lead: Desk
) -> None:
    # Given a child with lunch and an evening, beside one of another class.
    manon, leo = Child(), Child("Léo", "Petit")
    ens.receives_child(manon, schooling={"school": "Jules-Ferry", "class_name": "CE1 B"})
    ens.receives_child(leo, schooling={"school": "Jules-Ferry", "class_name": "CM2"})
    labels = ("Restauration", "Accueil du soir")
    home = new_id()
    groups = [a_booked_group(child=manon.id, household=home, label=label) for label in labels]
    a_booked_group(child=leo.id, label="Étude")
    chosen = {"school_class": "Jules-Ferry|CE1 B", "activity": "toutes", "last": ""}
    day = {"first": soon().isoformat()}
    query = "&".join(f"{name}={value}" for name, value in {**chosen, **day}.items())

    words = lead.sees(f"/sorties?{query}")
    done = lead.sends("/sorties", at="/sorties", **chosen, **day, leaving=manon.id, group="")

    # Then nobody else is away, the family is told once, and one closure takes all of it back.
    assert "1 jour réservé" in words and "Ceux qui restent" not in words
    assert done.status_code == 303
    (told,) = ens.published("notice")
    assert told["detail"]["activity"] == "Accueil du soir, Restauration"
    with store.read() as read:
        states = {each.child_id: each.state for each in read.scalars(select(Booking))}
        (closure_id,) = read.scalars(select(Closure.id))
    assert states == {manon.id: "closed", leo.id: "booked"} and len(groups) == 2
    lead.sends(f"/fermetures/{closure_id}/rouvrir", at="/fermetures")
    with store.read() as read:
        assert {each.state for each in read.scalars(select(Booking))} == {"booked"}


def test_menus_are_counted_for_who_sees_diets_alone(ens: Provider, desk: Desk, lead: Desk) -> None:
    child = Child()
    ens.receives_child(child, diet=make.diet("vegetarian", "egg"))
    a_booked_group(child=child.id)
    path = f"/effectifs?jour={soon().isoformat()}"

    words = lead.sees(path)

    assert "1 enfant" in words and "Végétarien 1" in words and "Sans œuf 1" in words
    assert ens.published("projection_read") == []


def test_who_does_not_see_diets_reads_no_menu(database: Database, tmp_path: Path) -> None:
    with make.provider_on(database, tmp_path, "enrolment_agg") as agg:
        coach = make.desk_of(agg)
        coach.signs_in(agg.has_agent("coach"))
        child = Child()
        agg.receives("care_core", item(child.id, 1, child.care_core()))
        a_booked_group(child=child.id)

        words = coach.sees(f"/effectifs?jour={soon().isoformat()}")

        assert "1 enfant" in words and "Menu" not in words
        coach.sees("/fermetures", status=404)
        coach.sees("/sorties", status=404)


def test_pages_exist_for_their_people_alone(ens: Provider, desk: Desk, lead: Desk) -> None:
    for path in ("/offre", "/offre/nouvelle", "/calendrier", "/offre/copier/2026-2027"):
        desk.sees(path)
        lead.sees(path, status=404)
    for path in ("/fermetures", "/sorties", "/effectifs"):
        lead.sees(path)
        desk.sees(path, status=404)
    desk.sees(f"/offre/{new_id()}", status=404)
    desk.sees("/offre/copier/demain", status=404)


def test_a_school_that_a_protected_child_alone_attends_is_not_offered_to_the_administrator(
    ens: Provider, desk: Desk
) -> None:
    hidden, both = "École du Refuge", "École Jules-Ferry"
    protected = [Child(), Child(first_name="Lucas")]
    for child, school in (*zip(protected, (hidden, both), strict=True), (Child(), both)):
        told = {"school": school, "grade": "CE1", "class_name": ""}
        ens.receives_child(child, schooling=told)
    with store.write() as write:
        write.add_all(
            ProtectedHousehold(child_id=child.id, household_id=new_id()) for child in protected
        )
        activity = offer.an_activity(write, state=DRAFT).id

    page = desk.sees(f"/offre/{activity}/groupes/nouveau")

    assert both in page and hidden not in page


def test_a_group_asks_for_schools_and_levels_that_the_administrator_ticks(
    ens: Provider, desk: Desk
) -> None:
    told = {"school": "École Jules-Ferry", "grade": "CE1", "class_name": ""}
    ens.receives_child(Child(), schooling=told)
    with store.write() as write:
        activity = offer.an_activity(write, state=DRAFT).id
    page = f"/offre/{activity}/groupes/nouveau"
    assert "École Jules-Ferry" in desk.sees(page)  # of the children here

    days = {"first_day": "2026-09-01", "last_day": "2027-07-02"}
    asked = {
        "school": ["École Jules-Ferry"],
        "school_other": "École Pergaud",
        "grade": ["CP", "CE1"],
    }
    desk.sends(page, at=page, **GROUP, **days, **asked)

    with store.read() as read:
        group = read.scalars(select(Group)).one()
    assert group.conditions == {
        "school": ["École Jules-Ferry", "École Pergaud"],
        "grade": ["CP", "CE1"],
    }
    assert "pour : École Jules-Ferry ou École Pergaud · CP ou CE1" in desk.sees(
        f"/offre/{activity}"
    )


def test_a_condition_on_what_the_provider_may_not_receive_is_refused_and_says_what_lacks(
    ens: Provider, desk: Desk
) -> None:
    with store.write() as write:
        activity = offer.an_activity(write, state=DRAFT).id
    days = {"first_day": "2026-09-01", "last_day": "2027-07-02"}

    page = f"/offre/{activity}/groupes/nouveau"

    answer = desk.sends(page, at=page, **GROUP, **days, commune=["28901"])

    assert answer.status_code == 422
    assert "Le service ne reçoit pas « La commune où il habite »" in make.words(answer.text)
    with store.read() as read:
        assert read.scalars(select(Group)).all() == []
