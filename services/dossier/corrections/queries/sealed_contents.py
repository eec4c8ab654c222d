"""Contents that corrections hold sealed, with the key of their child."""

from services.dossier.models import Correction
from services.dossier.sections.queries import sealed_place_of_waiting
from services.dossier.sections.rules.projections import Content
from services.dossier.store import vault


def unsealed_correction_content(row: Correction) -> Content:
    """Return what a correction holds sealed; nothing where it holds nothing."""
    if row.content is None:
        return {}
    return dict(vault.open(row.child_id, sealed_place_of_waiting(row.id), row.content))
