"""Schedules e-mails on news of a household, to guardians who do not look themselves."""

from datetime import datetime

from sqlalchemy import Executable, func

from services.portal_gateway.alerts.commands.queueing import queue_alert
from services.portal_gateway.alerts.rules.alert_texts import alert_of_news_in_category
from services.portal_gateway.cards.queries.guardian_households import guardians_of_household
from services.portal_gateway.models import MailNotice
from services.portal_gateway.notices.rules.notice_emails import PATIENCE
from services.portal_gateway.store import store
from shared.database import Write
from shared.database.prebuilt_statements import store_rows


def schedule_household_email(write: Write, category: str, household_id: str, at: datetime) -> None:
    """Schedule an e-mail to each guardian of a household, in the transaction of the news."""
    for subject in guardians_of_household(write, household_id):
        schedule_guardian_email(write, category, subject, at)


def schedule_guardian_email(write: Write, category: str, subject: str, at: datetime) -> None:
    """
    Schedule an e-mail to one guardian, and alert its devices; an e-mail that waits already keeps
    its earlier time.
    """
    row = {"subject": subject, "category": category, "wanted": True}
    store_rows(write, _make_upsert_of_due_email, {**row, "last_at": at, "due_at": at + PATIENCE})
    town = store.register.now.town.name
    queue_alert(
        write,
        subject,
        alert_of_news_in_category(category, f"{category}|{at:%Y-%m-%dT%H:%M}", town),
        at,
    )


def _make_upsert_of_due_email(write: Write) -> Executable:
    row = write.upsert_into(MailNotice)
    changed = {
        "last_at": row.excluded.last_at,
        "due_at": func.coalesce(MailNotice.due_at, row.excluded.due_at),
    }
    return row.on_conflict_do_update(index_elements=["subject", "category"], set_=changed)
