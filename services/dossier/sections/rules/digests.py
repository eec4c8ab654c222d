"""
Digests by which the dossier detects a changed projection without storing its content.

The digest is keyed: there are few diets, and a plain hash of one could be guessed.
"""

import hmac
import json
from collections.abc import Mapping

_canonical = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str
).encode


def content_digest(
    key: bytes, child_id: str, projection: str, content: Mapping[str, object]
) -> str:
    """Return 64 hexadecimal characters that change when the projection's content does."""
    text = f"{child_id}|{projection}|{_canonical(content)}"
    return hmac.digest(key, text.encode(), "sha256").hex()
