"""The same bill by WeasyPrint, from HTML, as PDF/UA-1 with its tags."""

from collections.abc import Mapping
from html import escape
from typing import Any

from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration

_FONTS = FontConfiguration()

_STYLE = """
@page { size: A4; margin: 15mm 18mm 18mm;
  @bottom-right { content: counter(page) " / " counter(pages) } }
body { font: 10pt/1.2 serif; color: #17233f }
small, .soft { color: #525d77; font-size: 8pt }
.address { margin-left: 96mm }
.headline { background: #eef2fa; padding: 9pt; display: flex; justify-content: space-between }
.headline b { font-size: 25pt }
table { width: 100%; border-collapse: collapse }
td, th { border-bottom: .4pt solid #d9d3c5; padding: 3pt 0; vertical-align: top; text-align: left }
.n { text-align: right; white-space: nowrap; padding-left: 9pt; font-variant-numeric: tabular-nums }
"""


def draw(data: Mapping[str, Any]) -> bytes:
    """Return the bill as PDF."""
    html = HTML(string=_page(data))
    return bytes(html.write_pdf(pdf_variant="pdf/ua-1", font_config=_FONTS))


def _page(data: Mapping[str, Any]) -> str:
    issuer, headline, pay = data["issuer"], data["headline"], data["pay"]
    facts = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(fact)}</dd>" for name, fact in data["facts"]
    )
    means = "".join(f"<p><b>{escape(what)}</b><br>{escape(how)}</p>" for what, how in pay["means"])
    notes = "".join(f"<p><small>{escape(note)}</small></p>" for note in data["notes"])
    totals = "".join(
        f"<p class='n'>{escape(what)} <b>{cents}</b></p>" for what, cents in data["totals"]
    )
    return f"""<!doctype html><html lang="fr"><head><title>{escape(data["title"])}</title>
<style>{_STYLE}</style></head><body>
<p><b>{escape(issuer["controller"])}</b><br>{escape(issuer["service"])}<br>
<small>{"<br>".join(map(escape, issuer["lines"]))}</small></p>
<p class="address">{"<br>".join(map(escape, data["address"]))}</p>
<h1>{escape(data["heading"])}</h1><dl>{facts}</dl>
<p class="headline"><span>{escape(headline["label"])} {escape(headline["when"])}</span>
<b>{escape(headline["amount"])}</b></p>
<table><thead><tr><th>Prestation<th class=n>Nombre<th class=n>Prix<th class=n>Montant</tr></thead>
<tbody>{"".join(map(_part, data["parts"]))}</tbody></table>{totals}
<h2>{escape(pay["heading"])}</h2>{means}<p>{escape(pay["reference"])} {escape(pay["key"])}</p>
{pay["qr"].replace("<svg", "<svg role='img' aria-label='QR'", 1)}{notes}</body></html>"""


def _part(part: Mapping[str, Any]) -> str:
    head = (
        f"<tr><td colspan=3><b>{escape(part['title'])}</b><td class=n><b>{part['total']}</b></tr>"
    )
    return head + "".join(
        f"<tr><td>{escape(line['label'])}<span class=soft>{escape(line['days'])}</span><br>"
        f"<small>{escape(line['reason'])}</small><td class=n>{line['quantity']}"
        f"<td class=n>{line['unit']}<td class=n>{line['amount']}</tr>"
        for line in part["lines"]
    )
