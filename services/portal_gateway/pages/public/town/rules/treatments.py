"""The treatments of the register (GDPR, article 30) as a page shows them. Pure."""

from collections.abc import Iterable

from shared.register.treatments import Treatment


def treatments_by_holder(treatments: Iterable[Treatment]) -> dict[str, list[Treatment]]:
    """Return the treatments under who holds the data, in the order of the register."""
    holders: dict[str, list[Treatment]] = {}
    for row in treatments:
        holders.setdefault(row["holder"], []).append(row)
    return holders


def controllers_of(treatments: Iterable[Treatment]) -> dict[str, str]:
    """Return who answers for the data, each with the address of its data protection officer."""
    return {row["controller"]: row["dpo"] for row in treatments if row["controller"]}
