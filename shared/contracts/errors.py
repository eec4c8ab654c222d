"""
Refusals: errors that a principal may answer instead of the contract's answer, in domain words.

A refusal travels as its code and, where useful, ids or field names: never a name, a value that was
typed, or the text of an exception. Each service adds its own words next to its contracts.
"""

from typing import Any, ClassVar


class Refusal(Exception):
    """The callee understood and says no; `detail` holds ids, codes and field messages only."""

    code: ClassVar[str] = "refused"
    known: ClassVar[dict[str, type["Refusal"]]] = {}

    def __init__(self, **detail: Any) -> None:
        super().__init__(self.code)
        self.detail = detail

    def __init_subclass__(cls) -> None:
        Refusal.known[cls.code] = cls

    @staticmethod
    def from_code(code: str, detail: dict[str, object]) -> "Refusal":
        """Return the refusal of `code`; an unknown code is a failure of the callee."""
        return Refusal.known.get(code, Failed)(**detail)


class NotAllowed(Refusal):
    """The register has no such call for this caller: the broker returned it."""

    code = "not_allowed"


class NotSignedIn(Refusal):
    """No person, or a token that is expired, forged, withdrawn or issued to another principal."""

    code = "not_signed_in"


class NotEntitled(Refusal):
    """The person is known and lacks the right that the method asks for."""

    code = "not_entitled"


class BadRequest(Refusal):
    """The request breaks its contract; `detail["errors"]` maps fields to sentences."""

    code = "bad_request"


class NoAnswer(Refusal):
    """The deadline passed; a request that writes may be asked again with the same request id."""

    code = "no_answer"


class Unavailable(Refusal):
    """The broker cannot be reached, or the callee failed to answer twice within ten seconds."""

    code = "unavailable"


class Failed(Refusal):
    """The callee met an error of its own; its log has the request id."""

    code = "failed"


class TooLarge(Failed):
    """
    A request or its answer does not fit into a message: nothing was done, nor will be.

    `detail["what"]` is "request" or "answer", with its `bytes`; of an answer also `request_id`.
    """

    code = "too_large"


class Outdated(Refusal):
    """A version changed in between by another; `detail["version"]` is the stored version."""

    code = "outdated"


class NotFound(Refusal):
    """There is no such thing, or the person may not know that there is."""

    code = "not_found"
