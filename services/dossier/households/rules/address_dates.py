"""Days from which an address may be said to hold."""

from datetime import date

from shared.contracts.errors import BadRequest
from shared.dates.instant import Instant

FIRST_DAY = date(2000, 1, 1)
DAYS_AHEAD = 366


def refuse_unlikely_address_date(valid_from: date, when: Instant) -> None:
    """Raise BadRequest for a day that is a slip of the pen: too long ago, or too far ahead."""
    if valid_from < FIRST_DAY:
        raise BadRequest(errors={"valid_from": ["Cette date est avant l’an 2000."]})
    if (valid_from - when.day).days > DAYS_AHEAD:
        raise BadRequest(errors={"valid_from": ["Cette date est dans plus d’un an."]})
