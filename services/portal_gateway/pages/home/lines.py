"""A line of the first page: where it leads, what it says, and how it looks."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One object of a family; `note` says until when or whose it is, `near` that it is urgent."""

    address: str
    title: str
    note: str = ""
    tone: str = ""
    drawing: str = ""
    provider: str = ""
    near: bool = False
