"""The form of a paper that a family keeps: its pages, kind, last day, and the children it is of."""

import hashlib
from collections.abc import Sequence
from datetime import date

from flask import request
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.portal_gateway.session.queries.children import Child
from shared.contracts.dossier.registrations import MOST_PAPER_BYTES
from shared.contracts.sections.consents import RULES
from shared.contracts.sections.papers import KINDS, REASONS, STATE_LABELS
from shared.files.cleaning import CleanFile, FileRefused
from shared.files.photos_as_pdf import bind_pages
from shared.files.types import LARGEST_SENT
from shared.web.forms import uploads
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day
from shared.web.language.section_labels import lazy_labels

KIND_LABELS = lazy_labels({code: kind.label for code, kind in KINDS.items()})
STATES = lazy_labels(STATE_LABELS)
WHY_REFUSED = lazy_labels(REASONS)
MOST_PAGES = 8
LARGEST_FORM = MOST_PAGES * LARGEST_SENT
"""Bytes of a form with pages that is still read: what was typed beside them is not lost."""
PAGES = "pages"

Labels = dict[str, LazyString]


_ALLOWS = (_l("J’autorise"), _l("Je n’autorise pas"), _l("Je n’autorise plus"))
_ACCEPTS = (_l("J’accepte"), _l("Je n’accepte pas"), _l("Je n’accepte plus"))


def answer_words_of_consent(act: str) -> tuple[LazyString, LazyString, LazyString]:
    """Return yes, no and no longer as one says them to an act: rules are accepted, not allowed."""
    return _ACCEPTS if act == RULES else _ALLOWS


def parse_values() -> dict[str, object]:
    """Return what was typed, as a form holds it."""
    return {
        "kind": request.form.get("kind", ""),
        "valid_until": request.form.get("valid_until", "").strip(),
        "children": request.form.getlist("children"),
    }


def last_day_of_paper(form: Form) -> date | None:
    """Return the last day of the paper; None where it has none, or none was written."""
    kind = KINDS.get(form.value("kind"))
    return read_day(form.value("valid_until")) if kind and kind.ends else None


def mistakes(form: Form, children: Sequence[Child], today: date) -> dict[str, str]:
    """Return what is wrong with what was typed beside the pages."""
    errors = {}
    kind = KINDS.get(form.value("kind"))
    if kind is None:
        errors["kind"] = _("Choisissez de quel papier il s’agit.")
    elif kind.ends:
        day = last_day_of_paper(form)
        if day is None:
            errors["valid_until"] = _("Écrivez le dernier jour du papier, par exemple 31/08/2027.")
        elif day < today:
            errors["valid_until"] = _("Ce papier n’est plus valable : déposez le nouveau.")
        elif day.year > today.year + 20:
            errors["valid_until"] = _("Cette date est trop lointaine : vérifiez l’année.")
    if not set(form.values["children"]) <= {child.id for child in children}:
        errors["children"] = _("Choisissez parmi vos enfants.")
    return errors


def digest_of_pages() -> str:
    """Return what distinguishes the pages of this request, as they were sent."""
    digest = hashlib.sha256()
    for file in request.files.getlist(PAGES):
        file.stream.seek(0)
        digest.update(hashlib.sha256(file.stream.read()).digest())
    return digest.hexdigest()


def read_pages() -> tuple[CleanFile | None, str]:
    """Return the pages of this request as one file, or what is wrong with them in a sentence."""
    sent = [file for file in request.files.getlist(PAGES) if file.filename]
    if not sent:
        return None, _("Choisissez d’abord une photo ou un PDF.")
    if len(sent) > MOST_PAGES:
        return None, _("Joignez %(most)d pages au plus.", most=MOST_PAGES)
    try:
        pages = [uploads.clean_sent_file(file.stream.read(LARGEST_SENT + 1)) for file in sent]
    except FileRefused as refusal:
        return None, uploads.refusal_sentence(refusal)
    bound = bind_pages(pages)
    if len(bound.content) > MOST_PAPER_BYTES:
        return None, _(
            "Ce papier pèse %(size)s Mo une fois réduit, %(most)s Mo au plus : photographiez les "
            "pages utiles.",
            size=-(-len(bound.content) // (1024 * 1024)),
            most=MOST_PAPER_BYTES // (1024 * 1024),
        )
    return bound, ""
