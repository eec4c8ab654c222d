"""
Files that a form brings, each made anew; nothing that a browser says of them is believed.

A form whose files are too large is read all the same, within reason: what was typed beside them
must not be lost for it. A view that takes one file and nothing else says a smaller bound.
"""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, current_app, request
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from shared.files import cleaning
from shared.files.antivirus import Antivirus
from shared.files.cleaning import CleanFile, FileRefused
from shared.files.types import LARGEST_SENT, MOST_FILES, SENT_TYPES, safe_name
from shared.runtime.metrics import files_refused

LARGEST = MOST_FILES * LARGEST_SENT + 1024 * 1024
"""Bytes of a form with files that is still read."""

FIELD = "files"
ACCEPTED = ",".join(SENT_TYPES)


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


def allow_uploads(app: Flask, *views: Callable[..., object], largest: int = LARGEST) -> None:
    """Let these views take forms with files, of so many bytes; every other form stays small."""
    names = (name for name, view in app.view_functions.items() if view in views)
    app.extensions["preau_uploads"].update(dict.fromkeys(names, largest))


def has_files() -> bool:
    """Say whether files came with this request."""
    return bool(_sent_files())


def read_uploads(most: int) -> tuple[list[Upload], str]:
    """Return the files of this request, and what is wrong with them in a sentence, or ""."""
    sent = _sent_files()
    if len(sent) > MOST_FILES:
        return [], _("Joignez %(most)d fichiers au plus.", most=MOST_FILES)
    uploads: list[Upload] = []
    for file in sent:
        upload = _read_upload(file, most)
        if isinstance(upload, str):
            return [], upload
        uploads.append(upload)
    return uploads, ""


def _sent_files() -> list[FileStorage]:
    return [file for file in request.files.getlist(FIELD) if file.filename]


def clean_sent_file(content: bytes, most: int = LARGEST_SENT) -> CleanFile:
    """
    Return a file that a person sent, scanned where the town has an antivirus and made anew.

    Raises FileRefused, counted by its reason. The one way by which such a file passes a door.
    """
    shell = current_app.extensions["preau_shell"]
    try:
        return cleaning.clean_file(
            content, most, Antivirus(shell.antivirus) if shell.antivirus else None
        )
    except FileRefused as refusal:
        files_refused.labels(shell.principal, refusal.reason).inc()
        raise


def _limit_request_size() -> None:
    largest = current_app.extensions["preau_uploads"].get(request.endpoint)
    if largest is not None:
        request.max_content_length = largest


def refusal_sentence(refusal: FileRefused) -> str:
    """Return why a file is not taken, and what to do."""
    return {
        cleaning.KIND: _(
            "Ce fichier n’est ni une photo ni un PDF. Prenez le document en photo, "
            "ou enregistrez-le en PDF."
        ),
        cleaning.BROKEN: _(
            "Ce fichier ne s’ouvre pas : il est abîmé ou incomplet. Reprenez la photo, "
            "ou enregistrez de nouveau le PDF."
        ),
        cleaning.VAST: _(
            "Ce fichier est trop grand pour être ouvert. Photographiez les pages utiles, "
            "une par une."
        ),
        cleaning.LOCKED: _(
            "Ce PDF demande un mot de passe. Enregistrez-le sans mot de passe, ou photographiez-le."
        ),
        cleaning.HEAVY: _(
            "Ce fichier est trop lourd : %(most)s Mo au plus. Photographiez les pages utiles, "
            "une par une.",
            most=refusal.most // (1024 * 1024),
        ),
        cleaning.INFECTED: _(
            "L’antivirus a reconnu un virus dans ce fichier : il n’a pas été envoyé. Prenez le "
            "document en photo, et faites vérifier l’appareil d’où vient le fichier."
        ),
        cleaning.UNSCANNED: _(
            "Le contrôle antivirus ne répond pas : votre fichier n’a pas été envoyé. Réessayez "
            "dans quelques minutes."
        ),
    }[refusal.reason]


def _read_upload(sent: FileStorage, most: int) -> Upload | str:
    content = sent.stream.read(LARGEST_SENT + 1)
    try:
        clean = clean_sent_file(content, most)
    except FileRefused as refusal:
        return refusal_sentence(refusal)
    return Upload(safe_name(sent.filename or "", clean.media_type), clean.media_type, clean.content)
