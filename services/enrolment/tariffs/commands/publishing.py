"""What billing is told of tariffs and residence classes: whole, versioned, only on change."""

import hashlib
import json
from typing import Any

from services.enrolment.models import ResidenceClasses, Tariff
from services.enrolment.tariffs import queries as stored
from shared.contracts.enrolment import tariffs as contracts
from shared.database import Write


def publish(write: Write, row: Tariff) -> bool:
    """Tell a tariff where it is another than told; return whether it was. The row is locked."""
    digest = _digest(row.content)
    if digest == row.told:
        return False
    row.told, row.version = digest, row.version + 1
    write.flush()
    content = stored.loaded(row) if row.content is not None else None
    write.publish(contracts.tariff_published, tariff=row.code, version=row.version, content=content)
    return True


def publish_residences(write: Write, row: ResidenceClasses) -> bool:
    """Tell the residence classes where they are others than told; the row is locked."""
    digest = _digest(row.content)
    if digest == row.told:
        return False
    row.told, row.version = digest, row.version + 1
    write.flush()
    content = stored.loaded_residences(row)
    write.publish(contracts.residences_published, version=row.version, **content)
    return True


def _digest(content: Any) -> str:
    """Return "" for what is withdrawn: a tariff that was never told is not told of."""
    if content is None:
        return ""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
