"""Digests of JSON contents, by which a change is told from none."""

import hashlib
import json


def digest_of_content(content: object) -> str:
    """
    Return 64 hexadecimal characters that change when a content does.

    A content is made of what JSON has, and of days and moments; the order of keys does not count.
    It is no secret: whoever can guess the content can compute the digest.
    """
    written = json.dumps(content, sort_keys=True, ensure_ascii=False, default=_as_text)
    return hashlib.sha256(written.encode()).hexdigest()


def _as_text(value: object) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
