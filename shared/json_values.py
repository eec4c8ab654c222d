"""
JSON whose fields are not known here: a section as stored, a notice's detail, a file's block.

Everything else has a type of its own: a message, a row of one, a dataclass.
"""

import json
from collections.abc import Mapping
from typing import Any

JsonObject = dict[str, Any]
"""A JSON object: a schema of its own, or nothing, says what it holds."""
JsonMapping = Mapping[str, Any]
"""JSON object to be read only."""

as_json = json.JSONEncoder(ensure_ascii=False).encode
"""Return a value as JSON text, by an encoder that is made once."""
