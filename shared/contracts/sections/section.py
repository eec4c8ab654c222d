"""
Sections of a dossier and projections of them, each stated once: content, form, labels, rights.

A section is a page of the dossier, as a guardian or an agent fills it. A projection is a part that
providers receive, computed from sections: the unit of entitlement. Strings marked `N_` are French
and translated where they are shown.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Any

from marshmallow import ValidationError

from shared.contracts.sections.fields import SectionContent
from shared.json_values import JsonMapping, JsonObject

Content = JsonObject
Contents = Mapping[str, Content]
"""A child's sections by code, as JSON types; a section that was never filled is absent."""


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for a mark
    """Mark a French message for translation, and return it."""
    return message


@dataclass(frozen=True)
class Said:
    """A message of N_ with its values, which are translated and put into words with it."""

    message: str
    values: JsonMapping = field(default_factory=dict)


@dataclass(frozen=True)
class Phone:
    """A telephone number, to be shown in groups of two figures."""

    number: str


@dataclass(frozen=True)
class OfTown:
    """A diet of the town's list by its code, to be shown by the town's own words."""

    code: str


Offered = Mapping[str, Collection[str]]
"""Choices of the lists that are the town's, by the name of the list."""

Shown = str | Said | OfTown | Phone | date | Sequence[Any]
"""A value on a page: text as entered, a message, a number, a day, or several with commas."""

Line = tuple[Shown, Shown]
"""A term and its text."""


class Kind(Enum):
    """The kinds of fields of a form."""

    LINE = "line"
    TEXT = "text"
    PHONE = "tel"
    DAY = "date"
    CHOICE = "radio"
    CHOICES = "checkbox"
    TICK = "tick"


@dataclass(frozen=True)
class Field:
    """
    One field of a form; `label` asks on the page, `short` names it among lines and mistakes.

    `of_town` names the list of the town from which it is chosen, where it is one's.
    """

    name: str
    label: str
    kind: Kind = Kind.LINE
    choices: Mapping[str, str] = field(default_factory=dict)
    of_town: str = ""
    short: str = ""
    hint: str = ""
    most: int = 0
    optional: bool = False

    @property
    def label_when_not_asked(self) -> str:
        """Name of the field where it is not asked."""
        return self.short or self.label


@dataclass(frozen=True)
class Rows:
    """A repeatable part: its columns, the ones that make a row worth keeping, how many at most."""

    name: str
    label: str
    """One row in the singular: « Personne »."""
    columns: tuple[Field, ...]
    significant: tuple[str, ...]
    most: int
    at_first: int = 0
    """Number of blank rows that an empty form shows."""


@dataclass(frozen=True)
class Part:
    """
    A part of a content that is there or not, after a question answered by yes or no.

    `asked` is the question. `had` names a hidden field: the part was there when the page was made;
    `dropped` is the box that then confirms its removal. `asked_again` and `dropped_again` are the
    sentences for a missing answer.
    """

    name: str
    asked: Field
    asked_again: str
    had: str
    dropped: Field
    dropped_again: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Retention:
    """Retention of a section where the town file says none, and the day from which it counts."""

    label_en: str
    purpose: str
    legal_basis: str
    retention: str
    reference_date: str


@dataclass(frozen=True)
class Projection:
    """
    A part of the dossier that entitled providers receive, whole, at each version.

    `fed_by` are the sections it is computed from, and nothing else. `filled` names the field that
    says whether something was entered. `sensitive` is article 9 GDPR. `read` is False for ids that
    a service acts on and no desk shows. `on_request` may be granted by a guardian (rule R4),
    `on_occasion` is sent for a session with food (rule R3). `by_activity` is sent of the children
    at an activity that opens it, not of the provider's others (rule R2). `by_guardians` depends on
    who answers for the child, which `compute` finds under `family`. `carried` says for each
    section what this carries of it, as it ends « … recevra … »; `whole` where that is all of the
    section.
    """

    code: str
    fed_by: tuple[str, ...]
    compute: Callable[[Contents, date], Content]
    filled: Callable[[Content], bool]
    label: str
    """Name as families read it."""
    desk_label: str
    icon: str
    held_as: str
    """Name of its data in the treatment register (article 30), in French alone."""
    carried: Mapping[str, str] = field(default_factory=dict)
    whole: bool = False
    sensitive: bool = False
    read: bool = True
    on_request: bool = False
    on_occasion: bool = False
    by_activity: bool = False
    by_guardians: bool = False
    brief: Callable[[Contents], list[Shown]] = lambda _contents: []
    """Content in few words, from the sections as the family reads them."""
    show: Callable[[Content], list[Line]] | None = None
    """Lines at a desk; None where a template of its own shows them."""


@dataclass(frozen=True)
class Section:
    """
    A page of the dossier.

    `slug` is its address in French, "" where no guardian fills it. `needed_as` ends « Il manque … »
    where a town may ask for it. `asked_by` are tags of activities that ask for it everywhere.
    """

    code: str
    content: SectionContent
    label: str
    icon: str
    slug: str = ""
    needed_as: str = ""
    asked_by: tuple[str, ...] = ()
    sensitive: bool = False
    form: tuple[Field | Rows | Part, ...] = ()
    show: Callable[[Content], list[Line]] | None = None
    """Lines as a family reads them; None shows the form's own fields."""
    unless_listed: Retention | None = None
    turns: Callable[[Content, date], date | None] | None = None
    """The first day after one on which its content comes to mean something else by itself."""

    @property
    def is_filled_by_guardian(self) -> bool:
        """True if a guardian fills it; the others are changed at a desk."""
        return bool(self.slug)

    def lines(self, content: Content) -> list[Line]:
        """Return the lines of a content; none where it was never filled."""
        if not content:
            return []
        return self.show(content) if self.show else lines_of_fields(self.form, content)

    def check(self, content: Any, offered: Offered) -> tuple[Content, JsonObject]:
        """
        Return the content as JSON types, and the mistakes: nested field names to French sentences.

        `offered` is what the town offers of its own lists. Where there are mistakes the content is
        empty.
        """
        try:
            checked = self.content.dump(self.content.load(content))
        except ValidationError as error:
            return {}, error.normalized_messages()
        mistakes = _mistakes_of_unoffered(self.form, checked, offered)
        return ({}, mistakes) if mistakes else (checked, {})


def _mistakes_of_unoffered(
    form: Sequence[Field | Rows | Part], content: Content, offered: Offered
) -> dict[str, list[str]]:
    """Return the mistake of each field whose answer the town does not offer."""
    mistakes = {}
    for each in form:
        if isinstance(each, Field) and each.of_town:
            chosen = content[each.name]
            codes = chosen if isinstance(chosen, list) else [chosen]
            if not set(codes) <= set(offered[each.of_town]):
                mistakes[each.name] = ["Choisissez une des réponses proposées."]
    return mistakes


def lines_of_fields(form: Sequence[Field | Rows | Part], content: Content) -> list[Line]:
    """Return the lines of the single fields of a form that hold something."""
    singles = [each for each in form if isinstance(each, Field)]
    return [
        (Said(each.label_when_not_asked), _shown_value(each, content[each.name]))
        for each in singles
        if content.get(each.name)
    ]


def _shown_value(of: Field, value: Any) -> Shown:
    match of.kind:
        case Kind.DAY:
            return date.fromisoformat(value)
        case Kind.PHONE:
            return Phone(value)
        case Kind.CHOICE:
            return Said(of.choices.get(value, value))
        case Kind.CHOICES:
            return [Said(of.choices.get(each, each)) for each in value]
        case Kind.TICK:
            return Said(N_("Oui"))
        case _:
            return str(value)


def pick_fields(whole: Mapping[str, object], *parts: str) -> Content:
    """Return some fields of a row."""
    return {part: whole[part] for part in parts}
