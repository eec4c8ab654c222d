"""Stores notices to a household or to one guardian, each key once."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Executable, delete

from services.portal_gateway.bills.queries import stored_key_of_bill_notice
from services.portal_gateway.cards.live_kinds import NEWS, note_change
from services.portal_gateway.cards.rules.json_values import to_json
from services.portal_gateway.models import Notice
from services.portal_gateway.models.sealed_value_bindings import notice_binding
from services.portal_gateway.notices.commands.closure_notices import (
    UrgentNotice,
    send_urgent_notice,
)
from services.portal_gateway.notices.commands.email_schedule import (
    schedule_guardian_email,
    schedule_household_email,
)
from services.portal_gateway.notices.rules.notice_emails import (
    days_for_which_notice_is_urgent,
    email_category_of_notice,
)
from services.portal_gateway.store import seal_for_row
from shared.contracts.billing import bills
from shared.contracts.dossier.data_protection.person_requests import TOWN, PersonRequestChanged
from shared.contracts.dossier.papers.child_papers import PaperExpiring
from shared.contracts.dossier.sharing.grants import GuardianGrantChanged
from shared.contracts.dossier.sharing.provider_changes import WideningAnnounced
from shared.contracts.enrolment.places import family_cards
from shared.database import Write
from shared.database.prebuilt_statements import store_rows
from shared.dates.clock import PARIS
from shared.json_values import JsonMapping

PAPER_EXPIRING = "paper_expiring"


@dataclass(frozen=True)
class NoticeContent:
    """A notice to store; `recipient` is a household, or a guardian's subject."""

    recipient: str
    kind: str
    detail: JsonMapping
    at: datetime
    child_ids: list[str] = field(default_factory=list)


def keep_notice(write: Write, provider: str, event: family_cards.Notice, moment: datetime) -> None:
    """Keep a notice of a provider the first time that its key comes."""
    notice = NoticeContent(event.household_id, event.kind, event.detail, event.at, event.child_ids)
    _keep_once(write, provider, event.key, notice, moment)


def keep_bill_notice(write: Write, event: bills.BillNotice, moment: datetime) -> None:
    """
    Keep a notice about bills once; its key is no key of the provider's own notices.

    One that it replaces goes: « Votre paiement est reçu », of a cheque that the bank rejects.
    """
    key = stored_key_of_bill_notice(event.key)
    notice = NoticeContent(event.household_id, event.kind, event.detail, event.at)
    if event.replaces:
        replaced = {"household_id": event.household_id, "provider": event.provider}
        replaced["key"] = stored_key_of_bill_notice(event.replaces)
        write.execute(delete(Notice).filter_by(**replaced))
    _keep_once(write, event.provider, key, notice, moment)


def keep_widening(write: Write, event: WideningAnnounced, moment: datetime) -> None:
    """Store once a notice of an upcoming widening, under the provider that will receive more."""
    detail = {
        "widening": event.kind,
        "what": event.what,
        "after": event.after,
        "valid_from": event.valid_from.isoformat(),
    }
    notice = NoticeContent(event.household_id, "widening", detail, event.at, event.child_ids)
    _keep_once(write, event.provider, f"widening-{event.key}", notice, moment)


def keep_projection_grant_notice(
    write: Write, event: GuardianGrantChanged, moment: datetime
) -> None:
    """
    Store once that a guardian granted a projection to a provider, or ended it, under that provider.
    """
    detail = {
        "projection": event.projection,
        "until": event.until.isoformat(),
        "ended": event.ended,
    }
    notice = NoticeContent(event.household_id, "also_told", detail, event.at, [event.child_id])
    _keep_once(write, event.provider, f"also_told-{event.key}", notice, moment)


def keep_person_request(write: Write, event: PersonRequestChanged, moment: datetime) -> None:
    """Keep once that an agent acted on a guardian's request: for that guardian alone."""
    kind, detail = f"person_request_{event.act}", {"person_request_id": event.person_request_id}
    notice = NoticeContent(event.subject, kind, detail, event.at)
    if _store_notice(write, TOWN, f"{kind}-{event.person_request_id}", notice, moment):
        schedule_guardian_email(write, email_category_of_notice(kind), event.subject, moment)


def keep_expiring_paper(write: Write, event: PaperExpiring, moment: datetime) -> None:
    """Keep once that a paper ends soon, for who kept it; which paper, its page alone says."""
    detail = {"last_day": event.last_day.isoformat()}
    notice = NoticeContent(event.subject, PAPER_EXPIRING, detail, event.at, [event.child_id])
    if _store_notice(write, TOWN, f"{PAPER_EXPIRING}-{event.key}", notice, moment):
        schedule_guardian_email(
            write, email_category_of_notice(PAPER_EXPIRING), event.subject, moment
        )


def _keep_once(
    write: Write, provider: str, key: str, notice: NoticeContent, moment: datetime
) -> None:
    if not _store_notice(write, provider, key, notice, moment):
        return
    days = days_for_which_notice_is_urgent(
        notice.kind, notice.detail, moment.astimezone(PARIS).date()
    )
    if days:
        send_urgent_notice(
            write, UrgentNotice(provider, key, notice.kind, days), notice.recipient, moment
        )
    else:
        schedule_household_email(
            write, email_category_of_notice(notice.kind), notice.recipient, moment
        )


def _store_notice(
    write: Write, provider: str, key: str, notice: NoticeContent, moment: datetime
) -> bool:
    """Keep a notice of a household, or of one guardian; say whether it is the first time."""
    content = {
        "kind": notice.kind,
        "child_ids": notice.child_ids,
        "detail": notice.detail,
        "at": notice.at,
    }
    row = {
        "household_id": notice.recipient,
        "provider": provider,
        "key": key,
        "received_at": moment,
        "content": seal_for_row(notice_binding(notice.recipient, provider, key), to_json(content)),
    }
    is_new = store_rows(write, _make_insert_of_notice, row).first() is not None
    if is_new:
        note_change(write, NEWS, notice.recipient)
    return is_new


def _make_insert_of_notice(write: Write) -> Executable:
    return write.upsert_into(Notice).on_conflict_do_nothing().returning(Notice.key)
