"""
Rights that wait for the yes of the person whose login it is.

Logins are one name space, and whoever comes first may have made one: a right that another office
gives begins only when the person uses the code that this office handed over. The code makes the
account of a new login; of one that is in use, its owner accepts while signed in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, or_, select

from services.identity.accounts import queries
from services.identity.accounts.rules import account_kinds, invitations
from services.identity.accounts.rules.dated_rights import Right
from services.identity.agents.commands import agents
from services.identity.agents.queries.rights_awaiting_holder import (
    has_undecided_offer,
    last_offer_to_person,
    open_offer_by_digest,
    rights_in_offer,
)
from services.identity.models import Account, CodeByTown, DatedRight, Invitation, RightOffer
from shared.contracts.errors import BadRequest, NotFound
from shared.contracts.identity.invitations import AccountInUse, InvitationUnknown
from shared.contracts.identity.rights_awaiting_holder import MOST_RIGHTS, OfferUnknown
from shared.database import Write
from shared.register import Office
from shared.runtime.ids import new_id

ACCEPTED, DECLINED, WITHDRAWN = "accepted", "declined", "withdrawn"
KEPT_FOR = timedelta(days=30)
"""After its end: the administrator sees what became of it."""


@dataclass(frozen=True, slots=True)
class Given:
    """Outcome of giving a right: an offer with its code, or in force at once (then "" is usual)."""

    offered: bool
    code: str
    expires_at: datetime | None


def give_or_offer_rights(
    write: Write,
    account: Account,
    office: Office,
    name: str,
    requested: Sequence[Right],
    at: datetime,
    day: date,
    by: str | None,
) -> Given:
    """
    Give rights to an agent of the office, or offer them to whom the login belongs.

    `name` is as the office writes it. Raises BadRequest with sentences, alike in both cases.
    """
    rights = queries.rights_not_withdrawn(write, account.subject, office.code)
    if all(queries.period_of_right(right).is_past(day) for right in rights):
        code, expires_at = _store_offer(write, account, office, name, requested, at, by)
        return Given(True, code, expires_at)
    for right in requested:
        agents.grant_right(write, account, office, right, at, by)
    agents.restart_unused_time(account, at)
    invited = agents.invite_agent_who_never_came(write, account, office, at, by_town=by is None)
    return Given(False, *invited)


def renew_offer(
    write: Write, account: Account, office: str, role: str, at: datetime
) -> tuple[str, datetime] | None:
    """Return another code of an undecided offer of this role; None where there is none."""
    offer = last_offer_to_person(write, account.subject, office)
    if offer is None or not has_undecided_offer(write, account.subject, office, role):
        return None
    return _set_new_offer_code(offer, at)


def accept_offer_with_new_account(
    write: Write, account: Account, digest: str, at: datetime
) -> None:
    """Begin a locked account with an offer; raises InvitationUnknown or AccountInUse."""
    offer = open_offer_by_digest(write, digest, at)
    if offer is None or offer.subject != account.subject:
        raise InvitationUnknown
    if account.opened_at is not None:
        raise AccountInUse
    account.name = offer.name
    _begin_rights(write, account, offer, at)


def accept_offer(write: Write, account: Account, code: str, at: datetime) -> str:
    """Let offered rights begin for their person; return the office. Raises OfferUnknown."""
    offer = open_offer_by_digest(write, invitations.digest_of_code(code), at)
    if offer is None or offer.subject != account.subject:
        raise OfferUnknown
    _begin_rights(write, account, offer, at)
    agents.restart_unused_time(account, at)
    return offer.office


def decline_offer(write: Write, account: Account, office: str, at: datetime) -> None:
    """Refuse what an office offers; raises OfferUnknown."""
    if not queries.has_open_offer(write, account.subject, office, at):
        raise OfferUnknown
    offer = last_offer_to_person(write, account.subject, office)
    assert offer is not None  # it is open
    offer.decided_at, offer.outcome = at, DECLINED


def withdraw_offer(write: Write, office: str, offer_id: str, at: datetime) -> None:
    """Take an offer of this office back; raises NotFound where it does not wait."""
    offer = write.get(RightOffer, offer_id)
    if offer is None or offer.office != office:
        raise NotFound(offer=offer_id)
    queries.lock_account(write, offer.subject)
    write.refresh(offer)
    if offer.decided_at is not None:
        raise NotFound(offer=offer_id)
    offer.decided_at, offer.outcome = at, WITHDRAWN


def withdraw_offer_to_person(write: Write, subject: str, office: str, at: datetime) -> None:
    """Take back what an office offers to a person, if the person has not decided yet."""
    offer = last_offer_to_person(write, subject, office)
    if offer is not None and offer.decided_at is None:
        offer.decided_at, offer.outcome = at, WITHDRAWN


def withdraw_offers_of_town(write: Write, office: str, keep: str, at: datetime) -> None:
    """Take back what the town offered to administrators whom its file no longer names."""
    of_town = select(RightOffer).where(
        RightOffer.office == office,
        RightOffer.offered_by.is_(None),
        RightOffer.subject != keep,
        RightOffer.decided_at.is_(None),
    )
    for offer in write.scalars(of_town):
        offer.decided_at, offer.outcome = at, WITHDRAWN


def delete_old_offers(write: Write, at: datetime) -> None:
    """Delete offers that ended long ago, and logins that nobody has ever used or is offered."""
    ended = or_(RightOffer.decided_at < at - KEPT_FOR, RightOffer.expires_at < at - KEPT_FOR)
    write.execute(delete(RightOffer).where(ended))
    unused = delete(Account).where(Account.kind == account_kinds.AGENT, Account.opened_at.is_(None))
    for table in (RightOffer, DatedRight, Invitation, CodeByTown):
        named = select(table.subject).where(table.subject == Account.subject)
        unused = unused.where(~named.exists())
    write.execute(unused)


def _store_offer(
    write: Write,
    account: Account,
    office: Office,
    name: str,
    requested: Sequence[Right],
    at: datetime,
    by: str | None,
) -> tuple[str, datetime]:
    """Store an offer, or more rights in one that waits; the code of before is void."""
    offer = last_offer_to_person(write, account.subject, office.code)
    if offer is None:
        offer = RightOffer(id=new_id(), subject=account.subject, office=office.code, rights=[])
        write.add(offer)
    elif offer.decided_at is not None or offer.expires_at <= at:
        offer.rights = []
    for right in requested:
        _add_to_offer(offer, office, right)
    offer.name, offer.offered_at, offer.offered_by = name.strip(), at, by
    offer.decided_at = offer.outcome = None
    code = _set_new_offer_code(offer, at)
    write.flush()
    return code


def _add_to_offer(offer: RightOffer, office: Office, right: Right) -> None:
    offered = rights_in_offer(offer)
    earlier = [
        other.period for other in offered if (other.role, other.place) == (right.role, right.place)
    ]
    if not agents.is_new_right(right, office, earlier):
        return
    if len(offered) >= MOST_RIGHTS:
        sentence = "Cette personne n’a encore rien accepté : retirez l’offre."
        raise BadRequest(errors={"role": [sentence]})
    offer.rights = [*offer.rights, _right_as_json(right)]


def _set_new_offer_code(offer: RightOffer, at: datetime) -> tuple[str, datetime]:
    code, expires_at = invitations.new_code(), at + invitations.GOOD_FOR
    offer.digest, offer.expires_at = invitations.digest_of_code(code), expires_at
    return code, expires_at


def _begin_rights(write: Write, account: Account, offer: RightOffer, at: datetime) -> None:
    for right in rights_in_offer(offer):
        agents.store_checked_right(write, account, offer.office, right, at, offer.offered_by)
    offer.decided_at, offer.outcome = at, ACCEPTED
    write.flush()


def _right_as_json(right: Right) -> dict[str, str | None]:
    last = right.period.last.isoformat() if right.period.last else None
    days = {"valid_from": right.period.first.isoformat(), "valid_to": last}
    return {"role": right.role, "place": right.place, **days}
