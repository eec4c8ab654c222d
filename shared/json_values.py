"""
JSON whose fields are not known here: a section as stored, a notice's detail, a file's block.

Everything else has a type of its own: a message, a row of one, a dataclass. A digest of any such
content tells a change from none.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

JsonObject = dict[str, Any]
"""A JSON object: a schema of its own, or nothing, says what it holds."""
JsonMapping = Mapping[str, Any]
"""JSON object to be read only."""

as_json = json.JSONEncoder(ensure_ascii=False).encode
"""Return a value as JSON text, by an encoder that is made once."""


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
