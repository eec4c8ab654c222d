"""What identity answers and tells: people who sign in, their rights, their tokens."""

from marshmallow import fields, validate

from shared.contracts.errors import Refusal
from shared.contracts.formats import AFTER, NEXT, Code, Day, Id, MaybeDay, Moment, Text, Version
from shared.contracts.message import UntypedEvent, UntypedMethod

OWNER = "identity"
KINDS = ("family", "agent")
MOST_DEVICES = 10
"""Accounts that one browser is known to: an office's computer has several agents."""


def _kind() -> fields.String:
    return fields.String(required=True, validate=validate.OneOf(KINDS))


sign_in = UntypedMethod(
    OWNER,
    "sign_in",
    request={
        "login": Text(254),
        "password": Text(256),
        "code": fields.String(load_default="", validate=validate.Length(0, 10)),
        "address": fields.String(load_default="", validate=validate.Regexp(r"^[0-9a-f]{0,64}\Z")),
        "devices": fields.List(
            Text(100), load_default=list, validate=validate.Length(0, MOST_DEVICES)
        ),
    },
    answer={
        "session": Text(100),
        "token": Text(2000),
        "expires_at": Moment(),
        "subject": Id(),
        "kind": _kind(),
        "name": Text(120),
        "device": fields.String(load_default=""),
    },
)
"""
Families sign in at the portal, agents at a provider's desk; `code` is the agent's TOTP.

`address` is a digest of where the browser is, made with a key of the caller's. `devices` are the
secrets by which accounts know this browser, and `device` one that it keeps from now on, "" where it
was known. Refusals: WrongCredentials, SecondFactorNeeded, TooManyTries, NotEntitled.
"""

renew_token = UntypedMethod(
    OWNER,
    "renew_token",
    request={"session": Text(100)},
    answer={"token": Text(2000), "expires_at": Moment()},
)
"""A new short token for an open session, for the principal that opened it alone."""

sign_out = UntypedMethod(OWNER, "sign_out", request={"session": Text(100)}, answer={}, writes=True)

sign_act = UntypedMethod(
    OWNER,
    "sign_act",
    request={"digest": fields.String(required=True, validate=validate.Regexp(r"^[0-9a-f]{64}\Z"))},
    answer={"signed": Text(2000)},
)
"""
Identity's word that this person orders what `digest` stands for (shared/person/signed_orders.py),
now.

The portal asks for it where a provider does not answer; it is no token, and opens nothing else.
"""

my_desks = UntypedMethod(
    OWNER,
    "my_desks",
    request={},
    answer={"desks": fields.List(Code(required=False), required=True)},
)
"""The running providers at which the agent has a right today, the calling one included."""

pass_over = UntypedMethod(
    OWNER,
    "pass_over",
    request={"provider": Code()},
    answer={"code": Text(100), "expires_at": Moment()},
)
"""
An agent goes on to another provider's desk: a code for that desk alone, once, for 30 seconds.

Refusals: NotFound (no such running provider), NotEntitled (no right there today).
"""

enter = UntypedMethod(
    OWNER,
    "enter",
    request={"code": Text(100)},
    answer={
        "session": Text(100),
        "token": Text(2000),
        "expires_at": Moment(),
        "subject": Id(),
        "kind": _kind(),
        "name": Text(120),
        "came_from": Code(),
    },
)
"""
Open a session for an agent who passed over to the calling provider, without asking again.

It ends no later than the session from which the agent came. WrongCredentials for any other code.
"""

PAPERS = ("identity_card", "passport", "residence_permit", "driving_licence")
BY_PAPER, BY_CODE = "paper", "code"
"""How a guardian at the counter is known: a paper shown and a slip signed, or a code received."""

send_counter_code = UntypedMethod(
    OWNER,
    "send_counter_code",
    request={"guardian": Id()},
    answer={"sent": fields.Boolean(required=True)},
)
"""
Send six digits to the address of a guardian who is present; `sent` is false where none is known.

One code per agent: asking again voids the last.
"""

open_accompanied = UntypedMethod(
    OWNER,
    "open_accompanied",
    request={
        "guardian": Id(),
        "name": Text(120),
        "proof": fields.String(load_default=BY_PAPER, validate=validate.OneOf((BY_PAPER, BY_CODE))),
        "paper": fields.String(load_default="", validate=validate.OneOf(("", *PAPERS))),
        "slip_signed_on": MaybeDay(),
        "six_digits": fields.String(load_default="", validate=validate.Length(0, 10)),
    },
    answer={"code": Text(100), "expires_at": Moment(), "ends_at": Moment()},
)
"""
Open a family's own session for a guardian who is present: twenty minutes, never longer.

`code` lets the browser into the portal, once, for 30 seconds. An agent has one such session at a
time: a new one ends the former. Refusals: BadRequest (no paper), WrongCredentials (other digits),
NotFound (no guardian).
"""

enter_accompanied = UntypedMethod(
    OWNER,
    "enter_accompanied",
    request={"code": Text(100)},
    answer={
        "session_id": Id(),
        "session": Text(100),
        "token": Text(2000),
        "expires_at": Moment(),
        "ends_at": Moment(),
        "subject": Id(),
        "actor": Id(),
        "name": Text(120),
    },
)
"""Go on to the portal from the front desk; WrongCredentials for any other code."""

activate = UntypedMethod(
    OWNER,
    "activate",
    request={"code": Text(60), "password": Text(256)},
    answer={
        "login": Text(254),
        "totp_uri": fields.String(required=True),
        "device": fields.String(load_default=""),
    },
)
"""
The holder of an invitation chooses a password; an agent also learns the TOTP address (else "").

The former password's devices are known no more; `device` is for the browser in which this is done.

Like the other methods that answer with a secret it is not `writes`: the kit would keep the answer.
"""

invite_administrator = UntypedMethod(
    OWNER,
    "invite_administrator",
    request={"provider": Code()},
    answer={
        "login": Text(254),
        "code": fields.String(required=True),
        "expires_at": Moment(allow_none=True),
    },
)
"""
An invitation for the first administrator that the town file names; asking again voids the last one.

`code` is "" where none is due: the provider has had an administrator who signed in (from then on it
decides alone), or the person has an account in use already and keeps it.
"""

_RIGHT: dict[str, fields.Field] = {
    "role": Code(),
    "valid_from": Day(),
    "valid_to": Day(load_default=None, allow_none=True, required=False),
}

AGENTS_AT_ONCE = 100

list_agents = UntypedMethod(
    OWNER,
    "list_agents",
    request=dict(AFTER),
    answer={
        **NEXT,
        "agents": fields.List(
            fields.Dict(), required=True
        ),  # subject, login, name, rights: [{role, valid_from, valid_to}], active,
        # code_by_town: None, or of the last 90 days {at, by, reason, in_place_of}
    },
)
"""The agents of the calling provider, for its administrator: by subject, AGENTS_AT_ONCE a page."""

grant_right = UntypedMethod(
    OWNER,
    "grant_right",
    request={"login": Text(254), "name": Text(120), **_RIGHT},
    answer={"subject": Id(), "code": fields.String(required=True)},
)
"""
A nominative, dated right at the calling provider, both days included.

`code` invites an agent who has never signed in and has no right elsewhere (else ""). Repeating it
changes nothing but the code; it also re-opens an account that slept for 90 days.
"""

invite_again = UntypedMethod(
    OWNER,
    "invite_again",
    request={"subject": Id()},
    answer={"name": Text(120), "code": fields.String(required=True)},
)
"""
A code for an agent of the calling provider who lost telephone or password.

Password, second factor and sessions end at once; with the code the agent chooses new ones. It is
not `writes`, as it answers with a secret. Refusals: NotFound, NotEntitled (oneself, or somebody who
has rights at another provider too).
"""

invite_administrator_again = UntypedMethod(
    OWNER,
    "invite_administrator_again",
    request={
        "office": Code(),
        "login": Text(254),
        "asked_by": Text(120),
        "reason": Text(300),
        "despite_others": fields.Boolean(load_default=False),
    },
    answer={
        "name": Text(120),
        "code": Text(60),
        "expires_at": Moment(),
        "told": fields.List(fields.String(), required=True),
    },
)
"""
A code for an administrator who lost telephone or password, where nobody at the office can give one.

The old access ends at once, wherever it opened something. Who asked and why is kept and read by the
DPOs, who are `told` by e-mail, and by administrators. Not `writes`, as it answers with a secret.
Refusals: NotFound (no administrator of that office), OthersCanHelp (unless despite them).
"""

invite_successor = UntypedMethod(
    OWNER,
    "invite_successor",
    request={
        "office": Code(),
        "in_place_of": Text(254),
        "login": Text(254),
        "name": Text(120),
        "asked_by": Text(120),
        "reason": Text(300),
        "despite_others": fields.Boolean(load_default=False),
    },
    answer={
        "name": Text(120),
        "former": Text(120),
        "code": fields.String(required=True),
        "expires_at": Moment(allow_none=True),
        "active": fields.Boolean(required=True),
        "told": fields.List(fields.String(), required=True),
    },
)
"""
Somebody administers an office from today in place of one who has left, where nobody there can help.

The rights at that office of the login `in_place_of` end in the same act, and where it has none
elsewhere its whole access. `code` is "" for who has signed in already, or has rights elsewhere:
that account stays as it is, `active` or not. Kept and told as `invite_administrator_again`, and not
`writes` either. Refusals: NotFound (no administrator of that office), BadRequest (twice the same
person, or one who has that right for other days), OthersCanHelp (unless despite them).
"""

codes_by_town = UntypedMethod(
    OWNER,
    "codes_by_town",
    request=dict(AFTER),
    answer={
        **NEXT,
        "codes": fields.List(
            fields.Nested(
                {
                    "at": Moment(),
                    "office": Code(),
                    "login": Text(254),
                    "name": Text(120),
                    "asked_by": Text(120),
                    "reason": Text(300),
                    "others": fields.Integer(required=True),
                    "in_place_of": fields.String(required=True),
                }
            ),
            required=True,
        ),
    },
)
"""
Every code of `invite_administrator_again` and every successor, oldest first, in pages.

`others` could have given it; `in_place_of` is who has left, name and login, else "".
"""

withdraw_right = UntypedMethod(
    OWNER,
    "withdraw_right",
    request={"subject": Id(), "role": Code()},
    answer={},
    writes=True,
)

invite_guardian = UntypedMethod(
    OWNER,
    "invite_guardian",
    request={
        "guardian_id": Id(),
        "name": Text(120),
        "email": Text(254, load_default="", required=False),
    },
    answer={"login": Text(254), "code": fields.String(required=True), "expires_at": Moment()},
)
"""
Credentials for one guardian whom the central desk has checked; asking again voids the last code.

With an address the code leaves for it, and is "" here; without one it is read out, or printed. It
is not `writes`, as it answers with a secret. Refusal: LoginTaken (another person's address).
"""

LETTER_DAYS = 30
"""How long a code on paper is good: a letter takes days, and lies for some more."""

MOST_LETTERS = 40
"""Of one printing: what an agent puts into envelopes at one go."""

invite_guardians = UntypedMethod(
    OWNER,
    "invite_guardians",
    request={
        "guardians": fields.List(
            fields.Nested({"guardian_id": Id(), "name": Text(120)}),
            required=True,
            validate=validate.Length(1, MOST_LETTERS),
        ),
        "again": fields.Boolean(load_default=False),
        "in_place_of": Id(required=False, load_default=None, allow_none=True),
    },
    answer={
        "letters": fields.List(
            fields.Nested(
                {"guardian_id": Id(), "login": Text(254), "code": Text(60), "expires_at": Moment()}
            ),
            required=True,
        )
    },
)
"""
Credentials of several guardians for letters on paper, all or none, in their order.

`again` voids codes that are good still, `in_place_of` those of that lot alone. Like
`invite_guardian` it is not `writes`. Refusal: AlreadyInvited, where somebody has another code that
is good, or an account in use.
"""

MOST_LOTS = 50

letter_lots = UntypedMethod(
    OWNER,
    "letter_lots",
    request={},
    answer={
        "lots": fields.List(
            fields.Nested(
                {
                    "lot": Id(),
                    "printed_at": Moment(),
                    "printed_by": Id(),
                    "used": fields.Integer(required=True),
                    "unused": fields.Integer(required=True),
                }
            ),
            required=True,
        )
    },
)
"""
The printings of letters of which some codes are good and unused, the latest MOST_LOTS.

Such a lot can be printed again with other codes (`invite_guardians`, `in_place_of`): what was lost
is no longer good, and no code is kept for it.
"""

letter_lot = UntypedMethod(
    OWNER,
    "letter_lot",
    request={"lot": Id()},
    answer={"guardian_ids": fields.List(Id(required=False), required=True)},
)
"""The guardians of a printing whose code of it is good and unused."""

forgotten_password = UntypedMethod(
    OWNER, "forgotten_password", request={"login": Text(254)}, answer={}, writes=True
)
"""
Somebody forgot a family's password. The answer and its time are the same for every login; where
there is one in use that is an address, a letter leaves for it, once an hour at most.
"""

post_state = UntypedMethod(
    OWNER,
    "post_state",
    request={},
    answer={
        "letters": fields.List(
            fields.Nested(
                {
                    "template": Code(),
                    "state": Code(),
                    "count": fields.Integer(required=True),
                }
            ),
            required=True,
        ),
        "oldest_waiting": Moment(allow_none=True),
    },
)
"""How many letters by e-mail wait, left, were refused, given up, or may have left; no address."""

open_accounts = UntypedMethod(
    OWNER,
    "open_accounts",
    request={
        "accounts": fields.List(
            fields.Nested(
                {
                    "subject": Id(),
                    "kind": _kind(),
                    "login": Text(254),
                    "name": Text(120),
                    "password": Text(256),
                    "totp_secret": fields.String(load_default=""),
                    "rights": fields.List(
                        fields.Nested({"provider": Code(), "role": Code()}), load_default=list
                    ),
                }
            ),
            required=True,
            validate=validate.Length(1, 50),
        )
    },
    answer={"opened": fields.Integer(required=True)},
)
"""Ready accounts for a town of demonstration, and only there; known logins are left as they are."""

subject_changed = UntypedEvent(
    OWNER,
    "subject_changed",
    addressed=True,
    fields={
        "subject": Id(),
        "kind": _kind(),
        "name": Text(120),
        "version": Version(),
        "not_before": Moment(),
        "active": fields.Boolean(required=True),
        "rights": fields.List(fields.Nested(_RIGHT), required=True),
    },
)
"""
The whole state of one subject as one principal needs it.

A provider hears of its own agents with their rights at it; dossier and portal hear of families,
without rights. Tokens issued before `not_before` are refused; a guardian's account that was never
used has none, and was last invited then.
"""


class WrongCredentials(Refusal):
    """Login, password or code do not fit; which of them is not said."""

    code = "wrong_credentials"


class SecondFactorNeeded(Refusal):
    """Login and password fit; the agent's TOTP code is missing."""

    code = "second_factor_needed"


class TooManyTries(Refusal):
    """
    Soft delay after failed tries; `detail["wait_seconds"]` says how long.

    `detail["others"]` says that they were other people's: who then tries again has its turn.
    """

    code = "too_many_tries"


class WeakPassword(Refusal):
    """Too short or too common; `detail["least"]` is the least length (CNIL 2022-100)."""

    code = "weak_password"


class InvitationUnknown(Refusal):
    """The invitation is unknown, used or expired."""

    code = "invitation_unknown"


class LoginTaken(Refusal):
    """Another person signs in with this address; said to the central desk alone."""

    code = "login_taken"


class AlreadyInvited(Refusal):
    """Somebody among them has a code that is good, or an account in use: nobody is invited."""

    code = "already_invited"


class OthersCanHelp(Refusal):
    """Others administer that office and can give the code; `detail["administrators"]` are names."""

    code = "others_can_help"
