"""Rights that an office offers to whom a login belongs: they begin with that person's yes."""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from shared.contracts.errors import Refusal
from shared.contracts.identity.accounts import DatedRight, Login, Name
from shared.contracts.message import Empty, Method
from shared.contracts.values import (
    Code,
    Id,
    Moment,
    PageAnswer,
    PageRequest,
    list_length,
    one_of,
    text,
)

OWNER = "identity"
OFFERS_AT_ONCE = 100
MOST_OWN = 30
MOST_RIGHTS = 60
"""The most rights of one offer: the roles of an office, each at some places for some seasons."""
STATES = WAITING, DECLINED, EXPIRED = ("waiting", "declined", "expired")

Rights = Annotated[list[DatedRight], list_length(0, MOST_RIGHTS)]


class ListedOffer(TypedDict):
    """
    An offer of the calling office that is not accepted, with login and name as it wrote them.

    `at` is when a waiting one ends, or when the other ones did.
    """

    offer: Id
    login: Login
    name: Name
    rights: Rights
    state: Annotated[str, one_of(STATES)]
    at: Moment


@dataclass(frozen=True, kw_only=True)
class ListOffersAnswer(PageAnswer):
    offers: Annotated[list[ListedOffer], list_length(0, OFFERS_AT_ONCE)]


list_right_offers = Method(OWNER, "list_right_offers", PageRequest, ListOffersAnswer)
"""Offers of the calling office that nobody has accepted, for its administrator."""


@dataclass(frozen=True)
class WithdrawOfferRequest:
    offer: Id


withdraw_right_offer = Method(
    OWNER, "withdraw_right_offer", WithdrawOfferRequest, Empty, writes=True
)
"""The administrator takes a waiting offer back; its code is void. Refusal: NotFound."""


class OwnOffer(TypedDict):
    """An offer to the person who asks."""

    office: Code
    rights: Rights
    expires_at: Moment


@dataclass(frozen=True)
class OwnOffersAnswer:
    offers: Annotated[list[OwnOffer], list_length(0, MOST_OWN)]


my_right_offers = Method(OWNER, "my_right_offers", Empty, OwnOffersAnswer)
"""Offers of offices to the login of the agent who is signed in."""


@dataclass(frozen=True)
class AcceptOfferRequest:
    code: Annotated[str, text(60)]


@dataclass(frozen=True)
class AcceptOfferAnswer:
    office: Code


accept_right_offer = Method(
    OWNER, "accept_right_offer", AcceptOfferRequest, AcceptOfferAnswer, writes=True
)
"""
The agent who is signed in says yes with the code that the office handed over.

Both are needed: the login was perhaps made by somebody else, and the code says whom the office
means. Refusal: OfferUnknown.
"""


@dataclass(frozen=True)
class DeclineOfferRequest:
    office: Code


decline_right_offer = Method(OWNER, "decline_right_offer", DeclineOfferRequest, Empty, writes=True)
"""The agent who is signed in says no, without a code. Refusal: OfferUnknown."""


class OfferUnknown(Refusal):
    """The offer is for another login, or was accepted, declined, withdrawn, or has expired."""

    code = "offer_unknown"
