"""Families signed in at the portal, with cards as the dossier and two providers would have told."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import insert

from bench import families
from bench.ground import laying
from bench.guardians import introduce
from bench.town import Town
from services.billing.bills.queries.bill_cards import LAST
from services.portal_gateway.bills.commands import keep_bill_card
from services.portal_gateway.cards.commands.guardian_and_household_cards import (
    keep_family_card,
    keep_guardian_card,
)
from services.portal_gateway.cards.rules.json_values import to_json
from services.portal_gateway.models import NewsRead, Notice
from services.portal_gateway.models.sealed_value_bindings import notice_binding
from services.portal_gateway.notices.commands.notices import keep_notice
from services.portal_gateway.notices.queries.news import MOST
from services.portal_gateway.session import sessions
from services.portal_gateway.store import seal_for_row, store
from shared.contracts.billing import bills
from shared.contracts.dossier import guardians
from shared.contracts.enrolment.places import family_cards, states
from shared.contracts.identity.sign_ins import OpenedSession
from shared.dates.clock import PARIS, now, today
from shared.person import LIFETIME, issue_token
from shared.runtime.ids import new_id

FAMILY = "family"
DAYS_AHEAD = 14
BORN = (date(2017, 5, 3), date(2019, 3, 2))


@dataclass(frozen=True)
class Behind:
    """The past of a family, in rows that the portal keeps: bills by provider, read news."""

    bills: int
    notices: int


FEW, TEN_YEARS = Behind(0, 0), Behind(LAST, MOST)


@dataclass(frozen=True)
class SignedIn:
    """A guardian in a browser; `cookie` is the header that the browser sends."""

    subject: str
    children: tuple[str, ...]
    cookie: str


@laying
def settle(town: Town, new: int, long_here: int) -> tuple[list[SignedIn], list[SignedIn]]:
    """
    Put new families, and some with ten years behind them, into the portal's database.

    Before it starts; returns both kinds signed in.
    """
    town.connect("portal", store)
    return settle_families(town, new, FEW), settle_families(town, long_here, TEN_YEARS)


@laying
def settle_known_family(town: Town, callees: Sequence[str]) -> SignedIn:
    """Have a running town know a family, so that these services answer it; return it signed in."""
    [child] = families.load(town, 1, "known", ["ens", "agg"])
    token = introduce(town, [child.guardian], callees)[child.guardian]
    town.connect("portal", store)
    return SignedIn(child.guardian, (child.id,), session_cookie(child.guardian, token))


def settle_families(town: Town, count: int, behind: "Behind") -> list[SignedIn]:
    """Put so many families into the portal's database, which is connected; they are signed in."""
    names = families.first_names()
    return [_family(town, (next(names), next(names)), behind) for _ in range(count)]


def _family(town: Town, names: tuple[str, str], behind: "Behind") -> SignedIn:
    subject, household = new_id(), new_id()
    children = tuple(new_id() for _ in names)
    rows = [card_child(*each) for each in zip(children, names, BORN, strict=True)]
    with store.write() as write:
        keep_guardian_card(write, guardian_card(subject, household, rows))
        for provider, days in (("ens", school_days), ("agg", judo_days)):
            parts = [part_of_child(child, days(today())) for child in children]
            card = family_cards.FamilyCard(household, 1, now(), parts)
            keep_family_card(write, provider, card)
        detail = {"activities": ["Accueil du soir"], "days": [today().isoformat()]}
        notice = {"key": "bench", "kind": "closure", "child_ids": [children[0]], "detail": detail}
        told = family_cards.Notice(household_id=household, at=now(), **notice)
        keep_notice(write, "ens", told, now())
        for provider in ("ens", "agg"):
            keep_bill_card(write, bill_card(household, provider, behind.bills))
        read = [_read(household, f"old-{number}", notice) for number in range(behind.notices)]
        if read:
            write.execute(insert(Notice), read)
        mark = {"subject": subject, "until": now() - timedelta(hours=1)}
        write.execute(insert(NewsRead), [mark])
    token = issue_token(town.signing_key, subject, "portal", FAMILY, LIFETIME)
    return SignedIn(subject, children, session_cookie(subject, token))


def _read(household: str, key: str, notice: dict[str, Any]) -> dict[str, Any]:
    """Return an old notice as a row: to hear a hundred of each family takes most of a minute."""
    told = {name: notice[name] for name in ("kind", "child_ids", "detail")}
    return {
        "household_id": household,
        "provider": "ens",
        "key": key,
        "received_at": now() - timedelta(days=1),
        "content": seal_for_row(
            notice_binding(household, "ens", key), to_json({**told, "at": now()})
        ),
    }


def bill_card(household: str, provider: str, paid: int) -> bills.BillCard:
    """Give one open bill, and so many that were paid, each by one payment."""
    rows = [_bill(number, bills.DUE if number == 0 else bills.PAID) for number in range(paid + 1)]
    return bills.BillCard(
        household_id=household,
        provider=provider,
        version=1,
        at=now(),
        owed_cents=rows[0]["balance_cents"],
        credit_cents=0,
        bills=rows,
        payments=[_payment(row) for row in rows[1:]],
    )


def _bill(months_ago: int, state: str) -> bills.Bill:
    issued = today() - timedelta(days=2 + 30 * months_ago)
    return {
        "invoice_id": new_id(),
        "number": f"2026-{months_ago:06}",
        "kind": bills.INVOICE,
        "month": f"{issued:%Y-%m}",
        "issued_on": issued,
        "due_on": issued + timedelta(days=30),
        "total_cents": 6_420,
        "balance_cents": 6_420 if state == bills.DUE else 0,
        "state": state,
        "checking": False,
        "debit_on": None,
        "taken_over": False,
    }


def _payment(bill: bills.Bill) -> bills.Payment:
    return {
        "payment_id": new_id(),
        "invoice_id": bill["invoice_id"],
        "number": bill["number"],
        "at": _at(bill["due_on"], 12),
        "means": bills.ONLINE,
        "cents": bill["total_cents"],
        "state": bills.PAID,
        "receipt": "",
        "taken_over": False,
    }


def guardian_card(
    subject: str, household: str, children: Sequence[guardians.CardChild] = ()
) -> guardians.GuardianCard:
    """Return the card of a guardian of one household."""
    return guardians.GuardianCard(subject, 1, now(), [household], list(children))


def session_cookie(subject: str, token: str = "t") -> str:
    """Sign a guardian in; return the header that their browser sends."""
    answer = OpenedSession(
        kind="family",
        subject=subject,
        name="Claire Lefèvre",
        session="bench",
        token=token,
        expires_at=now() + LIFETIME,
    )
    return f"portal_session={sessions.start_session(answer, now())}"


def card_child(child_id: str, name: str, born: date) -> guardians.CardChild:
    return {
        "id": child_id,
        "first_name": name,
        "last_name": "Lefèvre",
        "birth_date": born,
        "school": "École Jules-Ferry",
        "providers": ["agg", "ens"],
        "missing": ["pickup"],
    }


def part_of_child(child_id: str, days: Iterator[dict[str, Any]]) -> dict[str, Any]:
    return {"child_id": child_id, "places": [], "applications": [], "days": list(days)}


def school_days(first: date) -> Iterator[dict[str, Any]]:
    """Give two weeks of canteen and of care after school."""
    for day in (first + timedelta(days=after) for after in range(DAYS_AHEAD)):
        eve = _at(day - timedelta(days=1), 18)
        yield _session_of(day, "Restauration scolaire", 11, eve)
        yield _session_of(day, "Accueil du soir", 16, _at(day, 12))


def judo_days(first: date) -> Iterator[dict[str, Any]]:
    """Give two weeks of judo, once a week."""
    for after in (1, 8):
        day = first + timedelta(days=after)
        yield _session_of(day, "Judo", 17, _at(day, 9))


def _session_of(day: date, activity: str, hour: int, until: datetime) -> dict[str, Any]:
    return {
        "session_id": new_id(),
        "day": day,
        "starts_at": _at(day, hour),
        "ends_at": _at(day, hour + 2),
        "activity_id": new_id(),
        "activity": activity,
        "group": activity,
        "state": states.BOOKED,
        "until": until,
        "seen_at": None,
        "asked_by": None,
    }


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), PARIS).astimezone(UTC)
