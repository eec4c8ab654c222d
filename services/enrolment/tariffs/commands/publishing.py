"""Publishes tariffs and residence classes to billing: whole, versioned, only on change."""

import hashlib
import json
from typing import Any

from services.enrolment.models import ResidenceClasses, Tariff
from services.enrolment.tariffs import queries as tariffs_queries
from shared.contracts.enrolment import tariffs as contracts
from shared.database import Write


def publish_tariff(write: Write, row: Tariff) -> bool:
    """Publish a tariff if it changed since; return whether it did. The row is locked."""
    digest = _digest(row.content)
    if digest == row.told:
        return False
    row.told, row.version = digest, row.version + 1
    write.flush()
    content = tariffs_queries.load_tariff(row) if row.content is not None else None
    event = contracts.TariffPublished(row.code, row.version, content)
    write.publish(contracts.tariff_published, event)
    return True


def publish_residences(write: Write, row: ResidenceClasses) -> bool:
    """Publish the residence classes if they changed since; the row is locked."""
    digest = _digest(row.content)
    if digest == row.told:
        return False
    row.told, row.version = digest, row.version + 1
    write.flush()
    event = contracts.ResidencesPublished(row.version, **tariffs_queries.load_residences(row))
    write.publish(contracts.residences_published, event)
    return True


def _digest(content: Any) -> str:
    """Return "" for a withdrawn tariff: one that was never published stays unpublished."""
    if content is None:
        return ""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
