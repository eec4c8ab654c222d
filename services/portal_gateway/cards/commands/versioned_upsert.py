"""Upsert of a whole state under its version: an older or equal version changes nothing."""

from functools import cache
from typing import Any

from sqlalchemy import Executable

from shared.database import Write
from shared.database.prebuilt_statements import Build, store_rows


def keep_newer(
    write: Write,
    table: object,
    keys: dict[str, str],
    version: int,
    content: bytes | str | None,
    **more: object,
) -> bool:
    """Store `content` if `version` is newer than the stored one; return whether it was."""
    values = {"version": version, "content": content, **more}
    newer = _make_upsert_builder(table, tuple(keys), tuple(values))
    return store_rows(write, newer, keys | values).first() is not None


@cache
def _make_upsert_builder(table: Any, keys: tuple[str, ...], columns: tuple[str, ...]) -> Build:
    def build_upsert_of_newer(write: Write) -> Executable:
        insert = write.upsert_into(table)
        return insert.on_conflict_do_update(
            index_elements=keys,
            set_={name: insert.excluded[name] for name in columns},
            where=table.version < insert.excluded.version,
        ).returning(table.version)

    return build_upsert_of_newer
