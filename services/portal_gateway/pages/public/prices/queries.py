"""Prices, residence classes and offers that providers published, as last received."""

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.portal_gateway.enrolment.rules.search_words import SAID
from services.portal_gateway.enrolment.rules.stored_offers import StoredOffer
from services.portal_gateway.models import Activity, PublishedResidences, PublishedTariff
from services.portal_gateway.pages.public.prices.rules.published_tariffs import (
    Published,
    Residences,
)
from services.portal_gateway.pages.public.prices.rules.search import Entry
from shared.register import Register

_tariff = PublishedTariff.__table__.c
_residences = PublishedResidences.__table__.c
_activity = Activity.__table__.c


def published_tariffs(read: Session, register: Register) -> list[Published]:
    """Return all tariffs of the town's providers, by provider and name."""
    activities = {
        (provider.code, activity.code): activity
        for provider in register.now.providers
        for activity in provider.activities
    }
    providers = {provider.code for provider in register.now.providers}
    classes = {
        row.provider: Residences(row.version, _parse_content(row.content))
        for row in read.execute(
            select(_residences.provider, _residences.version, _residences.content)
        )
    }
    rows = read.execute(
        select(
            _tariff.provider, _tariff.tariff, _tariff.version, _tariff.content, _tariff.received_at
        ).where(_tariff.content.is_not(None), _tariff.provider.in_(providers))
    )
    published = [
        Published(
            row.provider,
            row.tariff,
            row.version,
            content := _parse_content(row.content),
            row.received_at,
            classes.get(row.provider),
            activities.get((row.provider, content["activity"])),
        )
        for row in rows
    ]
    return sorted(published, key=lambda tariff: (tariff.provider, tariff.content["label"]))


def make_search_entries(
    read: Session, register: Register, published: Iterable[Published]
) -> list[Entry]:
    """Return what each tariff answers to: its own names, its activity's, its provider's."""
    offers = _offers_by_activity(read)
    labels = {provider.code: provider.label for provider in register.now.providers}
    return [
        _make_search_entry(
            tariff,
            labels[tariff.provider],
            offers.get((tariff.provider, tariff.content["activity"])),
        )
        for tariff in published
    ]


def _make_search_entry(tariff: Published, provider: str, offer: StoredOffer | None) -> Entry:
    activity = tariff.activity
    texts = [tariff.content["label"], provider]
    texts += [part["label"] for grid in tariff.content["grids"] for part in grid["parts"]]
    if activity:
        texts += [activity.label, *(SAID.get(tag, "") for tag in activity.tags)]
    if offer:
        texts += [offer["label"], offer["description"]]
        texts += [group["label"] for group in offer["groups"]]
    kind = activity.regime if activity else ""
    groups = offer["groups"] if offer else ()
    return Entry.make_entry(tariff.provider, tariff.tariff, kind, texts, groups)


def _offers_by_activity(read: Session) -> dict[tuple[str, str], StoredOffer]:
    """Return what is on offer by provider and the activity's code."""
    rows = read.execute(
        select(_activity.provider, _activity.content).where(_activity.content.is_not(None))
    )
    offers: dict[tuple[str, str], StoredOffer] = {}
    for provider, content in rows:
        offer: StoredOffer = _parse_content(content)
        offers[provider, offer["code"]] = offer
    return offers


@lru_cache(maxsize=1024)
def _parse_content(content: str) -> Any:
    return json.loads(content)
