"""What a provider's enrolment service tells: how far projections came, and who reads them."""

from marshmallow import fields, validate

from shared.contracts.dossier.dossier import RESYNC_BATCH
from shared.contracts.formats import Code, Id, Moment, Projection, Version
from shared.contracts.message import UntypedEvent

OWNER = "enrolment"

projection_held = UntypedEvent(
    OWNER,
    "projection_held",
    fields={
        "projection": Projection(),
        "items": fields.List(
            fields.Nested(
                {
                    "child_id": Id(),
                    "received_version": Version(),
                    "received_at": Moment(),
                    "seen_version": Version(),
                    "seen_at": Moment(required=False, load_default=None, allow_none=True),
                    "seen_by": fields.String(required=True),
                }
            ),
            required=True,
            validate=validate.Length(1, RESYNC_BATCH),
        ),
    },
)
"""
The whole state of replica rows of one projection (rule R5): received, then seen by a role.

`seen_by` is "" before. As many items as moved together: one at a time in daily life, up to a
hundred when a replica is filled again, so that 10,000 children cost hundreds of facts and not tens
of thousands. The later of two states of a row has the greater (received_version, seen_version).
"""

projection_read = UntypedEvent(
    OWNER,
    "projection_read",
    fields={
        "child_id": Id(),
        "projection": Projection(),
        "subject": Id(),
        "role": Code(),
        "purpose": Code(),
        "at": Moment(),
        "unusual": fields.Boolean(required=True),
    },
)
"""One access at a desk; `subject` is for the DPO alone, families see the function (rule R13)."""

projection_erased = UntypedEvent(
    OWNER,
    "projection_erased",
    fields={
        "child_id": Id(),
        "projection": Projection(),
        "version": Version(),
        "erased_at": Moment(),
    },
)
"""The receipt for a tombstone: content and key are gone."""
