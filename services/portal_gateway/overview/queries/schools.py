"""Schools as their providers publish them; requests, enrolments and waivers of a child."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from services.portal_gateway.cards.rules.json_values import to_day, to_moment
from services.portal_gateway.models import PublishedMotives
from services.portal_gateway.schedule.rules.family_days import Card
from services.portal_gateway.store import store
from shared.contracts.enrolment.school_year import enrolments as contracts
from shared.town.schools.choice import TownSchool
from shared.town.schools.replica import town_schools
from shared.web.base.app import shell_here


@dataclass(frozen=True)
class Certificate:
    """An enrolment as its provider's card has it."""

    provider: str
    child_id: str
    enrolment_id: str
    number: str
    school: str
    level: str
    holds_from: date
    withdrawn_on: date | None
    admitted_on: date | None


@dataclass(frozen=True)
class Asked:
    """A request that is not decided."""

    provider: str
    child_id: str
    request_id: str
    level: str
    school_year: str
    submitted_on: date
    missing: tuple[str, ...]
    """The papers that are still to be shown."""


@dataclass(frozen=True)
class Waiver:
    """A waiver of the area; `school` is "" for one of another commune."""

    provider: str
    child_id: str
    waiver_id: str
    request_id: str
    school: str
    state: str
    proof: str

    @property
    def proof_is_missing(self) -> bool:
        return self.proof == contracts.LATER

    @property
    def is_waiting(self) -> bool:
        return self.state == contracts.WAITING

    @property
    def is_refused(self) -> bool:
        return self.state == contracts.REFUSED


def published_schools() -> list[TownSchool]:
    """Return the schools of the town, by commune and name; anybody may read them."""
    sources = [provider.principal for provider in shell_here().register.running_providers]
    with store.read() as read:
        return town_schools(read, sources)


def waiver_motives_of(provider: str) -> list[tuple[str, str]]:
    """Return code and label of the motives for which a provider takes waivers inside the town."""
    with store.read() as read:
        row = read.get(PublishedMotives, provider)
    motives = json.loads(row.content)["motives"] if row is not None else []
    return [(each["code"], each["label"]) for each in motives]


def school_requests(cards: Iterable[Card], child_ids: Collection[str]) -> list[Asked]:
    """Return the requests of a child that are not decided, each once."""
    rows = {
        row["request_id"]: Asked(
            card.provider,
            child_id,
            row["request_id"],
            row["level"],
            row["school_year"],
            to_moment(row["submitted_at"]).date(),
            tuple(paper for paper, way in row["papers"].items() if way == contracts.LATER),
        )
        for card in cards
        for child_id in child_ids
        for row in card.school_rows("school_requests", child_id)
    }
    return list(rows.values())


def school_certificates(cards: Iterable[Card], child_ids: Collection[str]) -> list[Certificate]:
    """Return the enrolments of a child, each once."""
    rows = {
        row["enrolment_id"]: Certificate(
            card.provider,
            child_id,
            row["enrolment_id"],
            row["number"],
            row["school"],
            row["level"],
            to_day(row["holds_from"]),
            to_moment(row["withdrawn_at"]).date() if row["withdrawn_at"] else None,
            to_day(row["admitted_on"]) if row["admitted_on"] else None,
        )
        for card in cards
        for child_id in child_ids
        for row in card.school_rows("school_enrolments", child_id)
    }
    return list(rows.values())


def school_waivers(cards: Iterable[Card], child_ids: Collection[str]) -> list[Waiver]:
    """Return the waivers asked for a child, each once."""
    rows = {
        row["waiver_id"]: Waiver(
            card.provider,
            child_id,
            row["waiver_id"],
            row["request_id"],
            row["school"],
            row["state"],
            row["proof"],
        )
        for card in cards
        for child_id in child_ids
        for row in card.school_rows("school_waivers", child_id)
    }
    return list(rows.values())
