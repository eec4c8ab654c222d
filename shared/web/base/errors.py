"""
Pages for what went wrong: in words, with what to do, without a name, a value or a trace.

Refusals from the bus are mapped here once. What a child's page refuses looks like what does not
exist: nobody learns from an error that a child is known.
"""

import sys
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, g, render_template
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from shared.contracts.errors import (
    NoAnswer,
    NotEntitled,
    NotFound,
    Refusal,
    TooLarge,
    Unavailable,
)
from shared.runtime.ids import new_id
from shared.runtime.trace import current_trace
from shared.web.language.translated_labels import Label


@dataclass(frozen=True)
class ErrorPage:
    """One page for one kind of failure."""

    status: int
    title: Label
    said: Label
    todo: Label
    icon: str = "info"
    calm: bool = True
    """False where something of ours broke: the page then gives a reference."""


STALE_FORM = ErrorPage(
    400,
    _l("Cette page était ouverte depuis trop longtemps"),
    _l("Rien n’a été enregistré."),
    _l("Revenez en arrière : ce que vous aviez écrit y est encore. Rechargez la page, puis "
       "enregistrez de nouveau."),
    "waiting",
)  # fmt: skip
NOT_UNDERSTOOD = ErrorPage(
    400,
    _l("Nous n’avons pas compris cette demande"),
    _l("Il manque quelque chose à ce que votre navigateur a envoyé."),
    _l("Revenez en arrière et essayez de nouveau."),
)
NOT_YOURS = ErrorPage(
    403,
    _l("Cette page ne vous est pas ouverte"),
    _l("Votre compte n’y donne pas accès."),
    _l("Si vous pensez que c’est une erreur, appelez-nous."),
    "lock",
)
UNKNOWN = ErrorPage(
    404,
    _l("Cette page n’existe pas"),
    _l("L’adresse est incomplète, ou la page a été retirée."),
    _l("Reprenez depuis l’accueil."),
    "search",
)
OPENED_BY_BUTTON = ErrorPage(
    405,
    _l("Cette adresse ne s’ouvre pas seule"),
    _l("Elle sert à un bouton. Rien n’a été changé."),
    _l("Reprenez depuis l’accueil."),
    "search",
)
"""Typed, kept or reloaded by its address: what only a form of ours sends to."""
TOO_LARGE = ErrorPage(
    413,
    _l("C’est trop long"),
    _l("Le texte envoyé dépasse ce que cette page peut recevoir. Rien n’a été enregistré."),
    _l("Revenez en arrière et raccourcissez-le."),
)
TOO_MANY = ErrorPage(
    429,
    _l("Trop d’essais en peu de temps"),
    _l("Pour protéger les comptes, nous ralentissons les essais venus d’un même endroit."),
    _l("Attendez une minute, puis essayez de nouveau."),
    "waiting",
)
BROKEN = ErrorPage(
    500,
    _l("Quelque chose n’a pas marché chez nous"),
    _l("Ce n’est pas de votre fait. Ce qui était déjà enregistré l’est toujours."),
    _l("Essayez de nouveau dans quelques minutes. Si cela recommence, appelez-nous avec la "
       "référence ci-dessous."),
    "alert",
    calm=False,
)  # fmt: skip
SILENT = ErrorPage(
    503,
    _l("Ce service ne répond pas en ce moment"),
    _l("Rien n’est perdu : ce qui était enregistré l’est toujours. Les autres pages restent "
       "ouvertes."),
    _l("Essayez de nouveau dans quelques minutes."),
    "offline",
)  # fmt: skip

INFECTED_FILE = ErrorPage(
    403,
    _l("Ce fichier ne vous est pas remis"),
    _l("L’antivirus y reconnaît un virus. Il n’a pas été ouvert."),
    _l("Demandez le document sous une autre forme, une photo par exemple. Le service informatique "
       "est prévenu."),
    "lock",
)  # fmt: skip
UNSCANNED_FILE = ErrorPage(
    503,
    _l("Le contrôle antivirus ne répond pas en ce moment"),
    _l("Aucun fichier n’est remis sans lui. Rien n’est perdu."),
    _l("Essayez de nouveau dans quelques minutes."),
    "offline",
)

_BY_STATUS = {
    page.status: page
    for page in (
        NOT_UNDERSTOOD,
        NOT_YOURS,
        UNKNOWN,
        OPENED_BY_BUTTON,
        TOO_LARGE,
        TOO_MANY,
        BROKEN,
        SILENT,
    )
}


def install(app: Flask) -> None:
    """Answer every failure with a page of ours."""
    app.register_error_handler(CSRFError, lambda _error: show_error_page(STALE_FORM))
    app.register_error_handler(HTTPException, _page_for_status)
    app.register_error_handler(Refusal, _page_for_refusal)
    app.register_error_handler(Exception, _page_for_failure)


def show_error_page(page: ErrorPage) -> tuple[str, int]:
    """Return the page as a view's answer."""
    reference = g.get("reference", "")
    return render_template("theme/error.html", page=page, reference=reference), page.status


def _page_for_status(error: HTTPException) -> Any:
    if error.code is None or error.code < 400:
        return error
    page = _BY_STATUS.get(error.code, NOT_UNDERSTOOD if error.code < 500 else BROKEN)
    body, _status = show_error_page(page)
    response = error.get_response()
    response.data = body
    response.content_type = "text/html; charset=utf-8"
    return response


def _page_for_refusal(error: Refusal) -> tuple[str, int]:
    if isinstance(error, NotFound | NotEntitled):
        return show_error_page(UNKNOWN)
    if isinstance(error, NoAnswer | Unavailable):
        return show_error_page(SILENT)
    if isinstance(error, TooLarge) and error.detail.get("what") == "request":
        return show_error_page(TOO_LARGE)
    return _page_for_failure(error)


def _page_for_failure(error: Exception) -> tuple[str, int]:
    g.reference = (current_trace() or new_id())[-6:].upper()  # `preau trace` finds it by its end
    current_app.log_exception(sys.exc_info())
    return show_error_page(BROKEN)
