"""
The planning of a whole canteen, 165 children on five days, is a light page of few statements.

So is its choice of groups, where a provider has more than one looks through.
"""

import re
from itertools import product

import pytest
from sqlalchemy import event

from services.enrolment.children.rules.place_codes_of_rights import place_code_of_site
from services.enrolment.desk.planning import reach_of_agent
from services.enrolment.store import store
from shared.database.chunks import chunks
from tests.factories import bookings as family
from tests.factories import enrolment as make
from tests.factories.bookings import Home, a_place, next_monday
from tests.factories.enrolment import Child, Desk, Provider
from tests.factories.offer import a_group, an_activity

CHILDREN, MOST_BYTES, MOST_STATEMENTS = 165, 60_000, 25


def test_165_children_on_five_days_weigh_less_than_60_kb(ens: Provider) -> None:
    with store.write() as write:
        group = a_group(write, an_activity(write), weekdays="12345")
    homes = [
        Home(Child(first_name=f"Bérengère-{at}", last_name="Delacroix")) for at in range(CHILDREN)
    ]
    for some in chunks(homes, 50):
        family.arrives(ens, *some)
    for home in homes:
        a_place(home, group, "1245")
    desk = make.desk_of(ens)
    desk.signs_in(ens.has_agent("school_desk"))
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(store.engine, "before_cursor_execute", note)
    try:
        page = desk.client.get(f"/planning?groupe={group.id}&semaine={next_monday().isoformat()}")
    finally:
        event.remove(store.engine, "before_cursor_execute", note)

    assert page.text.count("réservé") == CHILDREN * 4
    assert len(page.data) < MOST_BYTES
    assert len(asked) <= MOST_STATEMENTS, "\n".join(asked)


def test_a_month_of_a_child_names_no_group_in_which_the_child_has_nothing(ens: Provider) -> None:
    with store.write() as write:
        lunch = an_activity(write)
        own, other = (a_group(write, lunch, weekdays="12345", label=each) for each in ("A", "B"))
    home = Home(Child(first_name="Bérengère"))
    family.arrives(ens, home)
    a_place(home, own, "1245")
    desk = make.desk_of(ens)
    desk.signs_in(ens.has_agent("school_desk"))
    given: list[str] = []

    def note(_connection: object, _cursor: object, _sql: str, sent: object, *_rest: object) -> None:
        given.append(str(sent))

    event.listen(store.engine, "before_cursor_execute", note)
    try:
        page = desk.sees(f"/planning/enfants/{home.child.id}?mois={next_monday():%Y-%m}")
    finally:
        event.remove(store.engine, "before_cursor_execute", note)

    assert "réservé" in page
    assert not [each for each in given if other.id in each]


@pytest.fixture
def groups(ens: Provider, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Give two groups at each of three sites by their words, where five are the most at once."""
    monkeypatch.setattr(reach_of_agent, "MOST_GROUPS_AT_ONCE", 5)
    with store.write() as write:
        lunch = an_activity(write, site="Zénith")
        return {
            f"{site} {label}": a_group(write, lunch, site=own, label=label).id
            for (site, own), label in product(
                (("École Nord", "École Nord"), ("Lac", "Lac"), ("Zénith", "")), ("Grands", "Petits")
            )
        }


def offered(desk: Desk, asked: str) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Return what each choice of the page offers, and what is chosen in it."""
    page = desk.client.get(f"/planning?semaine={next_monday().isoformat()}&{asked}")
    assert page.status_code == 200
    offers: dict[str, list[str]] = {}
    chosen: dict[str, str] = {}
    for name, options in re.findall(r'<select id="(\w+)" name="\1">(.*?)</select>', page.text):
        rows = re.findall(r"<option(?: value=\"[^\"]*\")?( selected)?>([^<]*)</option>", options)
        offers[name] = [words.rpartition(" · ")[2] for _selected, words in rows]
        (chosen[name],) = (words.rpartition(" · ")[2] for selected, words in rows if selected)
    return offers, chosen


def test_of_many_groups_a_site_is_chosen_first_and_a_link_to_a_group_knows_its_site(
    ens: Provider, groups: dict[str, str]
) -> None:
    desk = make.desk_of(ens)
    desk.signs_in(ens.has_agent("school_desk"))
    both = ["Grands", "Petits"]
    lake, zenith = groups["Lac Petits"], groups["Zénith Petits"]

    for asked, site, group in (
        ("", "École Nord", "Grands"),
        (f"groupe={lake}", "Lac", "Petits"),
        (f"lieu=Zénith&groupe={lake}", "Zénith", "Grands"),
        (f"lieu=Zénith&groupe={zenith}", "Zénith", "Petits"),
        (f"lieu=Ailleurs&groupe={zenith}", "Zénith", "Petits"),
    ):
        offers, chosen = offered(desk, asked)
        assert offers == {"lieu": ["École Nord", "Lac", "Zénith"], "groupe": both}, asked
        assert chosen == {"lieu": site, "groupe": group}, asked


def test_who_has_one_site_or_few_groups_chooses_a_group_at_once(
    ens: Provider, groups: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = make.desk_of(ens)
    lake.signs_in(ens.has_agent("lead", places=[place_code_of_site("Lac")]))

    for asked in ("", "lieu=Zénith", f"lieu=Zénith&groupe={groups['Zénith Petits']}"):
        assert offered(lake, asked) == ({"groupe": ["Grands", "Petits"]}, {"groupe": "Grands"})

    monkeypatch.setattr(reach_of_agent, "MOST_GROUPS_AT_ONCE", 6)
    desk = make.desk_of(ens)
    desk.signs_in(ens.has_agent("school_desk"))
    offers, _chosen = offered(desk, f"groupe={groups['Lac Petits']}")
    assert list(offers) == ["groupe"] and len(offers["groupe"]) == 6
