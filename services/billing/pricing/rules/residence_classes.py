"""Residence class that a provider gives a commune on a day (rule: a commune is data, dated)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from shared.dates.periods import holds_on
from shared.json_values import JsonMapping


@dataclass(frozen=True, slots=True)
class Membership:
    """A commune's class over a period, both days included."""

    residence: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Residences:
    """One provider's classes: labels by code, each commune's memberships, latest first."""

    labels: Mapping[str, str]
    elsewhere: str
    communes: Mapping[str, tuple[Membership, ...]]

    def residence_class_on(self, insee: str, day: date) -> tuple[str, str]:
        """Return the class of a commune on a day, code and label; `elsewhere` for any other."""
        known = self.communes.get(insee, ())
        code = next(
            (residence.residence for residence in known if holds_on(residence, day)), self.elsewhere
        )
        return code, self.labels.get(code, code)


def parse_residences(content: JsonMapping | None) -> Residences:
    """Read a provider's classes as announced, dates as ISO text; None: it has announced none."""
    if content is None:
        return Residences({}, "", {})
    classes: dict[str, list[Membership]] = {}
    for line in content["communes"]:
        classes.setdefault(line["insee"], []).append(_parse_membership(line))
    return Residences(
        labels={row["code"]: row["label"] for row in content["classes"]},
        elsewhere=content["elsewhere"],
        communes={insee: _latest_first(lines) for insee, lines in classes.items()},
    )


def _parse_membership(line: JsonMapping) -> Membership:
    ends = line.get("valid_to")
    return Membership(
        line["residence"],
        date.fromisoformat(line["valid_from"]),
        date.fromisoformat(ends) if ends else None,
    )


def _latest_first(lines: list[Membership]) -> tuple[Membership, ...]:
    return tuple(sorted(lines, key=lambda residence: residence.valid_from, reverse=True))
