"""Words that a page shows, translated at once or when they are rendered."""

from typing import TypeAlias

from flask_babel import LazyString

Label: TypeAlias = str | LazyString
State: TypeAlias = tuple[str, str, Label]
"""Tone, icon and words of a state, as `parts.state` takes them."""
