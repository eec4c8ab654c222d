"""
A draft of a dossier: what somebody without an account begins, and the desk checks with them.

The dossier answers. Who holds reference and key may write a draft and read it back; nobody else
before it is sent, and the central desk alone after that. The key of a draft begun by e-mail stands
in the letter alone; taking it up changes the key. Nothing here says whether a person, an address or
a dossier is known.
"""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from shared.contracts.errors import Refusal
from shared.contracts.formats import (
    Day,
    Id,
    MaybeDay,
    MaybeId,
    MaybeMoment,
    Moment,
    OneOf,
    Several,
    Text,
    Version,
)
from shared.contracts.message import UntypedEvent, UntypedMethod

OWNER = "dossier"

WAYS = EMAIL, PHONE, LETTER = ("email", "phone", "letter")
"""How somebody wants to be reached while the draft is a draft."""
STATES = OPEN, SENT, ACCEPTED, REFUSED = ("open", "sent", "accepted", "refused")
STEPS = ("guardian", "second", "children", "home")
RELATIONS = ("mother", "father", "tutor", "other")
AUTHORITY = ("both", "mine", "ruling", "unsure")
"""How parental authority stands, as the first guardian says it; the desk looks at the paper."""
KINDS = ("child_identity", "guardian_identity", "domicile")
"""The papers of art. D131-3-1 code de l'éducation."""
REASONS = ("not_reached", "papers", "not_guardian", "known_already", "withdrawn")
"""Why the desk refused a draft."""

PROVEN_BY = UNPROVEN, BY_LETTER, AT_COUNTER = ("", "letter", "counter")
"""How it is known that an e-mail is its holder's, since it was last changed."""

MOST_CHILDREN = 6
MOST_PAPERS = 12
PART_BYTES = 150_000
"""Bytes of a photograph in one message: a body on the bus has 256 kB at most."""
MOST_PARTS = 60


class _Step(Schema):
    """A step as it is kept while somebody goes on: all of it may be missing."""

    class Meta:
        unknown = "raise"


def _text(most: int) -> fields.String:
    said = validate.Length(0, most, error="Écrivez {max} caractères au plus.")
    return fields.String(load_default="", validate=said)


def _choice(*values: str) -> fields.String:
    said = "Choisissez une des réponses proposées."
    return fields.String(load_default="", validate=validate.OneOf(("", *values), error=said))


def _phone() -> fields.String:
    said = "Écrivez un numéro de téléphone, par exemple 06 12 34 56 78."
    shape = validate.Regexp(r"^\Z|^\+?[0-9][0-9 .]{7,18}[0-9]\Z", error=said)
    return fields.String(load_default="", validate=shape)


def _email() -> fields.String:
    said = "Écrivez une adresse e-mail, par exemple prenom.nom@exemple.fr."
    shape = r"^\Z|^[^\s@<>,;]{1,64}@[^\s@<>,;]{1,180}\.[^\s@<>,;]{2,}\Z"
    return fields.String(load_default="", validate=validate.Regexp(shape, error=said))


class _Guardian(_Step):
    first_name, last_name = _text(60), _text(59)
    relation = _choice(*RELATIONS)
    email, phone = _email(), _phone()


class _Second(_Step):
    there = _choice("yes", "no")
    name = _text(120)
    email, phone = _email(), _phone()
    lives_here = _choice("yes", "no")
    authority = _choice(*AUTHORITY)


class _Child(_Step):
    first_name, last_name = _text(80), _text(80)
    birth_date = fields.Date(
        format="iso",
        load_default=None,
        allow_none=True,
        error_messages={"invalid": "Écrivez une date, par exemple 06/12/2020."},
    )
    school, grade = _text(120), _text(40)


class _Children(_Step):
    children = fields.List(
        fields.Nested(_Child), load_default=list, validate=validate.Length(0, MOST_CHILDREN)
    )


class _Home(_Step):
    street, postcode, commune = _text(160), _text(10), _text(80)
    insee = fields.String(load_default="", validate=validate.Regexp(r"^(\d[0-9AB]\d{3})?\Z"))


_CONTENT: dict[str, Schema] = {
    "guardian": _Guardian(),
    "second": _Second(),
    "children": _Children(),
    "home": _Home(),
}


def check(step: str, content: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """
    Return a step as JSON types, and the mistakes: nested field names to French sentences.

    What is missing is no mistake: a draft is saved as one goes.
    """
    schema = _CONTENT[step]
    try:
        return schema.dump(schema.load(content)), {}
    except ValidationError as error:
        return {}, error.normalized_messages()


_BEARER: dict[str, fields.Field] = {"reference": Text(20), "key": Text(40)}

_PAPER: dict[str, fields.Field] = {
    "id": Id(),
    "kind": OneOf(KINDS),
    "media_type": Text(20),
    "size": fields.Integer(required=True),
    "parts": fields.Integer(required=True),
}

_EMAIL: dict[str, fields.Field] = {
    "proven": OneOf(PROVEN_BY),
    "proven_at": MaybeMoment(),
    "changed_at": MaybeMoment(),
    "former": fields.String(required=True),
}
"""How far the e-mail of a draft is proven, and the masked one that it replaced, or ""."""

open_draft = UntypedMethod(
    OWNER,
    "open_draft",
    request={"way": OneOf(WAYS), "contact": Text(254, load_default="", required=False)},
    answer={
        "reference": Text(20, load_default="", required=False),
        "key": Text(40, load_default="", required=False),
        "forget_on": Day(),
    },
)
"""
Begin a draft, by telephone or letter with the answer's reference and key.

By e-mail both are "": they leave for that address alone, whoever may be known under it. It is not
`writes`: the kit would keep the answer, which holds a secret. Refusal: TooManyDrafts.
"""

look_at_link = UntypedMethod(
    OWNER,
    "look_at_link",
    request=dict(_BEARER),
    answer={
        "state": OneOf(STATES),
        "way": OneOf(WAYS),
        "opened_at": Moment(),
        "name": fields.String(required=True),
        "address": fields.String(required=True),
        "proven": fields.Boolean(required=True),
    },
)
"""
Who began the draft that a letter leads to, and when; nothing changes, whoever opens the link.

`name` is what was written as the guardian's, if anything; `proven` says that a letter to this
address was used before. NotFound for a link that was used, or that another one has replaced.
"""

take_up_draft = UntypedMethod(
    OWNER,
    "take_up_draft",
    request={
        **_BEARER,
        "fresh": fields.String(required=True, validate=validate.Regexp(r"^[0-9a-z-]{20,40}\Z")),
    },
    answer={},
    writes=True,
)
"""
Take up the draft of a letter: `fresh` is its key from now on, every other one opens nothing.

The link is used up, and the e-mail to which it went is proven. Repeated with the same fresh key it
is done. NotFound for a link that is good no more.
"""

disown_draft = UntypedMethod(OWNER, "disown_draft", request=dict(_BEARER), answer={}, writes=True)
"""
Who reads the letters of this address did not begin: the link is void.

A draft that nobody has taken up is erased; from one that somebody holds otherwise the address goes.
Where it was proven before, nothing else changes: the holder did not ask for this link.
"""

ask_for_link = UntypedMethod(
    OWNER, "ask_for_link", request={"email": Text(254)}, answer={}, writes=True
)
"""A new link to the drafts of an address leaves for it, some a day; the answer is the same."""

read_draft = UntypedMethod(
    OWNER,
    "read_draft",
    request=dict(_BEARER),
    answer={
        "state": OneOf(STATES),
        "way": OneOf(WAYS),
        "content": fields.Dict(required=True),
        "papers": Several(dict(_PAPER)),
        "reason": fields.String(required=True),
        "forget_on": Day(),
        "email": fields.Nested(dict(_EMAIL), required=True),
    },
)
"""A draft for who holds its reference and key; NotFound for anybody else."""

save_draft = UntypedMethod(
    OWNER,
    "save_draft",
    request={**_BEARER, "step": OneOf(STEPS), "content": fields.Dict(required=True)},
    answer={},
    writes=True,
)
"""Keep one step as it stands. Refusals: NotFound, BadRequest (nested sentences), DraftClosed."""

add_paper = UntypedMethod(
    OWNER,
    "add_paper",
    request={
        **_BEARER,
        "paper_id": Id(),
        "paper": OneOf(KINDS),
        "part": fields.Integer(strict=True, required=True, validate=validate.Range(0)),
        "parts": fields.Integer(strict=True, required=True, validate=validate.Range(1, MOST_PARTS)),
        "content": Text(PART_BYTES * 4 // 3 + 4),
    },
    answer={"whole": fields.Boolean(required=True)},
    writes=True,
)
"""
One part of a photographed paper, in base64; with the last one it is checked and kept, or refused.

Refusals: NotFound, DraftClosed, NotAPicture, TooManyPapers.
"""

drop_paper = UntypedMethod(
    OWNER, "drop_paper", request={**_BEARER, "paper_id": Id()}, answer={}, writes=True
)
"""Take a paper back."""

send_draft = UntypedMethod(OWNER, "send_draft", request=dict(_BEARER), answer={}, writes=True)
"""
Hand a draft to the central desk. Sent again it stays sent.

Refusals: NotFound, DraftClosed, BadRequest (by step and field, what nobody could begin without).
"""

drop_draft = UntypedMethod(OWNER, "drop_draft", request=dict(_BEARER), answer={}, writes=True)
"""Erase a draft that the desk has not decided on; its key goes with it."""

_LISTED: dict[str, fields.Field] = {
    "draft_id": Id(),
    "reference": Text(20),
    "way": OneOf(WAYS),
    "sent_at": Moment(),
    "guardian": fields.String(required=True),
    "children": fields.List(fields.String(), required=True),
    "papers": fields.Integer(required=True),
}

waiting_drafts = UntypedMethod(
    OWNER, "waiting_drafts", request={}, answer={"drafts": Several(dict(_LISTED))}
)
"""The drafts that were sent and wait for the desk, the oldest first."""

_KNOWN: dict[str, fields.Field] = {"id": Id(), "name": Text(120)}

look_at_draft = UntypedMethod(
    OWNER,
    "look_at_draft",
    request={"draft_id": Id()},
    answer={
        "reference": Text(20),
        "state": OneOf(STATES),
        "version": Version(),
        "way": OneOf(WAYS),
        "sent_at": Moment(),
        "content": fields.Dict(required=True),
        "email": fields.Nested(dict(_EMAIL), required=True),
        "papers": Several(dict(_PAPER)),
        "alike": Several(
            {
                "place": fields.Integer(required=True),
                "child_id": Id(),
                "first_name": Text(80),
                "last_name": Text(80),
                "birth_date": Day(),
                "score": fields.Integer(required=True),
                "guardians": Several(dict(_KNOWN)),
                "households": Several({"id": Id(), "guardians": fields.List(fields.String())}),
            }
        ),
    },
)
"""
A sent draft beside the known children whom its own could be, with how likely that is, of 100.

`place` is the child's place in the draft. They are shown, and never merged by themselves; twins
are never among them (rule test 6), nor is anybody of a protected household (rule R9).
"""

draft_paper = UntypedMethod(
    OWNER,
    "draft_paper",
    request={
        "draft_id": Id(),
        "paper_id": Id(),
        "part": fields.Integer(strict=True, required=True, validate=validate.Range(0)),
    },
    answer={
        "media_type": Text(20),
        "parts": fields.Integer(required=True),
        "content": Text(250_000),
    },
)
"""One part of a photographed paper of a sent draft, in base64."""

confirm_email = UntypedMethod(
    OWNER,
    "confirm_email",
    request={"draft_id": Id(), "version": Version(), "email": Text(254)},
    answer={},
    writes=True,
)
"""
Who showed an identity at the counter said this address: it is proven, and who confirmed is noted.

Refusals: NotFound, DraftClosed, Outdated, and BadRequest where the draft has another address.
"""

_SEEN: dict[str, fields.Field] = {"paper": Text(80), "paper_date": MaybeDay()}

accept_draft = UntypedMethod(
    OWNER,
    "accept_draft",
    request={
        "draft_id": Id(),
        "version": Version(),
        "guardian_id": Id(required=False, load_default=None, allow_none=True),
        "household_id": Id(required=False, load_default=None, allow_none=True),
        "authority": fields.Boolean(load_default=True),
        "by_email": fields.Boolean(load_default=False),
        "identity": fields.Nested(dict(_SEEN), required=True),
        "domicile": fields.Nested(dict(_SEEN), load_default=None, allow_none=True),
        "children": Several(
            {
                "place": fields.Integer(strict=True, required=True, validate=validate.Range(0)),
                "child_id": Id(required=False, load_default=None, allow_none=True),
                **_SEEN,
            },
            validate=validate.Length(1, MOST_CHILDREN),
        ),
        "second": fields.Nested(
            {
                "authority": fields.Boolean(required=True),
                "lives_here": fields.Boolean(required=True),
            },
            load_default=None,
            allow_none=True,
        ),
        "providers": fields.List(Text(40, required=False), load_default=list),
    },
    answer={"guardian_id": Id(), "household_id": Id()},
    writes=True,
)
"""
The desk has seen who the guardian is and that the children are theirs: a dossier begins or grows.

`identity` and each child's paper are what the agent saw: the kind of paper and its date, never a
copy. Ids join what is known already; where there is none somebody new is made. `second` takes up
the other parent, whose identity is checked when they come. Photographs are then erased.
`by_email` asks whether the e-mail of this version may become the guardian's login.
Refusals: NotFound, DraftClosed, Outdated, BadRequest, ProviderUnknown, EmailNotProven.
"""

refuse_draft = UntypedMethod(
    OWNER,
    "refuse_draft",
    request={"draft_id": Id(), "reason": OneOf(REASONS)},
    answer={},
    writes=True,
)
"""The desk refuses a draft, with the reason that its holder reads."""

draft_opened = UntypedEvent(
    OWNER,
    "draft_opened",
    addressed=True,
    fields={
        "draft_id": Id(),
        "address": Text(254),
        "reference": Text(20),
        "secret": Text(40),
        "letter_id": MaybeId(),
    },
)
"""
To identity alone, which sends letters: the link to a draft, for the address written in it.

It was begun by e-mail, or its e-mail was changed, or its link was asked for anew: each is a letter.
"""

draft_email_changed = UntypedEvent(
    OWNER,
    "draft_email_changed",
    addressed=True,
    fields={"letter_id": Id(), "address": Text(254)},
)
"""To identity alone: the e-mail of a draft is another one now; the former one is told so."""


class TooManyDrafts(Refusal):
    """So many were begun in an hour that something is wrong; the desk takes dossiers by hand."""

    code = "too_many_drafts"


class EmailNotProven(Refusal):
    """No letter to the draft's e-mail was used since it was changed, and no agent confirmed it."""

    code = "email_not_proven"


class TooManyPapers(Refusal):
    """A draft holds as many papers as it can."""

    code = "too_many_papers"


class DraftClosed(Refusal):
    """The draft was sent, or the desk has decided; `detail["state"]` says which."""

    code = "draft_closed"


class NotAPicture(Refusal):
    """What came is no picture of a paper: not JPEG or PNG, broken, or too large."""

    code = "not_a_picture"
