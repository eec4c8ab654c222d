"""Publishes tariffs and residence classes to billing: whole, versioned, only on change."""

from services.enrolment.models import ResidenceClasses, Tariff
from services.enrolment.offer.tariffs import queries as tariffs_queries
from shared.contracts.enrolment import tariffs as contracts
from shared.database import Write
from shared.json_values import digest_of_content


def publish_tariff(write: Write, row: Tariff) -> bool:
    """Publish a tariff if it changed since; return whether it did. The row is locked."""
    digest = _digest_of_content(row.content)
    if digest == row.published_digest:
        return False
    row.published_digest, row.version = digest, row.version + 1
    write.flush()
    write.publish(contracts.tariff_published, event_of_tariff(row))
    return True


def publish_residences(write: Write, row: ResidenceClasses) -> bool:
    """Publish the residence classes if they changed since; the row is locked."""
    digest = _digest_of_content(row.content)
    if digest == row.published_digest:
        return False
    row.published_digest, row.version = digest, row.version + 1
    write.flush()
    write.publish(contracts.residences_published, event_of_residences(row))
    return True


def event_of_tariff(row: Tariff) -> contracts.TariffPublished:
    """Return a tariff as it is published."""
    content = tariffs_queries.content_of_tariff_row(row) if row.content is not None else None
    return contracts.TariffPublished(row.code, row.version, content)


def event_of_residences(row: ResidenceClasses) -> contracts.ResidencesPublished:
    """Return the residence classes as they are published."""
    return contracts.ResidencesPublished(
        row.version, **tariffs_queries.content_of_residences_row(row)
    )


def is_row_published(row: Tariff | ResidenceClasses) -> bool:
    """Return whether the row as it is was published."""
    return row.published_digest == _digest_of_content(row.content)


def _digest_of_content(content: object) -> str:
    """Return "" for a withdrawn tariff: one that was never published stays unpublished."""
    return "" if content is None else digest_of_content(content)
