"""A document that billing keeps, handed to the browser as the file that it is."""

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
    response = Response(content, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{_plain(answer.name)}"'
    return response


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "-", name)
