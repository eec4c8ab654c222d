"""The planning at a desk: a group's week, a child's month, one session, and acts on them."""

import re
from datetime import date, timedelta

import pytest

from services.enrolment.attendance.roll_call.commands import closing
from services.enrolment.models import Activity, AgentAct, Group, RollCall, Session
from services.enrolment.store import store
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories import bookings as family
from tests.factories import enrolment as make
from tests.factories import offer
from tests.factories.attendance import a_mark, arrive
from tests.factories.bookings import Home, a_group, a_place, next_monday, session
from tests.factories.enrolment import Child, Desk, Provider

EVERY_DAY = "1234567"
ASKED = {"asked_by": "telephone", "reason": "family"}


@pytest.fixture
def office(ens: Provider) -> Desk:
    """Give the desk with somebody who changes days and does not answer for the day."""
    desk = make.desk_of(ens)
    desk.signs_in(ens.has_agent("school_desk"))
    return desk


def called(ens: Provider, first: str, last: str, **more: int) -> Home:
    home = Home(Child(first_name=first, last_name=last), **more)
    family.arrives(ens, home)
    return home


def week(group: Group, day: date | None = None) -> str:
    asked = day or next_monday()
    return f"/planning?groupe={group.id}&semaine={asked.isoformat()}"


def day_page(home: Home, meeting: Session) -> str:
    return f"/planning/enfants/{home.child.id}/{meeting.id}"


def ticks(*cells: tuple[Home, Session]) -> dict[str, list[str]]:
    return {
        "child": [home.child.id for home, _ in cells],
        "session": list({meeting.id for _, meeting in cells}),
    }


# The week of a group


def test_children_stand_by_family_name_with_what_is_booked(ens: Provider, office: Desk) -> None:
    group = a_group()
    for first, last in (("Anna", "Zola"), ("Zoé", "Éluard"), ("Yann", "Ferré")):
        a_place(called(ens, first, last), group, "1")

    words = office.sees(week(group))

    assert words.index("Éluard Zoé") < words.index("Ferré Yann") < words.index("Zola Anna")
    assert words.count("réservé") == 3
    assert "3 enfants" in words


def test_two_children_of_one_name_are_told_apart(ens: Provider, office: Desk) -> None:
    group = a_group()
    for born in ("2018-03-01", "2019-04-02"):
        home = Home(Child(first_name="Lina", last_name="Mercier", birth_date=born))
        family.arrives(ens, home)
        a_place(home, group)

    words = office.sees(week(group))

    assert "Mercier Lina (01/03/2018)" in words
    assert "Mercier Lina (02/04/2019)" in words


def test_one_act_cancels_two_days_of_three_children(ens: Provider, office: Desk) -> None:
    group = a_group()
    homes = [called(ens, first, "Diallo") for first in ("Noé", "Awa", "Ali")]
    for home in homes:
        a_place(home, group, EVERY_DAY)
    days = [session(group, next_monday() + timedelta(days=count)) for count in (0, 3)]
    cells = [(home, meeting) for home in homes for meeting in days]

    done = office.sends(week(group), at=week(group), act="cancel", **ASKED, **ticks(*cells))

    assert done.status_code == 303
    assert {family.state(home, meeting) for home, meeting in cells} == {"cancelled"}
    assert "Annulé : 6 séances." in office.sees(week(group))


def test_without_a_child_or_a_day_nothing_is_done_and_the_page_says_which_is_missing(
    ens: Provider, office: Desk
) -> None:
    group = a_group()
    home = called(ens, "Noé", "Diallo")
    a_place(home, group, EVERY_DAY)

    refused = office.sends(week(group), at=week(group), act="cancel", child=home.child.id, **ASKED)
    neither = office.sends(week(group), at=week(group), act="cancel", asked_by="", reason="x")

    assert (refused.status_code, neither.status_code) == (422, 422)
    assert "Cochez au moins un jour" in make.words(refused.text)
    assert "Cochez au moins un enfant" in make.words(neither.text)
    assert "Dites qui l’a demandé" in make.words(neither.text)


def test_cells_that_were_ticked_singly_are_done_alone(ens: Provider, office: Desk) -> None:
    group = a_group()
    noe, awa = called(ens, "Noé", "Diallo"), called(ens, "Awa", "Diallo")
    for home in (noe, awa):
        a_place(home, group, EVERY_DAY)
    monday, friday = (session(group, next_monday() + timedelta(days=count)) for count in (0, 4))
    cells = [f"{noe.child.id} {monday.id}", f"{awa.child.id} {friday.id}"]

    done = office.sends(week(group), at=week(group), act="cancel", cell=cells, **ASKED)

    assert done.status_code == 303
    assert [family.state(noe, day) for day in (monday, friday)] == ["cancelled", "booked"]
    assert [family.state(awa, day) for day in (monday, friday)] == ["booked", "cancelled"]


def test_a_full_session_asks_once_more_and_names_the_child(ens: Provider, office: Desk) -> None:
    group = a_group(1)
    a_place(called(ens, "Awa", "Diallo"), group, EVERY_DAY)
    noe = called(ens, "Noé", "Diallo")
    a_place(noe, group, "")
    meeting = session(group, next_monday())
    assert "Accepter au-delà des places" not in office.sees(week(group))

    cells = ticks((noe, meeting))
    refused = office.sends(week(group), at=week(group), act="book", **ASKED, **cells)
    done = office.sends(week(group), at=week(group), act="book", over="yes", **ASKED, **cells)

    assert (refused.status_code, done.status_code) == (422, 303)
    words = make.words(refused.text)
    assert "Rien n’a changé. Diallo Noé : Plus de place" in words
    assert "Accepter au-delà des places" in words
    assert family.state(noe, meeting) == "booked"


def test_a_child_or_a_session_of_elsewhere_is_not_taken(ens: Provider, office: Desk) -> None:
    group, other = a_group(), a_group()
    home, stranger = called(ens, "Noé", "Diallo"), called(ens, "Awa", "Ba")
    a_place(home, group, EVERY_DAY)
    a_place(stranger, other, EVERY_DAY)
    here, there = session(group, next_monday()), session(other, next_monday())

    for cell in ((stranger, here), (home, there)):
        sent = office.sends(week(group), at=week(group), act="cancel", **ASKED, **ticks(cell))
        assert sent.status_code == 404
    assert family.state(stranger, there) == "booked"


def closed(group: Group, home: Home, kind: str = "absent") -> Session:
    """Return yesterday's session, with a mark of the child, closed."""
    meeting = session(group, today() - timedelta(days=1))
    arrive([a_mark(meeting, home.child.id, kind)])
    with store.write() as write:
        closing.close_roll_call(write, meeting.id, new_id(), {}, now())
    return meeting


def test_who_answers_for_the_day_opens_a_group_again_and_closes_it_with_a_trace(
    ens: Provider, lead: Desk, office: Desk
) -> None:
    group, home = a_group(), called(ens, "Noé", "Diallo")
    a_place(home, group, "", valid_from=today() - timedelta(days=5))
    meeting = closed(group, home)
    page = week(group, meeting.day)

    theirs = office.sends(f"/planning/seances/{meeting.id}/rouvrir", at=page)
    assert theirs.status_code == 404
    assert lead.sends(f"/planning/seances/{meeting.id}/rouvrir", at=page).status_code == 303
    with store.read() as read:
        assert read.get_one(RollCall, meeting.id).closed_at is None
    assert "Le groupe est rouvert" in lead.sees(page)
    assert lead.sends(f"/planning/seances/{meeting.id}/clore", at=page).status_code == 303

    with store.read() as read:
        assert read.get_one(RollCall, meeting.id).closed_at is not None
        assert [row.act for row in read.query(AgentAct).order_by(AgentAct.id)] == [
            "reopen",
            "close",
        ]


# A child


def test_from_the_child_s_page_one_session_is_two_taps_away(ens: Provider, office: Desk) -> None:
    group, home = a_group(), called(ens, "Noé", "Diallo")
    a_place(home, group, EVERY_DAY)

    page = office.client.get(f"/enfants/{home.child.id}").text

    first = re.search(rf'href="(/planning/enfants/{home.child.id}/[^"]+)"', page)
    assert first is not None
    words = office.sees(first[1])
    assert "Annuler" in words
    assert f'href="/planning/enfants/{home.child.id}"' in page


def test_a_month_shows_past_days_and_what_an_agent_changed(ens: Provider, lead: Desk) -> None:
    group, home = a_group(), called(ens, "Noé", "Diallo")
    a_place(home, group, "", valid_from=today() - timedelta(days=5))
    meeting = closed(group, home, "present")

    lead.sends(
        day_page(home, meeting),
        at=day_page(home, meeting),
        act="missed",
        asked_by="service",
        reason="wrong_mark",
    )

    words = lead.sees(f"/planning/enfants/{home.child.id}?mois={meeting.day:%Y-%m}")
    assert "changé par un agent · clos" in words
    assert "Noté absent" in lead.sees(day_page(home, meeting))
    assert "Sophie Bernard · personne : le service corrige · erreur de pointage" in lead.sees(
        day_page(home, meeting)
    )


def test_who_does_not_answer_for_the_day_reads_why_a_closed_group_stays(
    ens: Provider, office: Desk
) -> None:
    group, home = a_group(), called(ens, "Noé", "Diallo")
    a_place(home, group, "", valid_from=today() - timedelta(days=5))
    meeting = closed(group, home)

    words = office.sees(day_page(home, meeting))
    sent = office.sends(day_page(home, meeting), at="/planning", act="excuse", **ASKED)

    assert "Le groupe est clos" in words
    assert sent.status_code == 422
    with store.read() as read:
        assert read.query(AgentAct).count() == 0


def test_a_day_is_moved_to_another_and_without_one_the_form_asks_for_it(
    ens: Provider, office: Desk
) -> None:
    group, home = a_group(), called(ens, "Noé", "Diallo")
    a_place(home, group, "1", valid_from=next_monday())
    monday, friday = (
        session(group, next_monday()),
        session(group, next_monday() + timedelta(days=4)),
    )
    page = day_page(home, monday)

    missing = office.sends(page, at=page, act="move", **ASKED)
    done = office.sends(page, at=page, act="move", to=friday.id, **ASKED)

    assert (missing.status_code, done.status_code) == (422, 303)
    assert "Choisissez le jour ou le groupe où l’enfant viendra." in make.words(missing.text)
    assert family.state(home, monday) == "cancelled"
    assert family.state(home, friday) == "booked"


def test_a_day_is_moved_to_another_group_of_the_activity_and_to_no_other_day_of_that(
    ens: Provider, office: Desk
) -> None:
    group, home = a_group(), called(ens, "Noé", "Diallo")
    a_place(home, group, "1", valid_from=next_monday())
    with store.write() as write:
        activity = write.get_one(Activity, group.activity_id)
        other = offer.a_group(write, activity, label="Petits")
    monday, there = session(group, next_monday()), session(other, next_monday())
    next_day, strange = (
        session(other, next_monday() + timedelta(days=1)),
        session(a_group(label="Judo"), next_monday()),
    )
    page = day_page(home, monday)

    words = office.sees(page)
    refused = [
        office.sends(page, at=page, act="move", to=each.id, **ASKED) for each in (next_day, strange)
    ]
    done = office.sends(page, at=page, act="move", to=there.id, **ASKED)

    assert words.count("· Petits") == 1
    assert [each.status_code for each in refused] == [422, 422] and done.status_code == 303
    assert family.state(home, monday) == "cancelled"
    assert family.state(home, there) == "booked"


def two_groups(**more: int) -> tuple[Group, Group]:
    """Return two groups of one activity that meet at the same hours; `more` is of the second."""
    group = a_group()
    with store.write() as write:
        activity = write.get_one(Activity, group.activity_id)
        return group, offer.a_group(write, activity, label="Petits", **more)


def test_a_whole_group_spends_a_day_with_another_and_comes_back_in_one_act(
    ens: Provider, office: Desk
) -> None:
    # Given two who come on Monday, and one who has a place on other days.
    group, other = two_groups()
    noe, ana, rest = (called(ens, first, "Diallo") for first in ("Noé", "Ana", "Inès"))
    for home, days in ((noe, "1"), (ana, "1"), (rest, "4")):
        a_place(home, group, days, valid_from=next_monday())
    here, there = session(group, next_monday()), session(other, next_monday())
    page = week(group)
    move = "/planning/deplacement" + page.removeprefix("/planning")

    # When the group is moved for that day: its day ticked, and nobody.
    done = office.sends(move, at=page, session=[here.id], to=other.id, **ASKED)

    # Then who was booked is with the other group, noted as the service's act, and nobody else.
    assert done.status_code == 303
    assert [family.state(home, there) for home in (noe, ana, rest)] == ["booked", "booked", None]
    assert [family.state(home, here) for home in (noe, ana)] == ["cancelled"] * 2
    with store.read() as read:
        assert {act.asked_by for act in read.query(AgentAct)} == {"service"}
    shown = make.words(office.sees(page))
    assert "2 enfants avec « Petits »" in shown
    assert shown.count("avec un autre groupe") == 2 and "annulé" not in shown

    # And one act takes them back, once.
    back = f"/planning/deplacement/{here.id}/{there.id}/retour" + page.removeprefix("/planning")
    assert office.sends(back, at=page).status_code == 303
    assert [family.state(home, here) for home in (noe, ana)] == ["booked"] * 2
    assert [family.state(home, there) for home in (noe, ana)] == ["cancelled"] * 2
    assert "avec « Petits »" not in make.words(office.sees(page))
    assert office.sends(back, at=page).status_code == 404


def test_who_does_not_fit_into_the_other_group_keeps_all_where_they_are(
    ens: Provider, office: Desk
) -> None:
    group, other = two_groups(places=1)
    homes = [called(ens, first, "Diallo") for first in ("Noé", "Ana")]
    for home in homes:
        a_place(home, group, "1", valid_from=next_monday())
    here, there = session(group, next_monday()), session(other, next_monday())
    page = week(group)
    move = "/planning/deplacement" + page.removeprefix("/planning")
    values = {"session": [here.id], "to": other.id, **ASKED}

    refused = office.sends(move, at=page, **values)

    assert refused.status_code == 422 and "Plus de place" in make.words(refused.text)
    assert [family.state(home, here) for home in homes] == ["booked"] * 2
    assert office.sends(move, at=page, over="yes", **values).status_code == 303
    assert [family.state(home, there) for home in homes] == ["booked"] * 2


def test_a_group_is_moved_to_none_that_does_not_meet_then_nor_of_another_activity(
    ens: Provider, office: Desk
) -> None:
    (group, other), home = two_groups(), called(ens, "Noé", "Diallo")
    a_place(home, group, "1", valid_from=next_monday())
    here, page = session(group, next_monday()), week(group)
    move = "/planning/deplacement" + page.removeprefix("/planning")
    with store.write() as write:
        write.get_one(Session, session(other, next_monday()).id).state = "cancelled"

    wrong = [
        office.sends(move, at=page, session=[here.id], to=to, **ASKED)
        for to in (other.id, a_group(label="Judo").id, "")
    ]

    assert [each.status_code for each in wrong] == [422] * 3
    assert "Ce groupe ne se réunit pas à ces heures" in make.words(wrong[0].text)
    assert family.state(home, here) == "booked"


def test_of_a_child_of_two_homes_the_page_says_whose_day_it_is(ens: Provider, office: Desk) -> None:
    group, home = a_group(), called(ens, "Noé", "Diallo", changes_on=1)
    a_place(home, group, EVERY_DAY)
    meeting = session(group, next_monday())

    words = office.sees(day_page(home, meeting))

    parity = "paires" if home.is_claires(meeting.day) else "impaires"
    assert f"Jour du foyer des semaines {parity}" in words
    for hidden in (home.at_claires, home.at_antoines, home.claire, home.antoine):
        assert hidden not in words


def test_a_child_without_a_place_is_noted_where_it_came(ens: Provider, lead: Desk) -> None:
    group, home = a_group(), called(ens, "Noé", "Diallo")
    yesterday = today() - timedelta(days=1)
    meeting = session(group, yesterday)
    month = f"/planning/enfants/{home.child.id}?le={yesterday.isoformat()}"

    assert meeting.id in lead.client.get(month).text
    done = lead.sends(day_page(home, meeting), at=day_page(home, meeting), act="came", **ASKED)

    assert done.status_code == 303
    assert "Diallo Noé" in lead.sees(week(group, yesterday))
    assert "non prévu" in lead.sees(week(group, yesterday))


# Rights


@pytest.mark.parametrize("role", ["kitchen", "director", "treasurer"])
def test_who_may_not_change_days_finds_no_planning(ens: Provider, role: str) -> None:
    group, home = a_group(), called(ens, "Noé", "Diallo")
    a_place(home, group, EVERY_DAY)
    desk = make.desk_of(ens)
    desk.signs_in(ens.has_agent(role))

    for page in (
        week(group),
        f"/planning/enfants/{home.child.id}",
        day_page(home, session(group, next_monday())),
    ):
        desk.sees(page, status=404)
