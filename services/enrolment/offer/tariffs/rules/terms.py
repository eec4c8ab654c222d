"""The terms of a tariff, beside its grids. Pure."""

from typing import TypedDict

from shared.contracts.enrolment.tariffs import Duration, Period


class ChangedTerms(TypedDict):
    """Terms that may change, as far as no past price does."""

    label: str
    duration: Duration | None
    periods: list[Period]


class Terms(ChangedTerms):
    """Terms of a new tariff."""

    activity: str
    unit: str
    per: str
    residences: list[str]
    variants: list[str]
