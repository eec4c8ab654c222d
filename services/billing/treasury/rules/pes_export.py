"""
A lot as a PES v2 Recette file (PESORMC): pure, the same bytes each time, ISO-8859-1.

Its sources and limits: docs/public-finance.md.
"""

import re
from collections.abc import Sequence

from lxml import etree

from services.billing.treasury.rules.bill_for_accountant import (
    LONGEST_NAME,
    MADAM,
    DebtorRecord,
    PieceLine,
)
from services.billing.treasury.rules.lot_export import Batch, Piece
from services.billing.treasury.rules.pes_keys import (
    BORDEREAU,
    NATURE,
    debt_number,
    first_key,
    pes_period_of_month,
    second_key,
)
from shared.register import PES_SETTINGS, Finance
from shared.text.folding import without_accents

SPACE = "http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller"
ORDINARY, ORMC, RUNNING = "06", "15", "01"
"""TypBord, TypPce, NatPce: the one triplet that is known to be allowed for an ORMC."""

ABROAD = "99999"
NOT_GIVEN = "ADRESSE PROTEGEE"
"""Address of a debtor who was protected after the lot had left (rule R9): the schema wants one."""
SUBJECT = 160

Fields = Sequence[tuple[str, str]]

WRITER: Fields = (("Sigle", "PREAU"), ("Adresse", "PREAU ORMC 3"))
"""
The software that wrote a file, and the version of how it writes: not of the software, since a lot
is the same bytes each time.
"""


def missing_settings(finance: Finance | None) -> list[str]:
    """Return which settings of a régie a PES v2 file needs and does not have."""
    return [name for name in PES_SETTINGS if not (finance and getattr(finance, name))]


def lot_as_pes(batch: Batch) -> bytes:
    """Return the PES v2 file of a lot; its régie has all settings (`missing_settings`)."""
    finance = batch.regie.finance
    assert finance is not None
    root = etree.Element(f"{{{SPACE}}}PES_Aller", nsmap={"n": SPACE})
    envelope = _add_block(root, "Enveloppe")
    _add_leaves(
        _add_block(envelope, "Parametres"),
        [("Version", "2"), ("TypFic", "PESORMC"), ("NomFic", pes_file_name(batch))],
    )
    _add_leaves(_add_block(envelope, "Emetteur"), WRITER)
    _add_leaves(
        _add_block(root, "EnTetePES"),
        [
            ("DteStr", batch.day.isoformat()),
            ("IdPost", finance.post),
            ("IdColl", batch.regie.siret),
            ("CodCol", finance.collectivity),
            ("CodBud", finance.budget),
            ("LibelleColBud", _postal_text(batch.controller, 38)),
        ],
    )
    income = _add_block(root, "PES_RecetteAller")
    _add_leaves(_add_block(income, "EnTeteRecette"), [("IdVer", "2"), ("InfoDematerialisee", "0")])
    _add_bordereau(_add_block(income, "Bordereau"), batch, finance)
    return etree.tostring(root, encoding="ISO-8859-1", xml_declaration=True, pretty_print=True)


def pes_file_name(batch: Batch) -> str:
    """Return the name of the file, as written inside it."""
    return f"PESORMC_{batch.regie.siret}_{batch.number}.xml"


def _add_bordereau(parent: object, batch: Batch, finance: Finance) -> None:
    _add_leaves(
        _add_block(parent, "BlocBordereau"),
        [
            ("Exer", str(batch.fiscal_year)),
            ("IdBord", f"{batch.sequence:07d}"),
            ("DteBordEm", batch.day.isoformat()),
            ("TypBord", ORDINARY),
            ("NbrPce", str(len(batch.pieces))),
            ("MtBordHt", _format_amount(batch.total_cents)),
            ("DteAsp", batch.day.isoformat()),
            ("Objet", _postal_text(batch.regie.label, SUBJECT)),
        ],
    )
    for piece in batch.pieces:
        _add_piece(_add_block(parent, "Piece"), batch, finance, piece)


def _add_piece(parent: object, batch: Batch, finance: Finance, piece: Piece) -> None:
    debt, period = debt_number(piece.debt), pes_period_of_month(piece.month, finance.period)
    year = batch.fiscal_year
    fields: list[tuple[str, str]] = [
        ("IdPce", str(piece.number)),
        ("TypPce", ORMC),
        ("NatPce", RUNNING),
        ("ObjPce", _postal_text(f"{batch.regie.label} {piece.bill}", SUBJECT)),
        ("NumDette", debt),
        ("Per", period),
    ]
    if finance.key1 in (NATURE, BORDEREAU):
        second = piece.lines[0].nature if finance.key1 == NATURE else f"{batch.sequence:07d}"
        fields.append(("Cle1", first_key(finance.collectivity, second, year, period, debt)))
    fields.append(("Cle2", second_key(year, period, debt)))
    _add_leaves(_add_block(parent, "BlocPiece"), fields)
    for number, line in enumerate(piece.lines, 1):
        _add_line(_add_block(parent, "LigneDePiece"), finance, piece, number, line)


def _add_line(parent: object, finance: Finance, piece: Piece, number: int, line: PieceLine) -> None:
    codes: list[tuple[str, str]] = [("CodProdLoc", line.product), ("Nature", line.nature)]
    if line.function:
        codes.append(("Fonction", line.function))
    _add_leaves(
        _add_block(_add_block(parent, "BlocLignePiece"), "InfoLignePiece"),
        [
            ("IdLigne", str(number)),
            ("ObjLignePce", _postal_text(f"{line.label} {line.month}", SUBJECT)),
            *codes,
            ("Majo", "0"),
            ("TvaIntraCom", "0"),
            ("MtHT", _format_amount(line.cents)),
        ],
    )
    _add_debtor(_add_block(parent, "Tiers"), finance, piece)


def _add_debtor(parent: object, finance: Finance, piece: Piece) -> None:
    debtor = piece.debtor
    hidden = not debtor.has_address
    _add_leaves(
        _add_block(parent, "InfoTiers"),
        [
            ("RefTiers", piece.reference),
            ("CatTiers", "01"),
            ("NatJur", "01"),
            ("TypTiers", "01"),
            *_name_fields(debtor, finance),
        ],
    )
    is_french = debtor.lives_in_france
    town = NOT_GIVEN if hidden else _postal_text(debtor.town, 38)
    _add_leaves(
        _add_block(parent, "Adresse"),
        [
            ("TypAdr", "1"),
            ("Adr2", _postal_text(debtor.street, 38) or town),  # a hamlet without streets
            ("CP", debtor.postcode if is_french else ABROAD),
            ("Ville", town),
            ("CodRes", "0" if is_french or hidden else "1"),
        ],
    )


def _name_fields(debtor: DebtorRecord, finance: Finance) -> Fields:
    """Return how a debtor is called; a lot that left before anyone was asked has one name alone."""
    if not debtor.civility:
        return [("Nom", _postal_text(debtor.name, LONGEST_NAME))]
    return [
        ("Civilite", finance.madam if debtor.civility == MADAM else finance.sir),
        ("Nom", _postal_text(debtor.last_name, LONGEST_NAME)),
        ("Prenom", _postal_text(debtor.first_name, LONGEST_NAME)),
    ]


def _add_block(parent: object, name: str) -> object:
    return etree.SubElement(parent, name)


def _add_leaves(parent: object, fields: Fields) -> None:
    for name, value in fields:
        etree.SubElement(parent, name, V=value)


def _format_amount(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _postal_text(text: str, most: int) -> str:
    """Return text as the post writes it: capitals without accents, one space, cut to length."""
    kept = without_accents(text.replace("’", "'").replace("°", " ")).upper()
    ascii_only = re.sub(r"[^\x20-\x7e]+", " ", kept)
    return re.sub(r" +", " ", ascii_only).strip()[:most].rstrip()
