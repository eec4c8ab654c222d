"""
Tariffs from another software: added once by their codes, past grids included.

The provider's later changes stay, even a withdrawal.
"""

from collections.abc import Sequence

from services.enrolment.models import Tariff
from services.enrolment.offer.tariffs import queries as tariffs_queries
from services.enrolment.offer.tariffs.commands.locks import insert_residences
from services.enrolment.offer.tariffs.commands.publishing import publish_residences, publish_tariff
from services.enrolment.offer.tariffs.rules import commune_class_table
from shared.contracts.enrolment.tariffs import ImportedTariff, Residences
from shared.contracts.enrolment.tariffs import Tariff as TariffContent
from shared.contracts.errors import BadRequest
from shared.database import Write


def import_tariffs(write: Write, classes: Residences, tariffs: Sequence[ImportedTariff]) -> int:
    """
    Add missing tariffs and publish them; return how many.

    Raises BadRequest for residence classes that do not fit together, and for a tariff without a
    price for each class of this provider.
    """
    known = _store_first_classes(write, classes)
    if strangers := [
        tariff["tariff"]
        for tariff in tariffs
        if not _is_every_class_priced(tariff["content"], known)
    ]:
        raise BadRequest(errors={"tariffs": strangers})
    return sum(
        _add_missing_tariff(write, tariff["tariff"], tariff["content"]) for tariff in tariffs
    )


def _store_first_classes(write: Write, classes: Residences) -> set[str]:
    """Return the codes of the classes that hold here, these where there were none."""
    if wrong := commune_class_table.table_mistakes(classes):
        raise BadRequest(errors={"residences": wrong})
    row = insert_residences(write, classes)
    if row.version == 0:
        publish_residences(write, row)
    return {
        residence["code"] for residence in tariffs_queries.content_of_residences_row(row)["classes"]
    }


def _is_every_class_priced(content: TariffContent, known: set[str]) -> bool:
    return set(content["residences"]) == known


def _add_missing_tariff(write: Write, code: str, content: TariffContent) -> bool:
    row = write.get(Tariff, code, with_for_update=True)
    if row is not None:
        return False
    row = Tariff(
        code=code, content=tariffs_queries.tariff_as_stored(content), version=0, published_digest=""
    )
    write.add(row)
    write.flush()
    return publish_tariff(write, row)
