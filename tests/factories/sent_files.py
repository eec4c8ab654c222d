"""Files as persons send them: photos with their place and device, documents, whole or hostile."""

import io
from pathlib import Path

import pikepdf
import pillow_heif
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from reportlab.pdfgen.canvas import Canvas

GPS = "48.4469 N, 1.4892 E"
PRIVATE = (GPS.encode(), b"TELEPHONE")
LEFT, RIGHT = (250, 60, 10), (10, 60, 250)

pillow_heif.register_heif_opener()


def scene(width: int = 64, height: int = 48, grain: float = 0) -> Image.Image:
    """Return a picture, orange on the left and blue on the right; `grain` makes its file large."""
    picture = Image.new("RGB", (width, height), LEFT)
    picture.paste(RIGHT, (width // 2, 0, width, height))
    noise = Image.effect_noise(picture.size, grain or 1).convert("RGB")
    return Image.blend(picture, noise, 0.3) if grain else picture


def photographed(
    kind: str, *, turn: int = 1, size: tuple[int, int] = (64, 48), grain: float = 0
) -> bytes:
    """Return a picture as a telephone makes it: with its place and device, and maybe turned."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x9286] = turn, "TELEPHONE", GPS
    file = io.BytesIO()
    if kind == "PNG":
        notes = PngInfo()
        notes.add_text("Comment", GPS)
        scene(*size, grain).save(file, kind, pnginfo=notes, exif=exif)
    else:
        scene(*size, grain).save(file, kind, exif=exif, quality=95)
    return file.getvalue()


def document(photo: Path | None = None) -> bytes:
    """Return a PDF of one page, with a photo as it came."""
    file = io.BytesIO()
    canvas = Canvas(file, pageCompression=0)
    canvas.drawString(100, 700, "Attestation de domicile")
    if photo:
        canvas.drawImage(photo, 100, 300, 200, 150)
    canvas.save()
    return file.getvalue()


def saved(pdf: pikepdf.Pdf, **options: object) -> bytes:
    file = io.BytesIO()
    pdf.save(file, **options)  # type: ignore[arg-type]
    return file.getvalue()


def noise(size: tuple[int, int]) -> bytes:
    """Return a photograph that no JPEG makes small."""
    file = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(file, "JPEG", quality=95)
    return file.getvalue()


def scripted() -> bytes:
    """Return a PDF that runs a script as it is opened."""
    with pikepdf.open(io.BytesIO(document())) as pdf:
        pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
        return saved(pdf)


def spread_out(content: bytes) -> bytes:
    """Return a PDF with nothing packed, so that a word in it is found."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        return saved(
            pdf,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
            stream_decode_level=pikepdf.StreamDecodeLevel.generalized,
            compress_streams=False,
        )
