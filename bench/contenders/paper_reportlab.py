"""The same bill by reportlab, as its platypus draws it: without tags, hence not PDF/UA."""

import io
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table

_TEXT = ParagraphStyle("text", fontName="Times-Roman", fontSize=10, leading=12)
_SMALL = ParagraphStyle("small", parent=_TEXT, fontSize=8, leading=9.5, textColor=colors.grey)
_RIGHT = ParagraphStyle("right", parent=_TEXT, alignment=TA_RIGHT)
_TITLE = ParagraphStyle("title", parent=_TEXT, fontSize=19, leading=23)
_AMOUNT = ParagraphStyle("amount", parent=_RIGHT, fontSize=25, leading=28)


def draw(data: Mapping[str, Any]) -> bytes:
    """Return the bill as PDF."""
    out = io.BytesIO()
    margins = {"leftMargin": 18 * mm, "rightMargin": 18 * mm, "topMargin": 15 * mm}
    document = SimpleDocTemplate(out, pagesize=A4, title=data["title"], lang="fr-FR", **margins)
    document.build([*_head(data), _lines(data), *_foot(data)])
    return out.getvalue()


def _head(data: Mapping[str, Any]) -> list[Any]:
    issuer = data["issuer"]
    headline = data["headline"]
    return [
        Paragraph(f"<b>{escape(issuer['controller'])}</b><br/>{escape(issuer['service'])}", _TEXT),
        Paragraph("<br/>".join(map(escape, issuer["lines"])), _SMALL),
        Paragraph("<br/>".join(map(escape, data["address"])), _RIGHT),
        Paragraph(data["heading"], _TITLE),
        Table([[Paragraph(each, _TEXT) for each in fact] for fact in data["facts"]]),
        Table(
            [[Paragraph(f"{headline['label']}<br/><b>{headline['when']}</b>", _TEXT),
              Paragraph(f"<b>{headline['amount']}</b>", _AMOUNT)]],
            style=[("BACKGROUND", (0, 0), (-1, -1), colors.HexColor("#eef2fa"))],
        ),
    ]  # fmt: skip


def _lines(data: Mapping[str, Any]) -> Table:
    rows: list[list[Any]] = [["Prestation", "Nombre", "Prix", "Montant"]]
    for part in data["parts"]:
        rows.append([Paragraph(f"<b>{escape(part['title'])}</b>", _TEXT), "", "", part["total"]])
        rows += [_row(line) for line in part["lines"]]
    style = [
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, colors.lightgrey),
        ("ALIGN", (1, 0), (-1, -1), "RIGHT"),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
    widths = [116 * mm, 14 * mm, 20 * mm, 24 * mm]
    return Table(rows, colWidths=widths, repeatRows=1, style=style)


def _row(line: Mapping[str, str]) -> list[Any]:
    said = (
        f"{escape(line['label'])}<font color='grey'>{escape(line['days'])}</font>"
        f"<br/><font size='8' color='grey'>{escape(line['reason'])}</font>"
    )
    return [Paragraph(said, _TEXT), line["quantity"], line["unit"], line["amount"]]


def _foot(data: Mapping[str, Any]) -> list[Any]:
    pay = data["pay"]
    means = [
        Paragraph(f"<b>{escape(what)}</b><br/>{escape(how)}", _TEXT) for what, how in pay["means"]
    ]
    means.append(Paragraph(f"{pay['reference']} · {pay['key']}", _TEXT))
    code = Drawing(32 * mm, 32 * mm)
    code.add(QrCodeWidget(pay["reference"] + pay["key"], barWidth=32 * mm, barHeight=32 * mm))
    return [
        Table(
            [["", row[0], row[1]] for row in data["totals"]], colWidths=[90 * mm, 40 * mm, 44 * mm]
        ),
        Table([[means, code]], colWidths=[140 * mm, 34 * mm]),
        Spacer(1, 4 * mm),
        *(Paragraph(escape(note), _SMALL) for note in data["notes"]),
    ]
