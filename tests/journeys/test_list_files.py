"""
Every list of a desk has its file, equal to what the page shows, and its line of the read log.

By day each list is compared for the first agent who comes to it, at night for each of them. The
routes come from the desk's own map: a page with a list that is neither a file nor named here fails.
"""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import lxml.html
import pytest
from playwright.sync_api import Page, expect

from shared.runtime.ids import new_id
from tests.journeys.bus import until
from tests.journeys.conftest import DESK, NewPage
from tests.journeys.databases import one
from tests.journeys.demo_families import Family, family
from tests.journeys.people import Agent
from tests.journeys.route_map import Route, routes_of
from tests.journeys.strangers import Unknown, fill, signed_in_at
from tests.journeys.town import DemoTown
from tests.night import ALL

ACTS = Path(__file__).resolve().parents[2] / "docs/desk-acts.md"

OK = 200
AGENTS = ("karim.haddad", "odile.marchand", "claire.aubry")
"""Agents of the school service who find all of its desk's pages between them."""

HOLD_NO_PERSON = {
    "/cuisine/restes/annee",  # grams
    "/effectifs/semaine",  # numbers
    "/equipe/encadrement",  # numbers
    "/equipe/semaine",  # hours of the staff: no child
    "/regie/tresor",  # lots
    "/regie/prelevements",
    "/chiffres/presences",  # sums
    "/chiffres/seances",
    "/chiffres/demandes",
    "/chiffres/caf",
}
"""Lists that leave no line in the read log: no name is in them."""

WITHOUT_FILE = {
    "/": "the day's sessions, each with what is to be done",
    "/agents": "rights are exported by the DPO's commands",
    "/calendrier": "settings",
    "/cuisine": "a week's sums: the meals of the week and who is concerned are lists of their own",
    "/cuisine/menus": "a form",
    "/cuisine/menus/scdl": "a file by itself",
    "/cuisine/adultes": "a form",
    "/cuisine/restes": "a form",
    "/compte": "one's own sessions",
    "/chiffres": "sums at a glance, each with its list",
    "/chiffres/conseil": "a report to print: small numbers are hidden in it",
    "/demandes": "groups and their room, each a list of its own",
    "/demandes/activite/<uuid:activity_id>": "groups and their room",
    "/demandes/nouvelle": "a choice of one child",
    "/ecoles": "schools and their classes, each a list of its own",
    "/ecoles/<uuid:school_id>": "classes, each a list of its own",
    "/ecoles/passages": "files that were read, each with its own page",
    "/effectifs": "a day's sums: its names and its week are lists of their own",
    "/equipe": "a week of hours to act on: its staff is a list of its own",
    "/fermetures": "a form",
    "/groupes": "groups and their room, each a list of its own",
    "/messages": "conversations are no table",
    "/messages/absence": "a service's own days",
    "/messages/informations": "bulletins are no table",
    "/messages/nouveau": "a choice of families",
    "/offre": "settings",
    "/offre/<uuid:activity_id>": "settings",
    "/offre/lieux": "settings",
    "/passages": "the day's hand-overs, on the tablet",
    "/planning": "a week of cells to act on: its children are the group's list",
    "/planning/enfants/<uuid:child_id>": "one child's month, each day with its own page",
    "/pointage/": "the roll call, with its own lists on paper",
    "/regie": "sums by month",
    "/regie/attestations": "what would differ, beside the form that replaces it",
    "/regie/courriers": "what was printed, where nothing waits",
    "/regie/essais": "tariffs, each with its own page",
    "/regie/recettes": "sums by band: its file hides what few households paid",
    "/regie/encaisser": "the counter's day, with its own closing",
    "/regie/facturer": "months, each a list of its own",
    "/regie/factures/<uuid:invoice_id>": "one bill, with its document",
    "/regie/factures/<uuid:invoice_id>/avoir": "a form",
    "/regie/payeurs/<uuid:household_id>": "one household's account",
    "/regie/echeanciers/<uuid:household_id>": "one household's plans, beside the form",
    "/regie/tresor/preparer": "a preview: the lot is the list",
    "/regie/tresor/retours/a-regarder": "lines to be seen one by one",
    "/rentree": "campaigns, each with its own page",
    "/tablettes": "settings",
    "/tarifs": "settings",
}
"""Pages with rows that are no list of persons or money, and why."""

CELLS = """
rows => rows.map(row => Array.from(row.cells).map(cell => {
  const exact = cell.querySelector("time, data")
  if (!exact) return cell.innerText.replace(/\\s+/g, " ").trim()
  return exact.tagName + " " + (exact.getAttribute("datetime") || exact.value)
}))
"""


@pytest.fixture(scope="module")
def lists(town: DemoTown) -> list[Route]:
    """Give the pages of a desk that may be lists."""
    routes = routes_of(town.applied, "enrolment_ens")
    return [route for route in routes if route.method == "GET" and route.blueprint]


@pytest.fixture(scope="module")
def values(town: DemoTown) -> dict[str, str]:
    """Give what stands for the variable parts of a list's address."""
    home: Family = family(town, "F006", "Jade")

    def of(query: str) -> str:
        return one(town, "enrolment_ens", query)

    known = {
        "group_id": of("SELECT group_id FROM place LIMIT 1"),
        "activity_id": of("SELECT id FROM activity WHERE code = 'canteen'"),
        "school_id": of("SELECT id FROM school LIMIT 1"),
        "class_id": of("SELECT id FROM school_class LIMIT 1"),
        "run_id": one(town, "billing", "SELECT id FROM billing_run WHERE provider = 'ens'"),
    }
    return {**home.values, **known, "lot_id": new_id(), "number": "1"}


def addresses(routes: list[Route], values: dict[str, str]) -> Iterator[tuple[Route, str]]:
    for route in routes:
        try:
            yield route, fill(route, values)
        except Unknown:
            continue


def test_every_list_has_its_file_equal_to_the_page_and_its_line_of_the_read_log(
    town: DemoTown, new_page: NewPage, lists: list[Route], values: dict[str, str]
) -> None:
    wrong: list[str] = []
    with_file: set[str] = set()
    without: set[str] = set()
    for login in AGENTS:
        agent = Agent(town, new_page(DESK), "ens", login)
        agent.sign_in()
        visitor = signed_in_at(town, "ens", login)
        for route, path in addresses(lists, values):
            answer = visitor.http.get(agent.desk + path, timeout=20, allow_redirects=False)
            if answer.status_code != OK or "text/html" not in answer.headers["content-type"]:
                continue
            document = lxml.html.fromstring(answer.text or "<html>")
            if document.xpath("//a[@data-file]"):
                if ALL or route.rule not in with_file:
                    agent.page.goto(agent.desk + path)
                    wrong += _compare(town, agent.page, route.rule)
                with_file.add(route.rule)
            elif _has_rows(document):
                without.add(route.rule)

    wrong += [f"{rule}: rows without a file" for rule in sorted(without - WITHOUT_FILE.keys())]
    assert not wrong, "\n".join(wrong)
    assert len(with_file) >= 9, sorted(with_file)


def _has_rows(document: Any) -> bool:
    """Return whether a page, as it is sent, has rows in a table or in a list."""
    main = document.find(".//main")
    if main is None:
        return False
    named = [(each, "table") for name in ("list", "table") for each in main.find_class(name)]
    named += [(each, "ul") for each in main.find_class("rows")]
    rows = [each for each, tag in named if each.tag == tag]
    cells = {cell for each in rows for cell in (*each.iter("td"), *each.find_class("line"))}
    return len(cells) > 2


def _compare(town: DemoTown, page: Page, rule: str) -> list[str]:
    """Return what differs between a page's rows and its file's, and whether its line is missing."""
    before = _lines(town)
    href = page.locator("a[data-file]").first.get_attribute("href") or ""
    address = urljoin(page.url, href)
    sheet = page.request.get(address)
    taken = page.request.get(address.replace("fichier=xlsx", "fichier=csv"))
    if not sheet.ok or sheet.body()[:2] != b"PK":
        return [f"{rule}: no workbook"]
    header, *rows = csv.reader(io.StringIO(taken.body().decode("utf-8-sig")), delimiter=";")
    shown = page.locator("table.list tbody tr").evaluate_all(CELLS)
    found = [
        f"{rule}: the page has {cells}, its file {row}"
        for cells, row in zip(shown, rows, strict=False)
        if (said := _as_page(row, cells, names="Prénom" in header)) != _plain(cells)[: len(said)]
    ][:2]
    if len(shown) != min(len(rows), 400):
        found.append(f"{rule}: {len(shown)} rows on the page, {len(rows)} in its file")
    if rows and rule not in HOLD_NO_PERSON and not until(lambda: _lines(town) > before, seconds=20):
        found.append(f"{rule}: no line in the read log")
    return found


def _lines(town: DemoTown) -> int:
    return int(one(town, "dossier", "SELECT count(*) FROM read_log WHERE purpose = 'list_file'"))


def _as_page(row: list[str], cells: list[str], *, names: bool) -> list[str]:
    """Return a file's row as a page has it: a name in one piece, days and amounts exact."""
    joined = [" ".join(row[:2]).strip(), *row[2:]] if names else row
    kept = joined[: len(cells)]
    return [_exact(value, cell) for value, cell in zip(kept, cells, strict=False)]


def _exact(value: str, cell: str) -> str:
    value = value.removeprefix("'")
    if cell.startswith("DATA "):
        return str(round(float(value.replace(",", ".")) * 100))
    if found := re.fullmatch(r"(\d\d)/(\d\d)/(\d{4})", value):
        return f"{found[3]}-{found[2]}-{found[1]}"
    if re.fullmatch(r"\d\d/\d\d/\d{4} \d\d:\d\d", value):
        return "moment"
    return value or "–"


def _plain(cells: list[str]) -> list[str]:
    plain = []
    for cell in cells:
        kind, _, exact = cell.partition(" ")
        if kind == "TIME":
            plain.append("moment" if "T" in exact else exact)
        else:
            plain.append(exact if kind == "DATA" else cell)
    return plain


def test_the_weeks_meals_are_one_tap_from_home_and_a_spreadsheet_two(
    town: DemoTown, new_page: NewPage
) -> None:
    agent = Agent(town, new_page(DESK), "ens", "karim.haddad")
    agent.sign_in()
    agent.page.goto(agent.desk)

    agent.page.get_by_role("link", name="Repas de la semaine").click()
    expect(agent.page.get_by_role("table")).to_contain_text("Ensemble")

    with agent.page.expect_download() as download:
        agent.page.get_by_role("link", name="Tableur").click()
    assert download.value.suggested_filename == "Repas de la semaine.xlsx"

    acts = ACTS.read_text("utf-8")
    assert "| the kitchen’s week by group and diet | 1 | 1 |" in acts
    assert "| a list as a spreadsheet | 2 | 1 |" in acts
