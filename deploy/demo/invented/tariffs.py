"""
The invented tariffs and households of a demonstration: what goes to providers and to billing.

Files: `demo-tariffs.yaml` and `demo-households.csv` in `deploy/towns/`; their heads explain them.
"""

import csv
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from shared.contracts.billing.prices.quotients import ImportedQuotient
from shared.contracts.dossier.guardians import Address
from shared.contracts.enrolment.tariffs import ImportTariffsRequest, Residences
from shared.json_values import JsonMapping, JsonObject

TOWNS = Path(__file__).resolve().parents[2] / "towns"
TARIFFS, HOUSEHOLDS = TOWNS / "demo-tariffs.yaml", TOWNS / "demo-households.csv"


class Tariffs:
    """The demo's tariffs; `communes` are those of the town file, of the first class everywhere."""

    def __init__(self, communes: Sequence[JsonMapping], path: Path = TARIFFS) -> None:
        self._providers: Mapping[str, JsonObject] = yaml.safe_load(path.read_text("utf-8"))
        self._communes = communes

    @property
    def providers(self) -> list[str]:
        """Return the codes of the providers that have tariffs."""
        return list(self._providers)

    def block_of(self, provider: str) -> JsonObject:
        """Return a provider's block as the file has it."""
        return self._providers[provider]

    def tariff_request_of(self, provider: str) -> ImportTariffsRequest:
        """Return the request that gives a provider its tariffs."""
        block = self._providers[provider]
        return ImportTariffsRequest(
            residences=self._residence_request(block),
            tariffs=[
                {"tariff": each["tariff"], "content": _make_tariff(each, block)}
                for each in block["tariffs"]
            ],
        )

    def _residence_request(self, block: JsonObject) -> Residences:
        first = next(iter(block["classes"]))
        return {
            "classes": [{"code": code, "label": label} for code, label in block["classes"].items()],
            "elsewhere": block["elsewhere"],
            "communes": [
                {
                    "insee": each["insee"],
                    "residence": first,
                    "valid_from": date.fromisoformat(each["member_from"]),
                    "valid_to": _last_day_of_membership(each["member_to"]),
                }
                for each in self._communes
            ],
        }


def _last_day_of_membership(member_to: str | None) -> date | None:
    """Return the last day of a commune; `member_to` is the first on which it is none."""
    return date.fromisoformat(member_to) - timedelta(days=1) if member_to else None


def _make_tariff(each: JsonObject, block: JsonObject) -> Any:
    variants = ["", *each.get("variants", ())]
    grid = {
        "valid_from": block["valid_from"],
        "valid_to": None,
        "decision": block["decision"],
        "parts": [_price_part(part, variants, block) for part in each["parts"]],
        "surcharges": [{"tax": "other", **surcharge} for surcharge in each.get("surcharges", ())],
    }
    return {
        "activity": each["activity"],
        "label": each["label"],
        "unit": each["unit"],
        "per": each.get("per", "child"),
        "residences": list(block["classes"]),
        "variants": variants,
        "periods": each.get("periods", []),
        "grids": [grid],
    }


def _price_part(part: JsonObject, variants: Sequence[str], block: JsonObject) -> JsonObject:
    columns = [
        {
            "residences": [code],
            "variant": variant,
            "bands": _make_bands((part[variant] if variant else part)[code], block["bands"]),
        }
        for variant in variants
        for code in block["classes"]
    ]
    return {
        "label": part["label"],
        "tax": part["tax"],
        "budget": part["budget"],
        "columns": columns,
        "sibling_percent": part.get("sibling_percent", []),
    }


def _make_bands(amounts: object, bands: Mapping[str, int]) -> list[JsonObject]:
    if not isinstance(amounts, list):
        return [{"from_cents": 0, "to_cents": None, "label": "", "price": _make_price(amounts)}]
    limits = list(pairwise([*bands.values(), None]))
    return [
        {"from_cents": start, "to_cents": end, "label": label, "price": _make_price(amount)}
        for label, (start, end), amount in zip(bands, limits, amounts, strict=True)
    ]


def _make_price(amount: Any) -> JsonObject:
    if isinstance(amount, int):
        return {"kind": "flat", "cents": amount}
    return {
        "kind": "effort",
        "rate_ppm": amount["rate_ppm"],
        "floor_cents": amount["floor"],
        "ceiling_cents": amount["ceiling"],
    }


def read_households(path: Path = HOUSEHOLDS) -> Mapping[str, Mapping[str, str]]:
    """Return the lines of the households' file by household reference."""
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
    return {row["foyer"]: row for row in csv.DictReader(lines, delimiter=";")}


def address_of_line(line: Mapping[str, str]) -> Address:
    """Return a household's address as `import_household` takes it."""
    return {
        "street": line["rue"],
        "postcode": line["code_postal"],
        "insee": line["insee"],
        "commune": line["commune"],
        "valid_from": date.fromisoformat(line["depuis"]),
    }


def quotient_of_line(line: Mapping[str, str], household_id: str) -> ImportedQuotient | None:
    """Return a household's quotient as `import_quotients` takes it, None where none was said."""
    if not line["quotient"]:
        return None
    return {
        "household_id": household_id,
        "cents": int(line["quotient"]),
        "kind": line["organisme"],
        "valid_from": date.fromisoformat(line["quotient_depuis"]),
        "valid_to": None,
    }
