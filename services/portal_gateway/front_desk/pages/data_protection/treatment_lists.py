"""Lists of the data protection office: treatments, as a table and as files."""

from collections.abc import Sequence
from typing import NamedTuple

from flask import url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from shared.register import treatments
from shared.web.agents.lists.columns import NUMBER, Column, List

NEEDED, TO_JUDGE = "nécessaire", "à juger"
"""The first words of an entry whose impact assessment is due, or is the officer's to judge."""
PAGE_COLUMNS = 5
"""Columns of the page; the file has all that article 30 asks."""


class Treatment(NamedTuple):
    """One entry with its number in the register, which its page's address has."""

    number: int
    entry: treatments.Treatment


def numbered_treatments(entries: Sequence[treatments.Treatment]) -> list[Treatment]:
    return [Treatment(number, entry) for number, entry in enumerate(entries, start=1)]


def needs_assessment(entry: treatments.Treatment) -> bool:
    """Say whether the register asks for an impact assessment (article 35)."""
    return entry["dpia"].startswith(NEEDED)


def _assessment_word(entry: treatments.Treatment) -> LazyString:
    if needs_assessment(entry):
        return _l("nécessaire")
    return _l("à juger") if entry["dpia"].startswith(TO_JUDGE) else _l("non requise")


def _text_column(code: str, label: object, key: str) -> Column[Treatment]:
    return Column(code, label, lambda row: _value_in_words(row.entry[key]))


def _value_in_words(value: str | Sequence[str]) -> str:
    return value if isinstance(value, str) else "\u00a0; ".join(value)


REGISTER: List[Treatment] = List(
    _l("Registre des traitements"),
    (
        Column(
            "finalite",
            _l("Finalité"),
            lambda row: row.entry["purpose"],
            searched=True,
            href=lambda row: url_for("treatments.show", number=row.number),
        ),
        Column("chez", _l("Chez"), lambda row: row.entry["holder"], filtered=True, searched=True),
        _text_column("base", _l("Base légale"), "legal_bases"),
        _text_column("garde", _l("Conservation"), "retention"),
        Column(
            "aipd",
            _l("Analyse d’impact"),
            lambda row: str(_assessment_word(row.entry)),
            filtered=True,
        ),
        Column("numero", _l("Numéro"), lambda row: row.number, NUMBER),
        _text_column("responsable", _l("Responsable du traitement"), "controller"),
        _text_column("conjoints", _l("Responsables conjoints"), "joint_controllers"),
        _text_column("delegue", _l("Délégué"), "dpo"),
        _text_column("personnes", _l("Personnes concernées"), "subjects"),
        _text_column("donnees", _l("Données"), "categories"),
        _text_column("destinataires", _l("Destinataires"), "recipients"),
        _text_column("source", _l("Source"), "source"),
        _text_column("securite", _l("Sécurité"), "security"),
        _text_column("soustraitants", _l("Sous-traitants"), "processors"),
        _text_column("transferts", _l("Transferts"), "transfers"),
        _text_column("motif", _l("Analyse d’impact, pourquoi"), "dpia"),
    ),
    keep=(),
)
REGISTER_PAGE: List[Treatment] = REGISTER.without_columns(
    *(column.code for column in REGISTER.columns[PAGE_COLUMNS:])
)
