"""
Several photographed pages as one PDF.

Each page was made anew before (shared/files/cleaning.py). A photo goes into the PDF as it is: none
of its pixels is read here, so that no codec runs in a web process.
"""

import io
from collections.abc import Sequence

import pikepdf
from PIL import Image

from shared.files.cleaning import CleanFile
from shared.files.types import PDF

A4_POINTS = (595.0, 842.0)


def bind_pages(files: Sequence[CleanFile]) -> CleanFile:
    """Return one file of these: the file itself where it is alone, else a PDF of all in order."""
    if len(files) == 1:
        return files[0]
    with pikepdf.new() as bound:
        for file in files:
            if file.media_type == PDF:
                with pikepdf.open(io.BytesIO(file.content)) as pages:
                    bound.pages.extend(pages.pages)
            else:
                _add_photo(bound, file.content)
        made = io.BytesIO()
        bound.save(made, deterministic_id=True)
    return CleanFile(PDF, made.getvalue())


def _add_photo(bound: pikepdf.Pdf, jpeg: bytes) -> None:
    """Add a page that a photo fills, upright or lying, no larger than a sheet of A4."""
    with Image.open(io.BytesIO(jpeg)) as photo:  # its header alone
        width, height = photo.size
        colours = pikepdf.Name.DeviceGray if photo.mode == "L" else pikepdf.Name.DeviceRGB
    short, long = A4_POINTS
    scale = min(short / min(width, height), long / max(width, height))
    wide, high = width * scale, height * scale
    picture = pikepdf.Stream(
        bound,
        jpeg,
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=width,
        Height=height,
        ColorSpace=colours,
        BitsPerComponent=8,
        Filter=pikepdf.Name.DCTDecode,
    )
    content = f"q {wide:.2f} 0 0 {high:.2f} 0 0 cm /Photo Do Q".encode()
    page = pikepdf.Dictionary(
        Type=pikepdf.Name.Page,
        MediaBox=pikepdf.Array([0, 0, round(wide, 2), round(high, 2)]),
        Contents=pikepdf.Stream(bound, content),
        Resources=pikepdf.Dictionary(XObject=pikepdf.Dictionary(Photo=picture)),
    )
    bound.pages.append(pikepdf.Page(page))
