"""Text of an exported file: UTF-8, or what French software writes in its place. Pure."""


class NotText(ValueError):
    """The file is no text."""


def decode(content: bytes) -> str:
    """
    Return the text of a file.

    cp1252 and ISO-8859-15 differ below 0xA0, where only the first has letters. Raises NotText.
    """
    if b"\0" in content:
        raise NotText
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        windows = any(0x80 <= byte <= 0x9F for byte in content)
        return content.decode("cp1252" if windows else "iso-8859-15", errors="replace")
