"""Received values as JSON types, for sealed storage; days and moments parsed from them again."""

from datetime import date, datetime


def to_json(value: object) -> object:
    """Return a loaded contract value as JSON types."""
    if isinstance(value, date):  # a datetime too
        return value.isoformat()
    if isinstance(value, dict):
        return {key: to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    return value


def to_day(value: str | date) -> date:
    """Return a day, whether it comes from a message or out of what was kept."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def to_moment(value: str | datetime) -> datetime:
    """Return a moment, whether it comes from a message or out of what was kept."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value
