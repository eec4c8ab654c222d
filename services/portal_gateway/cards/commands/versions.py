"""Upsert of a whole state under its version: an older or equal version changes nothing."""

from typing import Any

from shared.database import Write


def keep_newer(
    write: Write,
    table: Any,
    keys: dict[str, str],
    version: int,
    content: bytes | str | None,
    **more: Any,
) -> bool:
    """Store `content` if `version` is newer than the stored one; return whether it was."""
    values = {"version": version, "content": content, **more}
    kept = (
        write.upsert(table)
        .values(**keys, **values)
        .on_conflict_do_update(
            index_elements=list(keys), set_=values, where=table.version < version
        )
        .returning(table.version)
    )
    return write.scalar(kept) is not None
