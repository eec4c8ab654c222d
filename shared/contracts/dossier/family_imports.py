"""
Families of another software, in batches from operations: what may be known already waits.

Nothing is merged above doubt: a child that could be one of the dossier's is reported with a score,
and its family stays aside until somebody has decided. What comes is written and never read back.
"""

from marshmallow import fields, validate

from shared.contracts.dossier.activity_history import BATCH
from shared.contracts.dossier.dossier import HOUSEHOLD
from shared.contracts.formats import Count, Day, Id, Moment, OneOf, Several, Text
from shared.contracts.identity.invitations import MOST_LETTERS
from shared.contracts.message import UntypedEvent, UntypedMethod

OWNER = "dossier"

AT_ONCE = 10
"""The most families of one request: its transaction is short."""

NEW, CHANGED, SAME = "new", "changed", "same"
LINKED, WAITING, REFUSED = "linked", "waiting", "refused"
OUTCOMES = (
    NEW,
    CHANGED,  # the row differs from the last one of this reference
    SAME,
    LINKED,  # a child of it was known beyond doubt, or somebody has said so
    WAITING,  # a child of it could be a known one: nothing is written until somebody decides
    REFUSED,
)

OTHER_BATCH, ERASED, WRONG, TAKEN = "other_batch", "erased", "wrong", "number_taken"
WHYS = (
    "",
    OTHER_BATCH,  # that reference came with another batch
    ERASED,  # what came under that reference was erased since: it does not come again
    WRONG,  # `errors` says which fields
    TAKEN,  # a number of it stands for another child, adult or home here: `errors` says which
)

SCORE = fields.Integer(required=True, strict=True, validate=validate.Range(1, 100))
"""
Of 100: how far two may be one child (services/dossier/households/rules/likeness.py); 100 is the
same name.
"""

_DOUBT: dict[str, fields.Field] = {
    "child": Text(60),
    "known": Id(),
    "known_reference": fields.String(required=True, validate=validate.Length(0, 60)),
    "score": SCORE,
}

_ARRIVED: dict[str, fields.Field] = {
    "reference": Text(60),
    "outcome": OneOf(OUTCOMES),
    "doubts": Several(dict(_DOUBT)),
    "why": OneOf(WHYS),
    "errors": fields.Dict(keys=fields.String(), load_default=dict),
}
"""
What became of a family; `doubts` are the undecided ones, the likeliest first.

`known` is a child of the dossier; `known_reference` its number in the software that it came from,
"" for one that came by another way. `errors` name references and fields, never what they hold.
"""

_FAMILIES = Several(dict(HOUSEHOLD), validate=validate.Length(1, AT_ONCE))

check_families = UntypedMethod(
    OWNER,
    "check_families",
    request={"batch": fields.String(required=True, validate=BATCH), "families": _FAMILIES},
    answer={"families": Several(dict(_ARRIVED))},
)
"""What `bring_families` would do with them; of a family nothing is written."""

bring_families = UntypedMethod(
    OWNER,
    "bring_families",
    request={"batch": fields.String(required=True, validate=BATCH), "families": _FAMILIES},
    answer={"families": Several(dict(_ARRIVED))},
    writes=True,
)
"""
Take families in, each for itself: one that waits or is refused keeps no other back.

Again, the same row changes nothing, and one that differs corrects what nobody but an import has
told. A number that came before is believed where the row names the same: a child by names and birth
date, an adult by name, a home by one of its adults. A child of that number with a slip of the pen
waits, anything else is refused (TAKEN). A child that is known beyond doubt (names, birth date, and
every adult of the row answers for it) keeps what it has: it gets the row's links, and no section.
Twins are never proposed for each other.
"""

waiting_families = UntypedMethod(
    OWNER,
    "waiting_families",
    request={"batch": fields.String(required=True, validate=BATCH)},
    answer={
        "doubts": Several({"reference": Text(60), **_DOUBT, "found_at": Moment()}),
    },
)
"""The undecided doubts of a batch, the likeliest first; at most 500."""

decide_arrival = UntypedMethod(
    OWNER,
    "decide_arrival",
    request={
        "child": Text(60),
        "same_as": Id(required=False, load_default=None, allow_none=True),
        "decided_by": Text(120),
    },
    answer={},
    writes=True,
)
"""
An agent has looked: the child of that reference is a known one (`same_as`), or another (null).

Nothing arrives by it: the family does when its batch comes again. Refusals: NotFound where there
is no such doubt.
"""

doubtful_arrivals = UntypedMethod(
    OWNER,
    "doubtful_arrivals",
    request={},
    answer={
        "children": Several(
            {
                "child": Text(60),
                "family": Text(60),
                "candidates": Several(
                    {
                        "child_id": Id(),
                        "score": SCORE,
                        "first_name": Text(80),
                        "last_name": Text(80),
                        "birth_date": Day(),
                        "guardians": fields.List(fields.String(), required=True),
                    }
                ),
            }
        )
    },
)
"""
To the front desk: the children that wait by their numbers, beside whom each could be.

Of who waits nothing but the number is here: the town's former software, or its file, says who that
is. Whoever is shown has a line in the read log. The oldest hundred.
"""

settle_arrival = UntypedMethod(
    OWNER,
    "settle_arrival",
    request={
        "child": Text(60),
        "same_as": Id(required=False, load_default=None, allow_none=True),
    },
    answer={},
    writes=True,
)
"""As `decide_arrival`, by the agent of the front desk who asks."""

_GUARDIAN_IDS = fields.List(
    Id(required=False), required=True, validate=validate.Length(1, MOST_LETTERS)
)

guardians_to_invite = UntypedMethod(
    OWNER,
    "guardians_to_invite",
    request={},
    answer={
        "waiting": Count(),
        "at_desk": Count(),
        "stopped": Count(),
        "next": fields.List(Id(required=False), required=True),
    },
)
"""
To the front desk: how many guardians who came by an import have no access yet, and the next ones.

`waiting` are those to whom a letter may go; `next` of them, at most MOST_LETTERS, came first.
`at_desk` get none, for a reason that is not told: no address, rule R9, or a home that is written to
no more, of which there are `stopped`. No name is here.
"""

ASKED, RETURNED = "asked", "returned"
WHY_NO_LETTER = (
    ASKED,  # the household wants no more letters
    RETURNED,  # it moved, or a letter came back
)

stop_letters = UntypedMethod(
    OWNER,
    "stop_letters",
    request={"household_id": Id(), "why": OneOf(WHY_NO_LETTER)},
    answer={},
    writes=True,
)
"""
To the front desk: no letter of access is written to this household any more.

An access is still handed over at the desk. Who says it, and when, is kept. Where a letter came back
the codes in letters to this home end, too. Safe to repeat. Refusals: NotFound, also for a household
that no desk may find (rule R9).
"""

resume_letters = UntypedMethod(
    OWNER, "resume_letters", request={"household_id": Id()}, answer={}, writes=True
)
"""It is written to again, where somebody there has no access yet. Refusals: NotFound."""

letters_to_write = UntypedMethod(
    OWNER,
    "letters_to_write",
    request={"guardian_ids": _GUARDIAN_IDS},
    answer={
        "guardians": Several(
            {
                "guardian_id": Id(),
                "name": Text(120),
                "lines": fields.List(Text(180, required=False), required=True),
            }
        )
    },
)
"""
To the front desk: where letters go, home by home, to those of these guardians who may get one.

Who has signed in, or may get none, is left out. The children who live there have a line in their
read log.
"""

HOUSEHOLDS, CHILDREN = "households", "children"

arrived = UntypedMethod(
    OWNER,
    "arrived",
    request={
        "of": OneOf((HOUSEHOLDS, CHILDREN)),
        "references": fields.List(
            Text(60, required=False), required=True, validate=validate.Length(1, 500)
        ),
    },
    answer={"ids": fields.Dict(keys=fields.String(), values=Id(required=False), required=True)},
)
"""The ids that references of another software stand for here; who is not here is left out."""

IN_USE = ("told", "linked", "read", "counted", "checked", "account", "other_batch")
"""
What stands in the way of taking a family back: a guardian has told something, another way led to a
link, an agent has read, somebody has counted, the desk has checked, a guardian has chosen a
password, another batch joined it.
"""

undo_families = UntypedMethod(
    OWNER,
    "undo_families",
    request={
        "batch": fields.String(required=True, validate=BATCH),
        "after": fields.String(load_default=""),
    },
    answer={
        "removed": Count(),
        "kept": Several({"reference": Text(60), "why": OneOf(IN_USE)}),
        "next": fields.String(required=True),
    },
)
"""
Take a batch's families back, some at a time from `after` on; `next` is "" at the end.

A family on which something was built since is kept, with the first reason. It is not `writes`:
keys are destroyed after its commit, and asked again it does what is left to do.
"""

guardian_taken_back = UntypedEvent(
    OWNER, "guardian_taken_back", addressed=True, fields={"guardian_id": Id()}
)
"""
To identity alone: a guardian of an import is here no more, who was invited and never came.

The code in the letter opens nothing from then on.
"""

letter_returned = UntypedEvent(
    OWNER, "letter_returned", addressed=True, fields={"guardian_id": Id(), "at": Moment()}
)
"""
To identity alone: a letter to the home of this guardian came back, as the desk said then.

Who knows through whose hands it went: the code of a letter that was printed before opens nothing.
"""
