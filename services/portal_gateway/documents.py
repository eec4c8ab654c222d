"""A file handed to the browser: a document that billing keeps, or one made at once."""

import binascii
import re
from typing import Any

from flask import Response

from services.portal_gateway import till
from shared import files
from shared.contracts.errors import Failed
from shared.contracts.message import Method

PDF = b"%PDF-"


def file_of(method: Method, **payload: Any) -> Response:
    """Return what billing answers to a `…_pdf` method, to keep; raises Failed for anything else."""
    first = till.ask(method, **payload)
    try:
        content = files.whole(first, lambda part: till.ask(method, part=part, **payload))
    except (binascii.Error, files.Changed):
        raise Failed from None
    if not content.startswith(PDF):
        raise Failed
    return attached(content, first.name, "application/pdf")


def attached(content: bytes, name: str, mimetype: str) -> Response:
    """Return a file to keep."""
    response = Response(content, mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{_plain(name)}"'
    return response


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "-", name)
