"""Forgotten passwords: a request from a page, and the email that answers it where it may."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.identity.accounts import queries
from services.identity.accounts.rules import account_kinds, invitations
from services.identity.accounts.rules.sign_in_delays import (
    digest_of_counted_tries,
    tries_with_one_more,
)
from services.identity.invitations.queries.open_guardian_codes import requests_to_reset_password
from services.identity.invitations.rules.forgotten_passwords import (
    DAY,
    OF_A_DEVICE,
    OF_A_PLACE,
    OF_STRANGERS,
    may_send_one_more_email,
)
from services.identity.mail import queue_email
from services.identity.mail.texts import FORGOTTEN
from services.identity.models import Account, ForgottenPassword, Invitation
from services.identity.sessions.commands import counted_tries, known_devices
from services.identity.sessions.rules import lifetime_and_secrets as sessions
from shared.database import Write
from shared.register.declarations import PORTAL
from shared.runtime.ids import new_id

MOST_KEPT = 10
"""Moments of emails that count: as many as the widest limit."""

GOOD_FOR = timedelta(hours=2)
"""Validity of an invitation to choose another password, requested without signing in."""


def note_forgotten_password(
    write: Write, login: str, place: str, devices: Sequence[str], at: datetime
) -> None:
    """Store a request to reset the password of this login, which may not exist."""
    digests = [sessions.digest_of_session_secret(secret) for secret in devices]
    row = write.upsert_into(ForgottenPassword).values(
        login=account_kinds.fold_login(login), place=place, devices=digests, asked_at=at
    )
    write.execute(
        row.on_conflict_do_update(index_elements=["login", "place"], set_={"devices": digests})
    )


def email_forgotten_passwords(write: Write, at: datetime) -> None:
    """
    Queue an email for each request whose login is the address of a family's account in use.

    The requests are deleted. This runs after the answer, so that the answer takes as long for an
    unknown login. The invitation of an account that waits for its first password stays good.
    """
    for request in requests_to_reset_password(write):
        write.delete(request)
        account = queries.account_by_login(write, account_kinds.FAMILY, request.login)
        if account is None or not account.active or "@" not in request.login:
            continue
        if _count_email_within_limits(write, account, request, at):
            _send_code(write, account, at)


def _send_code(write: Write, account: Account, at: datetime) -> None:
    code = invitations.new_code()
    if queue_email(write, account.subject, FORGOTTEN, f"forgotten:{new_id()}", code=code):
        digest = invitations.digest_of_code(code)
        write.add(Invitation(digest=digest, subject=account.subject, expires_at=at + GOOD_FOR))
        write.flush()


def _count_email_within_limits(
    write: Write, account: Account, request: ForgottenPassword, at: datetime
) -> bool:
    """Say whether one more email may leave, and count it if it does."""
    known = known_devices.lock_device_of_digests(
        write, account.subject, PORTAL, request.devices, at
    )
    if known is not None:
        limits = {("device", known.digest): OF_A_DEVICE}
    else:
        limits = {("place", request.place): OF_A_PLACE, ("strangers", ""): OF_STRANGERS}
    rows = [
        (counted_tries.lock_row_of_tries(write, _digest_of_counted_emails(account, *key), at), most)
        for key, most in limits.items()
    ]
    if not all(
        may_send_one_more_email(counted_tries.tries_in_row(row).recent, most, at)
        for row, most in rows
    ):
        return False
    for row, _ in rows:
        counted_tries.store_tries(
            row, tries_with_one_more(counted_tries.tries_in_row(row), at, DAY, MOST_KEPT)
        )
    return True


def _digest_of_counted_emails(account: Account, *key: str) -> str:
    return digest_of_counted_tries("forgotten", account.subject, *key)
