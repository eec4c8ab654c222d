"""What every service answers to operations: is it well, and what lies in its dead queue."""

from marshmallow import fields, validate

from shared.contracts.formats import Moment
from shared.contracts.message import UntypedMethod

OWNER = "any"

health = UntypedMethod(
    OWNER,
    "health",
    request={},
    answer={
        "outbox": fields.Integer(required=True),
        "outbox_oldest_seconds": fields.Float(required=True),
        "returned": fields.Integer(required=True),
        "version": fields.String(required=True),
    },
)
"""`outbox`: rows waiting to leave; `returned`: publications that the broker gave back, all time."""

measure = UntypedMethod(
    OWNER,
    "measure",
    request={},
    answer={
        "measures": fields.List(
            fields.Nested(
                {
                    "name": fields.String(required=True),
                    "value": fields.Float(required=True),
                    "label": fields.String(required=True),
                }
            ),
            required=True,
        )
    },
)
"""
What waits in the answering service's database, and since when (seconds).

`label` is a provider's code or a state, "" for none; no measure is of a family.
"""

list_dead = UntypedMethod(
    OWNER,
    "list_dead",
    request={},
    answer={
        "letters": fields.List(
            fields.Nested(
                {
                    "message_id": fields.String(required=True),
                    "type": fields.String(required=True),
                    "source": fields.String(required=True),
                    "reason": fields.String(required=True),
                    "size": fields.Integer(required=True),
                    "sha256": fields.String(required=True),
                    "trace": fields.String(load_default=""),
                    "died_at": Moment(required=False, load_default=None, allow_none=True),
                }
            ),
            required=True,
        )
    },
)
"""The dead letters of the answering service, without their bodies."""

replay_dead = UntypedMethod(
    OWNER,
    "replay_dead",
    request={"most": fields.Integer(load_default=100, validate=validate.Range(1, 1000))},
    answer={
        "replayed": fields.Integer(required=True),
        "kept": fields.Integer(required=True),
    },
)
"""The owner handles its dead letters again; those that fail, or were never its own, are kept."""

settled = UntypedMethod(
    OWNER,
    "settled",
    request={},
    answer={
        "hand": fields.String(required=True),
        "given_back": fields.Integer(required=True),
        "failing": fields.Integer(required=True),
    },
)
"""
A mark, which goes through the events of the answering service and is answered behind them.

`hand`: which of its connections settled what came before; `given_back`: how many events that one's
process has given back to the queue, all time; `failing`: how many of them it is about to, or just
has.
"""


def mark_key(principal: str) -> str:
    """Return the key by which marks reach a principal's events; operations alone may use it."""
    return f"mark.{principal}"


resync = UntypedMethod(
    OWNER,
    "resync",
    request={},
    answer={
        "equal": fields.Boolean(required=True),
        "asked_again": fields.Integer(required=True),
    },
)
"""A provider compares its replica with the dossier's inventory now, and asks for what it lacks."""
