"""
The invented offer of a demonstration: what goes to each provider, and which children have a place.

The file is `deploy/towns/demo-offer.yaml`; its head says what it holds.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from deploy.demo.invented.families import Families
from shared.contracts.enrolment.places.imports import ImportedPlace
from shared.json_values import JsonObject

FILE = Path(__file__).resolve().parents[2] / "towns" / "demo-offer.yaml"

OF_THE_DEMO = ("takes", "patterns", "attended")
"""Fields of a group in the file that `import_offer` does not take."""


@dataclass(frozen=True)
class Child:
    """The part of a demo child that decides where it goes; `services` are codes of providers."""

    id: str
    reference: str
    birth_year: int
    school: str
    services: tuple[str, ...]


def children_of_families(families: Families, ids: Mapping[str, str]) -> list[Child]:
    """Return the children of a demo; one of two households is complete in its first line."""
    found: dict[str, Child] = {}
    for household in families.households:
        for child in household["children"]:
            sections = child["sections"]
            if child["reference"] in found or "identity" not in sections:
                continue
            found[child["reference"]] = Child(
                ids[child["reference"]],
                child["reference"],
                int(sections["identity"]["birth_date"][:4]),
                sections.get("schooling", {}).get("school", ""),
                tuple(child["links"]),
            )
    return list(found.values())


class Offer:
    """The demo's offer for one school year, such as 2026-2027."""

    def __init__(self, school_year: str, at: datetime, path: Path = FILE) -> None:
        self._providers: Mapping[str, list[JsonObject]] = yaml.safe_load(path.read_text("utf-8"))
        self.school_year, self._at, self._path = school_year, at, path
        first, last = (int(year) for year in school_year.split("-"))
        self._days = {"first_day": date(first, 9, 1), "last_day": date(last, 7, 2)}

    def offer_of_year(self, school_year: str) -> "Offer":
        """Return an offer as it is in another school year."""
        return Offer(school_year, self._at, self._path)

    @property
    def providers(self) -> list[str]:
        """Return the codes of the providers that offer something."""
        return list(self._providers)

    @property
    def first_day(self) -> date:
        """Return the first day of the school year."""
        return self._days["first_day"]

    def activities(self, provider: str) -> list[Any]:
        """Return the activities of a provider as `import_offer` takes them."""
        return [self._activity_of_row(each) for each in self._providers[provider]]

    def places_at_start(
        self, provider: str, children: Sequence[Child], from_day: date
    ) -> list[ImportedPlace]:
        """Return the places that the demo's children have at a provider from the start."""
        by_day = {
            group["reference"]: activity["booking"] == "by_day"
            for activity in self._providers[provider]
            for group in activity["groups"]
        }
        return [
            {
                "child_id": child.id,
                "group": group,
                "valid_from": max(from_day, self._days["first_day"]),
                "valid_to": None,
                "waits_since": None,
                "weekdays": self.weekdays_of_child_in_group(provider, group, child)
                if by_day[group]
                else [],
            }
            for group, some in self.children_taken_by_group(provider, children).items()
            for child in some
        ]

    def children_taken_by_group(
        self, provider: str, children: Sequence[Child]
    ) -> dict[str, list[Child]]:
        """Return by group of a provider the children who have a place there from the start."""
        linked = [child for child in children if provider in child.services]
        return {
            group["reference"]: _children_taken(linked, group["takes"])[: group["places"]]
            for activity in self._providers[provider]
            for group in activity["groups"]
            if "takes" in group
        }

    def weekdays_of_child_in_group(self, provider: str, reference: str, child: Child) -> list[int]:
        """Return the weekdays, 1 to 7, on which a child comes to a group."""
        group = self._group_in_file(provider, reference)
        patterns = group.get("patterns", [group["weekdays"]])
        drawn = hashlib.sha256(f"{child.reference}|{reference}".encode()).digest()[0]
        return list(patterns[drawn % len(patterns)])

    def term_or_holidays_of_group(self, provider: str, reference: str) -> str:
        """Return when a group meets: "term", "holidays" or "always"."""
        return str(self._group_in_file(provider, reference)["runs_in"])

    def activity_of_groups(self, provider: str) -> dict[str, str]:
        """Return the code of each group's activity."""
        return {
            group["reference"]: activity["code"]
            for activity in self._providers[provider]
            for group in activity["groups"]
        }

    def labels_of_activities(self, provider: str) -> dict[str, str]:
        """Return what each activity is called, by its code."""
        return {each["code"]: each["label"] for each in reversed(self._providers[provider])}

    def groups_with_past_attendance(self, provider: str) -> list[str]:
        """Return the groups whose past days have an attendance."""
        return [
            group["reference"]
            for group in self._groups_of_provider(provider)
            if group.get("attended", True)
        ]

    def _group_in_file(self, provider: str, reference: str) -> JsonObject:
        return next(
            each for each in self._groups_of_provider(provider) if each["reference"] == reference
        )

    def _groups_of_provider(self, provider: str) -> Iterator[JsonObject]:
        for activity in self._providers[provider]:
            yield from activity["groups"]

    def _activity_of_row(self, row: JsonObject) -> JsonObject:
        plain = {name: value for name, value in row.items() if name not in ("window", "groups")}
        closes = self._at + timedelta(days=row["window"]) if "window" in row else None
        return {
            **plain,
            "school_year": self.school_year,
            "opens_at": datetime(self._days["first_day"].year, 6, 1, 6, tzinfo=UTC),
            "closes_at": closes,
            "groups": [self._group_of_row(group) for group in row["groups"]],
        }

    def _group_of_row(self, row: JsonObject) -> JsonObject:
        plain = {name: value for name, value in row.items() if name not in OF_THE_DEMO}
        school = row.get("takes", {}).get("school")
        asked = {"conditions": {"school": [school]}} if school else {}
        return self._days | asked | plain


def _children_taken(children: list[Child], takes: JsonObject) -> list[Child]:
    first, last = takes.get("born", (0, 9999))
    fitting = [
        child
        for child in children
        if first <= child.birth_year <= last and takes.get("school", child.school) == child.school
    ]
    return fitting[takes.get("part", 0) :: takes.get("share", 1)]
