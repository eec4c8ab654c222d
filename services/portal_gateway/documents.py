"""A file handed to the browser: a document that billing keeps, or one made at once."""

import base64
import binascii
import re
from types import SimpleNamespace

from flask import Response

from shared.contracts.errors import Failed

PDF = b"%PDF-"


def file_of(answer: SimpleNamespace) -> Response:
    """Return the answer of a `…_pdf` method as a file to keep; raises Failed for anything else."""
    try:
        content = base64.b64decode(answer.content, validate=True)
    except binascii.Error:
        raise Failed from None
    if not content.startswith(PDF):
        raise Failed
    return attached(content, answer.name, "application/pdf")


def attached(content: bytes, name: str, mimetype: str) -> Response:
    """Return a file to keep."""
    response = Response(content, mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{_plain(name)}"'
    return response


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "-", name)
