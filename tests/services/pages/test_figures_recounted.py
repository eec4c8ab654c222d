"""
Figures of the demonstration equal a recount made of its seed alone.

The recount adds what was drawn for each child and day: it knows the town's files and the calendar,
and nothing of how a service keeps or adds sessions.
"""

import csv
import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest
from vacances_scolaires_france import SchoolHolidayDates

from deploy.demo.invented.attendance import ZONE, attendance_sheets
from deploy.demo.invented.offer import Offer, children_of_families
from deploy.demo.loading.loading import parts_of_sheets
from deploy.demo.towns import DEMO_TOWNS, LARGE, SEED
from deploy.register.compiler import compile_register
from deploy.register.town_file.town import read_town
from services.enrolment.store import store
from shared.contracts.enrolment import attendance
from shared.contracts.enrolment.attendance import ImportedSheet
from shared.contracts.enrolment.places import imports
from shared.contracts.message import Caller
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import enrolment as make
from tests.factories.attendance import at_home
from tests.factories.enrolment import Child, Desk
from tests.factories.travelling import answered

TOWN, HOUSEHOLDS = DEMO_TOWNS[LARGE], 45
YEAR, FIRST, UNTIL = "2025-2026", date(2025, 9, 1), date(2026, 1, 1)
QUARTER, QUARTER_BEGINS = "2025-T4", date(2025, 10, 1)
DIRECTS = {"ens": "lead", "mdq": "director"}
MONTHS = {"septembre": 9, "octobre": 10, "novembre": 11, "décembre": 12}
OUTCOMES = ("present", "unexpected", "absent", "cancelled_late", "excused")

Recount = Mapping[tuple[Any, ...], Mapping[str, Any]]


@dataclass(frozen=True)
class Autumn:
    """A provider of the demonstration from September to December, and its desk."""

    provider: str
    desk: Desk
    groups: Mapping[str, Mapping[str, Any]]
    sheets: Sequence[ImportedSheet]
    births: Mapping[str, date]

    def rows(self, address: str) -> list[dict[str, str]]:
        """Return the rows of a list's file."""
        answer = self.desk.client.get(f"{address}&fichier=csv")
        assert answer.status_code == 200, answer.status
        text = io.StringIO(answer.data.decode("utf-8-sig"))
        return list(csv.DictReader(text, delimiter=";"))


@pytest.fixture(params=list(DIRECTS))
def autumn(request: pytest.FixtureRequest, database: Database, tmp_path: Path) -> Iterator[Autumn]:
    """Give the autumn as `preau demo` brings it in, at schools and at leisure centres."""
    code = request.param
    rows = compile_register(read_town(TOWN.town), [], {}, [])
    with make.provider_on(database, tmp_path, f"enrolment_{code}", rows=rows) as provider:
        families = TOWN.make_families(SEED, FIRST.year, HOUSEHOLDS).families
        identities = {
            child["reference"]: child["sections"]["identity"]
            for home in families.households
            for child in home["children"]
            if "identity" in child["sections"]
        }
        ids = {each: str(uuid5(NAMESPACE_URL, each)) for each in identities}
        offer = Offer(YEAR, datetime(2025, 9, 1, tzinfo=UTC), TOWN.offer)
        children = children_of_families(families, ids)
        sheets = list(attendance_sheets(offer, code, children, FIRST, UNTIL))
        for reference, told in identities.items():
            provider.receives_child(Child(**told, id=ids[reference]))
        with store.write() as write:
            for child_id in ids.values():
                at_home(write, child_id, ids[min(ids)])
        activities, ops = offer.activities(code), Caller("ops", None, new_id())
        answered(provider.service, imports.import_offer, ops, activities=activities)
        for part in parts_of_sheets(sheets):
            answered(provider.service, attendance.import_attendance, ops, sheets=part)
        desk = make.desk_of(provider)
        desk.signs_in(provider.has_agent(DIRECTS[code]))
        births = {
            ids[each]: date.fromisoformat(told["birth_date"]) for each, told in identities.items()
        }
        yield Autumn(code, desk, _groups_of(activities), sheets, births)


def _groups_of(activities: Sequence[Any]) -> dict[str, dict[str, Any]]:
    """Return by its reference where each group meets, for which activity, and how long."""
    return {
        group["reference"]: {
            "code": activity["code"],
            "activity": activity["label"],
            "site": group.get("site") or activity["site"],
            "places": group["places"],
            "begins": _minutes(group["starts"]),
            "ends": _minutes(group["ends"]),
        }
        for activity in activities
        for group in activity["groups"]
    }


def _minutes(hour: str) -> int:
    return int(hour[:2]) * 60 + int(hour[3:])


def test_presences_meals_and_hours_of_the_demonstration_equal_its_seed(autumn: Autumn) -> None:
    _presences_equal_the_seed(autumn)
    _meals_equal_the_seed(autumn)
    _hours_equal_the_seed(autumn)


def _presences_equal_the_seed(autumn: Autumn) -> None:
    counted: dict[tuple[str, str, int], Counter[str]] = defaultdict(Counter)
    for sheet in autumn.sheets:
        group = autumn.groups[sheet["group"]]
        sums = counted[group["site"], group["activity"], sheet["day"].month]
        sums.update(sessions=1, places=group["places"])
        sums.update(line["outcome"] for line in sheet["lines"])

    told = {
        (row["Site"], row["Activité"], MONTHS[row["Période"].split()[0]]): row
        for row in autumn.rows(f"/chiffres/presences?periode={YEAR}")
    }

    assert told.keys() == counted.keys() and len(told) > 10
    for key, sums in counted.items():
        row = told[key]
        named = ("Présents", "Non prévus", "Absents", "Annulés tard", "Excusés")
        assert [int(row[name]) for name in named] == [sums[each] for each in OUTCOMES], key
        assert int(row["Réservés"]) == sum(sums[each] for each in OUTCOMES) - sums["unexpected"]
        assert (int(row["Séances"]), int(row["Places"])) == (sums["sessions"], sums["places"])
        taken = sum(sums[each] for each in OUTCOMES) - sums["excused"]
        assert int(row["Occupation en %"]) == int(100 * taken / sums["places"] + 0.5)


def _meals_equal_the_seed(autumn: Autumn) -> None:
    eating = {"ens": {"canteen"}, "mdq": {"wednesday", "holidays"}}[autumn.provider]
    outcomes = Counter(
        line["outcome"]
        for sheet in autumn.sheets
        if autumn.groups[sheet["group"]]["code"] in eating
        for line in sheet["lines"]
    )
    page = autumn.desk.client.get(f"/chiffres?periode={YEAR}").text
    table = page[page.index('aria-labelledby="meals"') :]
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", table[table.index('class="total"') :])

    booked, served, brought, missed = (int("".join(re.findall(r"\d", each))) for each in cells[:4])

    assert served == outcomes["present"] + outcomes["unexpected"] > 100
    assert booked == outcomes.total() - outcomes["unexpected"]
    assert (brought, missed) == (0, booked - outcomes["present"])


def _hours_equal_the_seed(autumn: Autumn) -> None:
    holidays, counted = (
        SchoolHolidayDates(),
        defaultdict[tuple[str, str, str], Counter[str]](Counter),
    )
    for sheet in autumn.sheets:
        group, day = autumn.groups[sheet["group"]], sheet["day"]
        if day < QUARTER_BEGINS or group["code"] == "sport_workshop":
            continue
        slot, minutes = _slot_of(group, day, holidays.is_holiday_for_zone(day, ZONE))
        for line in sheet["lines"]:
            if line["outcome"] in ("present", "unexpected"):
                age = _age_on(day, autumn.births[line["child_id"]])
                band = (
                    "Moins de 6 ans" if age < 6 else "6 à 11 ans" if age < 12 else "12 ans et plus"
                )
                counted[group["site"], group["activity"], slot][band] += minutes

    told = {
        (row["Site"], row["Activité"], row["Créneau"]): row
        for row in autumn.rows(f"/chiffres/caf?periode={QUARTER}")
    }

    assert told.keys() == counted.keys()
    for key, minutes_by_band in counted.items():
        for band in ("Moins de 6 ans", "6 à 11 ans", "12 ans et plus"):
            shown = float(told[key][band].replace(",", "."))
            assert shown == round(minutes_by_band[band] / 60, 2), (key, band)
    slots = {"ens": {"Matin", "Midi", "Soir"}, "mdq": {"Mercredi", "Vacances", "Soir"}}
    assert {slot for _site, _activity, slot in counted} == slots[autumn.provider]


def _slot_of(group: Mapping[str, Any], day: date, is_holiday: bool) -> tuple[str, int]:
    """Return the slot of a session of the demonstration, and for how many minutes one counts."""
    begins, ends = group["begins"], group["ends"]
    if is_holiday:
        return "Vacances", ends - begins
    if day.isoweekday() == 3:
        whole_day = begins < 12 * 60 + 30 < ends
        return "Mercredi", min(ends - begins, 9 * 60 if whole_day else 4 * 60)
    return ("Matin" if begins < 600 else "Midi" if begins < 840 else "Soir"), ends - begins


def _age_on(day: date, born: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
