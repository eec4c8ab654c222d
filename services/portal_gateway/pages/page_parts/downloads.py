"""A file handed to the browser: a document that billing keeps, or one made at once."""

import binascii
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from flask import Response

from services.portal_gateway.calls import billing
from shared.contracts.errors import Failed
from shared.contracts.message import Method
from shared.contracts.values import FilePart, PartRequest
from shared.files.file_parts import FileChanged, fetch_whole_file
from shared.web.base import downloads

PDF = b"%PDF-"

Q = TypeVar("Q", bound=PartRequest)


def download_from_billing(method: Method[Q, FilePart], request: Q) -> Response:
    """Return what billing answers to a `…_pdf` method, to keep; raises Failed for anything else."""
    return download_pdf(lambda asked: billing.ask(method, asked), request)


def download_pdf(ask: Callable[[Q], FilePart], request: Q) -> Response:
    """Return a PDF whose parts `ask` fetches, to keep; raises Failed for anything else."""
    first = ask(request)
    try:
        content = fetch_whole_file(first, lambda part: ask(replace(request, part=part)))
    except (binascii.Error, FileChanged):
        raise Failed from None
    if not content.startswith(PDF):
        raise Failed
    return download_response(content, first.name, "application/pdf")


def download_response(content: bytes, name: str, mimetype: str) -> Response:
    """Return a response that hands over a file to keep."""
    return downloads.file_to_save(content, name, mimetype)
