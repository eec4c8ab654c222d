"""QR codes as SVG, for paper and for pages."""

import io

import segno


def qr_code(text: str, *, fluid: bool = False) -> str:
    """
    Return a QR code as SVG, with a quiet zone of two modules: what is around it has to be white.

    A `fluid` one has no size of its own: it is as large as the page lets it be.
    """
    drawn = io.BytesIO()
    code = segno.make(text, error="m", boost_error=False, micro=False)
    code.save(drawn, kind="svg", border=2, xmldecl=False, svgns=True, nl=False, omitsize=fluid)
    return drawn.getvalue().decode()
