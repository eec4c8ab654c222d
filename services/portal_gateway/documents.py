"""A file handed to the browser: a document that billing keeps, or one made at once."""

import base64
import binascii
from types import SimpleNamespace

from flask import Response

from shared.contracts.errors import Failed
from shared.web import downloads

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
    return downloads.to_keep(content, name, mimetype)
