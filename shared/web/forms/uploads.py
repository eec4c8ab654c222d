"""
Files that a form brings: taken by their content, and by nothing that a browser says of them.

A form whose files are too large is read all the same, within reason: what was typed beside them
must not be lost for it. A view that takes one photograph and nothing else says a smaller bound.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, request
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from shared.files.types import MOST_FILES, media_type_of, safe_name

LARGEST = 64 * 1024 * 1024
"""Bytes of a form with files that is still read: three photographs as a camera makes them."""

FIELD = "files"
ACCEPTED = "image/jpeg,image/png,image/webp,application/pdf"


@dataclass(frozen=True)
class Upload:
    """One file that may be attached."""

    name: str
    media_type: str
    content: bytes


def install(app: Flask) -> None:
    """Say how large each request may be, before anything looks into its form."""
    app.extensions["preau_uploads"] = {}
    app.before_request(_limit_request_size)


def allow_uploads(app: Flask, *views: Callable[..., Any], largest: int = LARGEST) -> None:
    """Let these views take forms with files, of so many bytes; every other form stays small."""
    names = (name for name, view in app.view_functions.items() if view in views)
    app.extensions["preau_uploads"].update(dict.fromkeys(names, largest))


def read_uploads(most: int) -> tuple[list[Upload], str]:
    """Return the files of this request, and what is wrong with them in a sentence, or ""."""
    sent = [file for file in request.files.getlist(FIELD) if file.filename]
    if len(sent) > MOST_FILES:
        return [], _("Joignez %(most)d fichiers au plus.", most=MOST_FILES)
    uploads: list[Upload] = []
    for file in sent:
        upload = _read_upload(file, most)
        if isinstance(upload, str):
            return [], upload
        uploads.append(upload)
    return uploads, ""


def _limit_request_size() -> None:
    largest = current_app.extensions["preau_uploads"].get(request.endpoint)
    if largest is not None:
        request.max_content_length = largest


def _read_upload(sent: FileStorage, most: int) -> Upload | str:
    content = sent.stream.read(most + 1)
    if len(content) > most:
        return _("Ce fichier est trop lourd : %(most)s Mo au plus.", most=most // (1024 * 1024))
    media_type = media_type_of(content)
    if media_type is None:
        return _("Joignez une photo (JPEG, PNG, WebP) ou un PDF : ce fichier n’en est pas un.")
    return Upload(safe_name(sent.filename or "", media_type), media_type, content)
