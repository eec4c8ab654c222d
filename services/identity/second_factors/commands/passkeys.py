"""Passkeys of a person: added, used, removed."""

from datetime import datetime

from services.identity.models import Account, Passkey
from services.identity.second_factors.queries import passkey_by_credential, passkeys_of_person
from services.identity.second_factors.rules import passkeys as rules
from services.identity.second_factors.rules.passkeys import Site
from shared.contracts.errors import NotFound
from shared.contracts.identity.own_account.second_factors import MOST_PASSKEYS, TooManyPasskeys
from shared.contracts.identity.sign_ins import WrongCredentials
from shared.database import Write
from shared.runtime.ids import new_id


def require_room_for_passkey(write: Write, subject: str) -> list[str]:
    """Return the credentials that a person has; raises TooManyPasskeys where one more is none."""
    known = passkeys_of_person(write, subject)
    if len(known) >= MOST_PASSKEYS:
        raise TooManyPasskeys(most=MOST_PASSKEYS)
    return [each.credential for each in known]


def add_passkey(
    write: Write, account: Account, name: str, new: rules.NewPasskey, at: datetime
) -> None:
    """Add a verified passkey; raises WrongCredentials where somebody has it already."""
    require_room_for_passkey(write, account.subject)
    if passkey_by_credential(write, new.credential) is not None:
        raise WrongCredentials
    write.add(
        Passkey(
            id=new_id(),
            subject=account.subject,
            name=name.strip(),
            credential=new.credential,
            public_key=new.public_key,
            sign_count=new.sign_count,
            added_at=at,
        )
    )
    write.flush()


def verify_passkey_signature(
    write: Write, site: Site, challenge: str, answer: str, at: datetime
) -> str:
    """
    Return whose passkey signed the challenge, and note its use; raises WrongCredentials.

    Its row is held meanwhile: of two answers with the same counter one is refused.
    """
    try:
        claim = rules.passkey_claimed_by_answer(answer)
        known = passkey_by_credential(write, claim.credential)
        if known is None or known.subject != claim.subject:
            raise WrongCredentials
        known.sign_count = rules.verify_signed_challenge(
            site, challenge, answer, known.public_key, known.sign_count
        )
    except rules.PasskeyRefused:
        raise WrongCredentials from None
    known.used_at = at
    return known.subject


def remove_passkey(write: Write, subject: str, passkey_id: str) -> None:
    """Remove one of a person's own passkeys; raises NotFound for any other."""
    known = write.get(Passkey, passkey_id)
    if known is None or known.subject != subject:
        raise NotFound(passkey=passkey_id)
    write.delete(known)
    write.flush()
