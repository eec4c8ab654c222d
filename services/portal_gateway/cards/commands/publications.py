"""Stores offers, motives of waivers, tariffs and residence classes as providers publish them."""

from datetime import datetime

from services.portal_gateway.cards.commands.versioned_upsert import keep_newer
from services.portal_gateway.cards.rules.json_values import to_json
from services.portal_gateway.models import (
    Activity,
    PublishedMenu,
    PublishedMotives,
    PublishedResidences,
    PublishedTariff,
)
from shared.contracts.enrolment import tariffs
from shared.contracts.enrolment.kitchen import menus
from shared.contracts.enrolment.places import published_offer
from shared.contracts.enrolment.school_year import schools
from shared.database import Write
from shared.json_values import as_json


def keep_activity(write: Write, provider: str, event: published_offer.ActivityPublished) -> None:
    """Keep what a provider offers, if it is newer; what is withdrawn leaves its version behind."""
    keys = {"provider": provider, "activity_id": event.activity_id}
    content = None if event.content is None else _dump_json(to_json(event.content))
    keep_newer(write, Activity, keys, event.version, content)


def keep_menu(write: Write, provider: str, event: menus.MenuPublished) -> None:
    """Keep the menu of a day, if it is newer; one that was taken back has no dishes."""
    keys = {"provider": provider, "menu_id": event.menu_id}
    content = _dump_json(to_json(event.dishes))
    keep_newer(write, PublishedMenu, keys, event.version, content, site=event.site, day=event.day)


def keep_tariff(
    write: Write, provider: str, event: tariffs.TariffPublished, moment: datetime
) -> None:
    """Keep a tariff as its provider publishes it, if it is newer; withdrawn, its version stays."""
    tariff = event.content
    content = None if tariff is None else _dump_json(tariffs.tariff_schema.dump(tariff))
    keys = {"provider": provider, "tariff": event.tariff}
    keep_newer(write, PublishedTariff, keys, event.version, content, received_at=moment)


def keep_residence_classes(
    write: Write, provider: str, event: tariffs.ResidencesPublished, moment: datetime
) -> None:
    """Keep a provider's residence classes, if they are newer."""
    content = _dump_json(tariffs.residences_schema.dump(event))
    keys = {"provider": provider}
    keep_newer(write, PublishedResidences, keys, event.version, content, received_at=moment)


def keep_waiver_motives(write: Write, provider: str, event: schools.WaiverMotivesPublished) -> None:
    """Keep for which motives a provider takes waivers, if they are newer."""
    content = _dump_json({"motives": event.motives})
    keep_newer(write, PublishedMotives, {"provider": provider}, event.version, content)


def _dump_json(content: object) -> str:
    return as_json(content)
