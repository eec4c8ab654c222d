"""
Files that a page hands out, under a name that keeps its accents or loses them whole.

The one place that says what a file is called: « Reçu-2026.pdf » to every browser that reads RFC
6266, Recu-2026.pdf to any other program.
"""

import re
from urllib.parse import quote

from flask import Response, current_app

from shared.contracts.errors import Failed
from shared.files.cleaning import INFECTED, UNSCANNED, FileRefused
from shared.text import without_accents
from shared.web.base import errors
from shared.web.forms.uploads import clean_sent_file

_NOT_IN_A_NAME = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]+')
NAMELESS = "document"
_PAGES = {INFECTED: errors.INFECTED_FILE, UNSCANNED: errors.UNSCANNED_FILE}


def file_to_save(content: bytes, name: str, media_type: str) -> Response:
    """Return a file that a browser saves and never shows as a page of ours."""
    return _file_response(content, "attachment", name, media_type)


def file_to_view(content: bytes, name: str, media_type: str) -> Response:
    """Return a file of our own making that a browser shows, to be printed or saved from there."""
    return _file_response(content, "inline", name, media_type)


def sent_file_to_save(content: bytes, name: str) -> Response:
    """
    Return a file that a person sent, scanned and made anew at its reader's door too.

    Whoever kept it is believed no more than who sent it, and signatures are newer by now. Returns
    a page where the antivirus knows it, or is away; raises Failed for what is no such file.
    """
    return _sent_file_response(content, "attachment", name)


def sent_file_to_view(content: bytes, name: str) -> Response:
    """Return a file that a person sent as one to read at once, past the same door."""
    return _sent_file_response(content, "inline", name)


def content_disposition(way: str, name: str) -> str:
    """Return the header that names a file, `way` being attachment or inline (RFC 6266)."""
    title = " ".join(_NOT_IN_A_NAME.sub("-", name).split()) or NAMELESS
    plain = re.sub(r"[^A-Za-z0-9._]+", "-", without_accents(title)).strip("-")
    if not plain.partition(".")[0]:
        plain = NAMELESS + plain
    header = f'{way}; filename="{plain}"'
    return header if plain == title else f"{header}; filename*=UTF-8''{quote(title, safe='')}"


def _sent_file_response(content: bytes, way: str, name: str) -> Response:
    try:
        clean = clean_sent_file(content)
    except FileRefused as refusal:
        page = _PAGES.get(refusal.reason)
        if page is None:
            raise Failed from None
        return current_app.make_response(errors.show_error_page(page))
    return _file_response(clean.content, way, name, clean.media_type)


def _file_response(content: bytes, way: str, name: str, media_type: str) -> Response:
    response = Response(content, mimetype=media_type)
    response.headers["Content-Disposition"] = content_disposition(way, name)
    return response
