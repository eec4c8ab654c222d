"""A line of a list on a family's page: where it leads, what it says, and how it looks."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """
    One object of a family; `note` says until when or whose it is, `near` that it is urgent.

    It bears the letter of a provider, or a drawing with its tone.
    """

    address: str
    title: str
    note: str = ""
    tone: str = ""
    drawing: str = ""
    provider: str = ""
    near: bool = False
