"""
Pages and actions of an accompanied session: which are open, closed or logged. Pure.

Pages of the guardian alone stay closed: the account, recipients and readings, the activity history
(rule R10: no agent reads it), and health, which no counter needs to enrol, collect or explain a
bill. The dossier refuses the same, whatever a page asks of it.
"""

from collections.abc import Mapping

from shared.register.entitlement import SPECIAL_SECTIONS

CLOSED_PAGES = frozenset({"help.show_own_account", "news.mark_news_read"})
CLOSED_PARTS = frozenset(
    {
        "transparency",
        "grants",
        "carer_accesses",
        "household_papers",
        "activity_history",
        "exports",
        "by_reference",
        "alerts",
        "calendar_feed",
        "messages",
        "mailing",
        "mandates",
        "openid",
        "own_access",
        "own_email",
        "papers",
        "person_requests",
        "second_factors",
    }
)
"""
Pages closed to a counter: what a family writes or asks of its data, how it is written to, its bank
account.
"""
CLOSED_NOTICES = frozenset(
    {
        "health_unseen",
        "menu_to_check",
        "food",
        "also_told",
        "mandate_ended",
        "paper_expiring",
        "person_request_prolonged",
        "person_request_answered",
        "person_request_refused",
    }
)
"""
Notices of what stays closed: of a child's health, of its papers, of other recipients, of a mandate.
They wait for the guardian, so none is marked as read at a counter.
"""
OPEN_PARTS = frozenset(
    {
        "visits",
        "town",
        "law",
        "barriers",
        "registration_start",
        "registration",
        "second_step",
        "forgotten",
        "help",
        "installed",
        "languages",
        "menus",
        "sign_in",
        "tariffs",
        "theme",
    }
)
"""Pages that show nothing of a family: they leave no line."""
CLOSED_SECTIONS = SPECIAL_SECTIONS
"""Health and diet: data of article 9."""

PARTS: Mapping[str, str] = {
    "home": "seen_home",
    "week": "seen_week",
    "pattern": "seen_week",
    "absence": "seen_week",
    "child": "seen_children",
    "new_child": "seen_children",
    "sections": "seen_children",
    "services": "seen_children",
    "departure": "seen_children",
    "handovers": "seen_children",
    "school": "seen_children",
    "finding": "seen_activities",
    "applying": "seen_activities",
    "applications": "seen_activities",
    "bills": "seen_bills",
    "paying": "seen_bills",
    "paying_in_turn": "seen_bills",
    "advances": "seen_bills",
    "payment_plans": "seen_bills",
    "spending": "seen_bills",
    "quotient": "seen_bills",
    "fund_quotient": "seen_bills",
    "certificates": "seen_bills",
    "address": "seen_address",
    "news": "seen_news",
    "renewal": "seen_activities",
}
"""Part in the read log of each page, by its blueprint."""

ACTIONS = frozenset(
    {
        "applying.apply",
        "applications.answer",
        "applications.withdraw",
        "absence.declare",
        "new_child.add",
        "new_child.withdraw",
        "renewal.answer",
        "week.save",
        "pattern.change",
        "sections.save",
        "sections.confirm",
        "services.attach",
        "services.end",
        "services.keep",
        "departure.announce",
        "departure.withdraw",
        "school.ask",
        "school.withdraw",
        "school.ask_for_waiver",
        "school.withdraw_waiver",
        "handovers.declare",
        "handovers.end",
        "quotient.declare",
        "fund_quotient.ask",
        "fund_quotient.answer",
        "address.move",
        "bills.dispute",
        "payment_plans.ask",
        "paying.start",
        "advances.start",
    }
)


def is_closed_while_accompanied(endpoint: str, section: str = "") -> bool:
    """Say whether a page, or the form of a section, stays closed while an agent looks on."""
    part = endpoint.partition(".")[0]
    return endpoint in CLOSED_PAGES or part in CLOSED_PARTS or section in CLOSED_SECTIONS


def reason_in_read_log(endpoint: str) -> str:
    """Return the reason of a page in the read log; "" for one that shows nothing of a family."""
    return PARTS.get(endpoint.partition(".")[0], "")
