"""Acts of an agent of one site: planning, closures, « vu » and home, on two sites of a provider."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from services.enrolment.children.rules.place_codes_of_rights import place_code_of_site
from services.enrolment.models import AgentAct, Booking, Closure, RollCall, Session
from services.enrolment.offer.commands.closing.closures import declare_closure
from services.enrolment.offer.rules.hours_of_closure import Span
from services.enrolment.store import store
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories import bookings as family
from tests.factories import enrolment as make
from tests.factories import places
from tests.factories.bookings import a_place
from tests.factories.enrolment import Child, Desk, Provider
from tests.factories.two_sites import Site, holds, lead, rows

__all__ = ["lead"]

ASKED = {"asked_by": "telephone", "reason": "family"}


def tomorrow() -> date:
    return today() + timedelta(days=1)


def session_of(site: Site, day: date | None = None) -> Session:
    return family.session(site.group, day or tomorrow())


def planning(site: Site) -> str:
    return f"/planning?groupe={site.group.id}&semaine={tomorrow().isoformat()}"


def day_page(child: Site, meeting: Session) -> str:
    return f"/planning/enfants/{child.home.child.id}/{meeting.id}"


def closed_everywhere(*sites: Site) -> str:
    with store.write() as write:
        ids = [site.group.id for site in sites]
        span = Span(tomorrow(), tomorrow())
        return declare_closure(write, span, ids, "strike", new_id(), now()).closure_id


def closes(desk: Desk, *sites: Site) -> Any:
    groups = [site.group.id for site in sites]
    form = {"groups": groups, "jour": tomorrow().isoformat(), "reason": "strike"}
    return desk.sends("/fermetures", at="/fermetures", **form)


def is_closed(site: Site) -> bool:
    return session_of(site).state == "cancelled"


# Planning


def test_a_planning_has_the_groups_of_the_own_site_and_no_other(
    lead: Desk, north: Site, south: Site
) -> None:
    assert "Nordil" in lead.sees(planning(north))

    for page in (planning(south), "/planning", f"/planning/enfants/{north.home.child.id}"):
        assert "Sudel" not in lead.sees(f"{page}{'&' if '?' in page else '?'}le={tomorrow()}")
    for child, meeting in ((north, south), (south, north), (south, south)):
        lead.sees(day_page(child, session_of(meeting)), status=404)
    lead.sees(f"/planning/enfants/{south.home.child.id}", status=404)


def test_no_day_of_the_other_site_is_changed(lead: Desk, north: Site, south: Site) -> None:
    before = {model: rows(model) for model in (AgentAct, Booking, RollCall)}
    own, there = planning(north), session_of(south)
    ticked = {"child": south.home.child.id, "session": there.id}

    for path, form in {
        planning(south): {"act": "cancel", **ASKED, **ticked},
        own: {"act": "cancel", **ASKED, **ticked},
        day_page(south, there): {"act": "cancel", **ASKED},
        day_page(north, there): {"act": "book", **ASKED},
        f"/planning/seances/{there.id}/clore": {},
        f"/planning/seances/{there.id}/rouvrir": {},
    }.items():
        assert lead.sends(path, at=own, **form).status_code == 404, path

    assert {model: rows(model) for model in before} == before
    page = day_page(north, session_of(north))
    assert lead.sends(page, at=page, act="cancel", **ASKED).status_code == 303


def test_who_answers_for_the_day_of_another_site_corrects_no_closed_group_here(
    ens: Provider, north: Site, south: Site
) -> None:
    desk = holds(ens, school_desk=north, lead=south)
    here, there = (session_of(site, today() - timedelta(days=1)) for site in (north, south))

    assert "Rouvrir ou clore" not in desk.sees(planning(north))
    assert desk.sends(f"/planning/seances/{here.id}/clore", at="/planning").status_code == 404
    assert desk.sends(f"/planning/seances/{there.id}/clore", at="/planning").status_code == 303


def test_who_changes_days_where_it_sees_no_child_has_no_planning_of_them(
    ens: Provider, north: Site, south: Site
) -> None:
    desk = holds(ens, kitchen=north)

    desk.sees("/planning", status=404)
    assert "Planning" not in desk.sees(f"/enfants/{north.home.child.id}")


def test_a_child_of_both_sites_has_the_planning_of_the_own_one(
    lead: Desk, north: Site, south: Site
) -> None:
    a_place(north.home, south.group, "1234567")

    month = lead.sees(f"/planning/enfants/{north.home.child.id}")
    page = lead.sees(f"/enfants/{north.home.child.id}")

    assert "Repas Nordil" in month and "Repas Sudel" not in month
    assert "Planning du mois" in page and "Repas Sudel" not in page


# Closures


def test_a_closure_is_of_the_own_site_whatever_groups_are_sent(
    lead: Desk, north: Site, south: Site
) -> None:
    assert "Sudel" not in lead.sees(f"/fermetures?jour={tomorrow()}&site=tous")

    assert closes(lead, north, south).status_code == 303

    assert is_closed(north) and not is_closed(south)


def test_a_closure_of_both_sites_is_said_of_the_own_one_and_taken_back_by_who_has_both(
    ens: Provider, lead: Desk, north: Site, south: Site
) -> None:
    closure = closed_everywhere(north, south)

    words = lead.sees("/fermetures")
    assert "Repas Nordil" in words and "Sudel" not in words
    assert "d’autres lieux aussi" in words and "Rouvrir et prévenir" not in words
    back = f"/fermetures/{closure}/rouvrir"
    assert lead.sends(back, at="/fermetures").status_code == 404
    assert is_closed(north) and is_closed(south)

    both = make.desk_of(ens)
    both.signs_in(ens.has_agent("lead", places=[north.place, south.place]))
    assert both.sends(back, at="/fermetures").status_code == 303
    assert not is_closed(north) and not is_closed(south)


def test_a_closure_of_the_other_site_is_not_on_the_page_and_cannot_be_taken_back(
    lead: Desk, north: Site, south: Site
) -> None:
    closure = closed_everywhere(south)

    assert "Fermetures déjà dites" not in lead.sees("/fermetures")
    assert lead.sends(f"/fermetures/{closure}/rouvrir", at="/fermetures").status_code == 404
    assert is_closed(south)
    with store.read() as read:
        assert read.scalars(select(Closure.lifted_at)).all() == [None]


# What was not seen yet


def seen(ens: Provider, site: Site) -> bool:
    row = ens.row(site.home.child.id, "allergies")
    return row is not None and row.seen_version == 1


def marks_of(site: Site) -> list[str]:
    return [f"{site.home.child.id}:{projection}:1" for projection in ("allergies", "diet")]


def test_a_group_is_marked_as_seen_at_the_own_site_and_at_no_other(
    ens: Provider, north: Site, south: Site
) -> None:
    desk = holds(ens, kitchen=north)
    own, there = (f"/a-voir/groupes/{site.group.id}" for site in (north, south))

    words = desk.sees("/a-voir")
    assert "Groupe Nordil" in words and "Sudel" not in words
    desk.sees(there, status=404)
    assert desk.sends(there, at=own, seen=marks_of(south)).status_code == 404

    answer = desk.sends(own, at=own, seen=[*marks_of(north), *marks_of(south)])
    assert answer.status_code == 303
    assert seen(ens, north) and not seen(ens, south)


def test_a_child_of_both_sites_is_read_with_its_group_in_the_role_that_reaches_it(
    ens: Provider, north: Site, south: Site
) -> None:
    a_place(north.home, south.group, "1234567")
    desk = holds(ens, kitchen=north, school_desk=south)

    assert f"/a-voir/groupes/{north.group.id}" in desk.client.get("/a-voir").text
    assert f"/a-voir/groupes/{south.group.id}" not in desk.client.get("/a-voir").text
    assert "rachide" not in desk.sees(f"/a-voir/groupes/{south.group.id}")


def test_one_after_another_are_children_of_the_own_site(
    ens: Provider, north: Site, south: Site
) -> None:
    desk = holds(ens, kitchen=north)
    first = f"/enfants/{north.home.child.id}?suite=1"
    assert desk.client.get("/a-voir/suivant").location == first

    form = {"child_id": south.home.child.id, "seen": marks_of(south)}
    assert desk.sends("/a-voir/suivant", at=first, **form).location == first
    assert not seen(ens, south)

    form = {"child_id": north.home.child.id, "seen": marks_of(north)}
    assert desk.sends("/a-voir/suivant", at=first, **form).location == "/a-voir"
    assert seen(ens, north)


# Applications, and home


def asks_at(ens: Provider, site: str, word: str) -> str:
    one = places.Family(Child(word, "Martin", "2018-03-12"))
    places.arrives(ens, one)
    group = places.a_group(places=3, allocation="criteria", site=site)
    return str(places.asks(one, group)["application_id"])


def test_chosen_applications_of_another_site_are_left_as_those_that_do_not_exist(
    ens: Provider, lead: Desk, north: Site, south: Site
) -> None:
    here, there = asks_at(ens, north.name, "Anna"), asks_at(ens, south.name, "Boris")

    words = lead.sees("/demandes")
    assert "Anna Martin" in words and "Boris" not in words
    lead.sends("/demandes/accepter", at="/demandes", applications=[here, there, new_id()])

    assert [places.application(each).state for each in (here, there)] == ["accepted", "deciding"]
    words = lead.sees("/demandes")
    assert "1 demande est acceptée" in words and "2 demandes n’ont pas pu" in words


def test_home_counts_what_waits_at_the_own_site(
    ens: Provider, lead: Desk, north: Site, south: Site
) -> None:
    for site, word in ((north, "Anna"), (south, "Boris"), (south, "Chloé")):
        asks_at(ens, site.name, word)

    own = lead.sees("/")
    whole = make.desk_of(ens)
    whole.signs_in(ens.has_agent("lead"))
    all_of_it = whole.sees("/")

    assert "2 demandes de place à décider" in own and "5 demandes de place" in all_of_it
    assert "1 message attend" in own and "2 messages attendent" in all_of_it
    assert "reconnaître : Nordili" in own and "Sudel" not in own
    assert "reconnaître : Sudeli" in all_of_it


def test_home_has_the_sessions_of_the_site_at_which_the_agent_calls_the_roll(
    ens: Provider, north: Site, south: Site
) -> None:
    desk = holds(ens, school_desk=north, lead=south)

    page = desk.client.get("/").text

    assert f"seance={session_of(south, today()).id}" in page
    assert "Groupe Nordil" not in page


def test_a_right_at_a_site_that_no_longer_is_finds_an_empty_home(ens: Provider) -> None:
    desk = make.desk_of(ens)
    desk.signs_in(ens.has_agent("lead", places=[place_code_of_site("Nulle part")]))

    words = desk.sees("/")

    assert "Rien ne vous attend." in words and "Aucune séance aujourd’hui" in words
