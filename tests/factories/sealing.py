"""Values that a service sealed with its own key, sealed with another one."""

import os
from collections.abc import Iterable

from shared.database import SealedColumn
from shared.database.keys.resealing import reseal_columns


def require_another_key_fits(url: str, columns: Iterable[SealedColumn], key: bytes) -> None:
    """
    Fail where a value lies in another place than its column says: it could not be changed.

    Looked at on SQLite, since a place is said by a model alone.
    """
    if url.startswith("sqlite:"):
        reseal_columns(url, columns, key, os.urandom(32))
