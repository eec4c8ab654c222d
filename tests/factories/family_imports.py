"""Families of another software as a batch brings them, for tests of the dossier."""

from typing import Any

from sqlalchemy import func, select

from services.dossier.store import store
from shared.contracts.dossier.families import imports as contracts
from tests.factories import dossier as make
from tests.factories.dossier import Town

BATCH = "concerto-2026"


def brought(town: Town, *families: dict[str, Any], batch: str = BATCH) -> list[Any]:
    return town.ask(
        contracts.bring_families, caller="ops", batch=batch, families=list(families)
    ).families


def outcomes(town: Town, *families: dict[str, Any], batch: str = BATCH) -> list[str]:
    return [each["outcome"] for each in brought(town, *families, batch=batch)]


def ids(town: Town, *families: dict[str, Any]) -> dict[str, str]:
    wanted = [child["reference"] for each in families for child in each["children"]]
    return town.ask(contracts.arrived, caller="ops", of="children", references=wanted).ids


def another(names: tuple[str, str, str], guardian: str, **more: Any) -> dict[str, Any]:
    """Return a family with one child of these names."""
    one = make.guardian(guardian)
    return make.household(
        make.child([one], sections={"identity": make.identity(*names)}, **more), guardians=[one]
    )


def rows(*tables: Any) -> list[int]:
    with store.read() as read:
        return [read.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def decide(town: Town, family: dict[str, Any], same_as: str | None) -> None:
    town.ask(
        contracts.decide_arrival,
        caller="ops",
        child=family["children"][0]["reference"],
        same_as=same_as,
        decided_by="Nadia Roussel",
    )
