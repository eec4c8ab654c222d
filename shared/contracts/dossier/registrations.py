"""
Registrations: begun by a family without an account, checked with it at the front desk.

The dossier answers. Before a registration is sent, only the holder of its reference and key may
write and read it; afterwards the front desk may too. The key of a registration begun by e-mail is
in the e-mail alone; taking it up changes the key. No answer shows whether a person, an address or a
dossier is known.
"""

from dataclasses import dataclass
from typing import Annotated, Any, TypedDict

from marshmallow import Schema, ValidationError, fields, validate

from shared.contracts.errors import Refusal
from shared.contracts.message import Empty, Event, Method
from shared.contracts.sections.fields import phone as phone_field
from shared.contracts.values import (
    EMAIL_SHAPE,
    NONE,
    Content,
    Day,
    Id,
    Moment,
    OfHousehold,
    Place,
    maybe_text,
    one_of,
    text,
)

OWNER = "dossier"

WAYS = EMAIL, PHONE, LETTER = ("email", "phone", "letter")
"""Ways to reach a family without an account before the desk has decided."""
ACCOUNT = "account"
"""The way of a known family, which adds a child from its own page."""
STATES = OPEN, SENT, ACCEPTED, REFUSED = ("open", "sent", "accepted", "refused")
STEPS = ("guardian", "second", "children", "home")
RELATIONS = ("mother", "father", "tutor", "other")
AUTHORITY = ("both", "mine", "ruling", "unsure")
"""Parental authority as the first guardian states it; the desk looks at the paper."""
KINDS = ("child_identity", "guardian_identity", "domicile")
"""The papers of art. D131-3-1 code de l'éducation."""
REASONS = ("not_reached", "papers", "not_guardian", "known_already", "withdrawn")
"""Why the desk refused a registration."""

PROVEN_BY = UNPROVEN, BY_LETTER, AT_COUNTER = ("", "letter", "counter")
"""Proof that an e-mail is its holder's, since it was last changed."""

MOST_CHILDREN = 6
MOST_PAPERS = 12
PART_BYTES = 150_000
"""Bytes of a paper in one message: a body on the bus has 256 kB at most."""
MOST_PARTS = 60
MOST_PAPER_BYTES = 8 * 1024 * 1024
"""The most bytes of one paper, made anew."""


class _Step(Schema):
    """A step as it is kept while somebody goes on: all of it may be missing."""

    class Meta:
        unknown = "raise"


def _text_field(most: int) -> fields.String:
    said = validate.Length(0, most, error="Écrivez {max} caractères au plus.")
    return fields.String(load_default="", validate=said)


def _choice_field(*values: str) -> fields.String:
    said = "Choisissez une des réponses proposées."
    return fields.String(load_default="", validate=validate.OneOf(("", *values), error=said))


def _email_field() -> fields.String:
    said = "Écrivez une adresse e-mail, par exemple prenom.nom@exemple.fr."
    shape = rf"^\Z|^{EMAIL_SHAPE}\Z"
    return fields.String(load_default="", validate=validate.Regexp(shape, error=said))


class _Guardian(_Step):
    first_name, last_name = _text_field(60), _text_field(59)
    relation = _choice_field(*RELATIONS)
    email, phone = _email_field(), phone_field(optional=True)


class _Second(_Step):
    there = _choice_field("yes", "no")
    name = _text_field(120)
    email, phone = _email_field(), phone_field(optional=True)
    lives_here = _choice_field("yes", "no")
    authority = _choice_field(*AUTHORITY)


class _Child(_Step):
    first_name, last_name = _text_field(80), _text_field(80)
    birth_date = fields.Date(
        format="iso",
        load_default=None,
        allow_none=True,
        error_messages={"invalid": "Écrivez une date, par exemple 06/12/2020."},
    )
    school, grade = _text_field(120), _text_field(40)


class _Children(_Step):
    children = fields.List(
        fields.Nested(_Child), load_default=list, validate=validate.Length(0, MOST_CHILDREN)
    )


class _Home(_Step):
    street, postcode, commune = _text_field(160), _text_field(10), _text_field(80)
    insee = fields.String(load_default="", validate=validate.Regexp(r"^(\d[0-9AB]\d{3})?\Z"))


_CONTENT: dict[str, Schema] = {
    "guardian": _Guardian(),
    "second": _Second(),
    "children": _Children(),
    "home": _Home(),
}


def check_step(step: str, content: Any) -> tuple[dict[str, object], dict[str, object]]:
    """
    Return a step as JSON types, and the mistakes: nested field names to French sentences.

    A missing answer is no mistake: a registration is saved step by step.
    """
    schema = _CONTENT[step]
    try:
        return schema.dump(schema.load(content)), {}
    except ValidationError as error:
        return {}, error.normalized_messages()


@dataclass(frozen=True)
class RegistrationBearer:
    """The reference of a registration, with its key or the secret of a letter's link to it."""

    reference: Annotated[str, text(20)]
    key: Annotated[str, text(40)]


class Paper(TypedDict):
    """A photographed paper of a registration; `size` in bytes."""

    id: Id
    kind: Annotated[str, one_of(KINDS)]
    media_type: Annotated[str, text(20)]
    size: int
    parts: int


class RegistrationEmail(TypedDict):
    """State of a registration's e-mail; `former` is the masked one before, or ""."""

    proven: Annotated[str, one_of(PROVEN_BY)]
    proven_at: Annotated[Moment | None, NONE]
    changed_at: Annotated[Moment | None, NONE]
    former: str


@dataclass(frozen=True)
class OpenRegistrationRequest:
    """`place` is where it is begun."""

    way: Annotated[str, one_of(WAYS)]
    contact: Annotated[str, maybe_text(254)] = ""
    place: Place = ""


@dataclass(frozen=True)
class OpenRegistrationAnswer:
    """`reference` and `key` are "" for a registration that is begun by e-mail."""

    forget_on: Day
    reference: Annotated[str, maybe_text(20)] = ""
    key: Annotated[str, maybe_text(40)] = ""


open_registration = Method(
    OWNER, "open_registration", OpenRegistrationRequest, OpenRegistrationAnswer, once=True
)
"""
Begin a registration, by telephone or letter with the answer's reference and key.

By e-mail both leave for that address alone, whether or not anything is known under it. It is not
`writes`: the bus would keep the answer, which holds a secret. Refusal: TooManyRegistrations.
"""


@dataclass(frozen=True)
class OpenChildRegistrationAnswer:
    reference: Annotated[str, text(20)]
    key: Annotated[str, text(40)]


open_child_registration = Method(
    OWNER,
    "open_child_registration",
    OfHousehold,
    OpenChildRegistrationAnswer,
    once=True,
)
"""
A known family adds a child to its household: nothing that is known is asked again.

What it began and never sent is taken up anew, empty, under another key. Not `writes`, as
`open_registration`. Refusal: TooManyRegistrations.
"""


class ChildRegistration(TypedDict):
    """A known family's registration of children; `children` are gone with the decision."""

    registration_id: Id
    state: Annotated[str, one_of(STATES)]
    sent_at: Moment
    children: list[str]
    reason: str


@dataclass(frozen=True)
class MyChildRegistrationsAnswer:
    registrations: list[ChildRegistration]


my_child_registrations = Method(OWNER, "my_child_registrations", Empty, MyChildRegistrationsAnswer)
"""The children whom this guardian asked to add and who wait, or were refused within a month."""


@dataclass(frozen=True)
class WithdrawChildRegistrationRequest:
    registration_id: Id


withdraw_child_registration = Method(
    OWNER, "withdraw_child_registration", WithdrawChildRegistrationRequest, Empty, writes=True
)
"""A guardian takes such a request back. Refusals: NotFound, RegistrationClosed."""


@dataclass(frozen=True)
class LookAtLinkAnswer:
    """
    `name` is what was written as the guardian's, if anything; `proven` says that a letter to this
    address was used before.
    """

    state: Annotated[str, one_of(STATES)]
    way: Annotated[str, one_of((*WAYS, ACCOUNT))]
    opened_at: Moment
    name: str
    address: str
    proven: bool


look_at_link = Method(OWNER, "look_at_link", RegistrationBearer, LookAtLinkAnswer)
"""
Show a letter's reader who began the registration, and when; opening the link changes nothing.

NotFound for a link that was used, or that another one has replaced.
"""


@dataclass(frozen=True)
class TakeUpRegistrationRequest(RegistrationBearer):
    """`fresh` is the registration's key from now on."""

    fresh: Annotated[str, validate.Regexp(r"^[0-9a-z-]{20,40}\Z")]


take_up_registration = Method(
    OWNER, "take_up_registration", TakeUpRegistrationRequest, Empty, writes=True
)
"""
Take up the registration of a letter: every other key opens nothing from now on.

The link is used up, and the e-mail to which it went is proven. Repeated with the same fresh key it
is done. NotFound for a link that is good no more.
"""

disown_registration = Method(OWNER, "disown_registration", RegistrationBearer, Empty, writes=True)
"""
Void the link, because the reader of the letter did not begin the registration.

A registration never taken up is erased; from one held by another key the address is removed. If the
address was proven before, nothing else changes: the holder did not ask for this link.
"""


@dataclass(frozen=True)
class AskForLinkRequest:
    email: Annotated[str, text(254)]
    place: Place = ""


ask_for_link = Method(OWNER, "ask_for_link", AskForLinkRequest, Empty, writes=True)
"""Send new links to the registrations of an address, within a daily limit; always answer alike."""


@dataclass(frozen=True)
class ReadRegistrationAnswer:
    state: Annotated[str, one_of(STATES)]
    way: Annotated[str, one_of((*WAYS, ACCOUNT))]
    content: Content
    papers: list[Paper]
    reason: str
    forget_on: Day
    email: RegistrationEmail


read_registration = Method(OWNER, "read_registration", RegistrationBearer, ReadRegistrationAnswer)
"""Return a registration to the holder of its reference and key; NotFound for anybody else."""


@dataclass(frozen=True)
class SaveRegistrationRequest(RegistrationBearer):
    step: Annotated[str, one_of(STEPS)]
    content: Content


save_registration = Method(OWNER, "save_registration", SaveRegistrationRequest, Empty, writes=True)
"""Store one step. Refusals: NotFound, BadRequest (nested sentences), RegistrationClosed."""


@dataclass(frozen=True)
class AddPaperRequest(RegistrationBearer):
    paper_id: Id
    paper: Annotated[str, one_of(KINDS)]
    part: Annotated[int, validate.Range(0)]
    parts: Annotated[int, validate.Range(1, MOST_PARTS)]
    content: Annotated[str, text(PART_BYTES * 4 // 3 + 4)]


@dataclass(frozen=True)
class AddPaperAnswer:
    whole: bool


add_paper = Method(OWNER, "add_paper", AddPaperRequest, AddPaperAnswer, writes=True)
"""
One part of a paper, in base64; with the last one it is checked and kept, or refused.

Refusals: NotFound, RegistrationClosed, UnreadablePaper, TooManyPapers.
"""


@dataclass(frozen=True)
class DropPaperRequest(RegistrationBearer):
    paper_id: Id


drop_paper = Method(OWNER, "drop_paper", DropPaperRequest, Empty, writes=True)
"""Take a paper back."""

send_registration = Method(OWNER, "send_registration", RegistrationBearer, Empty, writes=True)
"""
Hand a registration to the central desk. Sent again it stays sent.

Refusals: NotFound, RegistrationClosed, BadRequest (by step and field, required answers).
"""

drop_registration = Method(OWNER, "drop_registration", RegistrationBearer, Empty, writes=True)
"""Erase a registration that the desk has not decided on; its key goes with it."""


@dataclass(frozen=True)
class RegistrationOpened:
    """`letter_id` is null from a release in which letters had no ids."""

    draft_id: Id
    address: Annotated[str, text(254)]
    reference: Annotated[str, text(20)]
    secret: Annotated[str, text(40)]
    letter_id: Id | None = None


registration_opened = Event(OWNER, "registration_opened", RegistrationOpened, addressed=True)
"""
Sent to identity alone, which sends letters: the link to a registration, for the address in it.

It was begun by e-mail, or its e-mail was changed, or its link was asked for anew: each is a letter.
"""


@dataclass(frozen=True)
class RegistrationEmailChanged:
    letter_id: Id
    address: Annotated[str, text(254)]


registration_email_changed = Event(
    OWNER, "registration_email_changed", RegistrationEmailChanged, addressed=True
)
"""
Sent to identity alone: the e-mail of a registration is another one; the former one is notified.
"""


class TooManyRegistrations(Refusal):
    """More were begun in an hour than families can begin; the desk takes dossiers by hand."""

    code = "too_many_drafts"


class TooManyPapers(Refusal):
    """A registration holds as many papers as it can."""

    code = "too_many_papers"


class RegistrationClosed(Refusal):
    """The registration was sent, or the desk has decided; `detail["state"]` says which."""

    code = "draft_closed"


class UnreadablePaper(Refusal):
    """The content is no paper made anew: neither JPEG nor PDF, broken, or too large."""

    code = "unreadable_paper"
