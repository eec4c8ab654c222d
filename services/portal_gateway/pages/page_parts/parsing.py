"""Parses ids, days of the week, codes and school years from forms and addresses."""

import re
import uuid
from collections.abc import Iterable

from flask import abort, request

from shared.contracts.errors import NotFound

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def is_id(text: str) -> bool:
    """Say whether a text is an id of ours."""
    return bool(_ID.fullmatch(text))


def parse_weekdays(values: Iterable[str]) -> list[int]:
    """Return days of the week, Monday first, each once."""
    return sorted({int(value) for value in values if value in ("1", "2", "3", "4", "5", "6", "7")})


def form_key() -> str:
    """Return the idempotency key of the form that was sent; 400 if it has none."""
    key = request.form.get("act", "")
    return key if is_id(key) else abort(400)


def request_id(form_key: str, *content: object) -> str:
    """
    Return the request id of one form with this content.

    The same form sent twice is one request; sent again with another content it is another.
    """
    return str(uuid.uuid5(uuid.UUID(form_key), "|".join(map(str, content))))


def require_id(text: str) -> str:
    """Return an id out of an address; raises NotFound for what is none."""
    if not is_id(text):
        raise NotFound
    return text


def whole_number(text: str) -> int | None:
    """Return a number of at most nine digits out of a form; None for what is none."""
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None


def parse_provider_code(text: str) -> str | None:
    """Return a provider's code out of an address; None for what is none."""
    return text if re.fullmatch(r"[a-z0-9_]{1,40}", text) else None


def parse_school_year(text: str) -> str:
    """Return a school year written as 2026-2027, "" for anything else."""
    return text if re.fullmatch(r"20\d\d-20\d\d", text) else ""
