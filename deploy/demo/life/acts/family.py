"""Orders of invented families, signed in as at the portal: pay, write, apply."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

import requests

from deploy.demo.life.regisseur_month import Bill
from deploy.demo.life.signed_in_people import Pages
from deploy.demo.payfip_stub.operations import CARD_REFUSED, PAID_BY_CARD
from deploy.demo.plan import Plan
from shared.contracts.billing import debits, payments
from shared.contracts.billing.payments import PAYFIP_SECONDS
from shared.contracts.dossier import guardians
from shared.contracts.enrolment.messages import conversations
from shared.contracts.enrolment.places import family_acts, states
from shared.dates.clock import today

Act = tuple[str, Sequence[object], Callable[[Any], None]]
"""A label, the families concerned, and the function that does it for one."""

_ACTS = UUID("4ce2b7de-2b0f-4a0c-9f0e-6d1f7f0f6a92")
BANK, BRANCH = "30003", "00412"
WRITTEN = (
    (
        "ens",
        "practical",
        "Doudou oublié",
        "Bonjour, le doudou est resté à la cantine mardi.",
    ),
    ("ens", "absence", "Absence jeudi", "Bonjour, rendez-vous chez l’orthodontiste jeudi midi."),
    ("mdq", "question", "Sortie de mercredi", "Bonjour, faut-il prévoir un pique-nique ?"),
    ("mdq", "practical", "Changement d’horaire", "Bonjour, nous viendrons à 17 h cette semaine."),
    ("agg", "enrolment", "Cours de piano", "Bonjour, reste-t-il une place l’an prochain ?"),
    ("dsp", "question", "Navette", "Bonjour, la navette s’arrête-t-elle à Orvilliers ?"),
)
"""Provider, kind, title and text of what families write, in turn."""
WRITE, ASK, ARE_ABSENT = 12, 14, 12
"""Number of families that do so."""
DRAWN_GROUP, DRAWN_PROVIDER = "swim-saturday", "agg"
BORN_FOR_IT = range(2016, 2021)


@dataclass(frozen=True)
class Member:
    """A child with the household that acts for it, and the address its guardian signs in with."""

    child_id: str
    birth_year: int
    household: str
    login: str


class FamilyActs:
    """The acts of one demonstration's families."""

    def __init__(self, plan: Plan, pages: Pages) -> None:
        self._plan, self._pages = plan, pages

    def family_acts(self) -> list[Act]:
        """Return what families do besides paying."""
        return [
            ("messages", self._messages_to_write(), self._write_message),
            (
                "absences",
                self.children_linked_to_provider("ens")[5::40][:ARE_ABSENT],
                self._declare_absence,
            ),
            ("applications", self._places_to_ask_for(), self._apply_for_place),
        ]

    # Paying

    def pay_bill_by_card(self, bill: Bill, household: str, *, accepted: bool = True) -> None:
        """Pay a bill by card, which the bank may refuse; whoever has no account does not."""
        choice = PAID_BY_CARD if accepted else CARD_REFUSED
        self._choose_at_demo_bank(bill.invoice_id, household, choice)

    def give_mandate(self, household: str, provider: str) -> None:
        """Let a provider debit; whoever has no account does not."""
        if (login := self._plan.login_of_household(household)) is None:
            return
        person = self._pages.sign_guardian_in(login)
        person.ask(
            debits.give_mandate,
            debits.GiveMandateRequest(
                household_id=self._plan.journal.ids_by_reference("homes")[household],
                provider=provider,
                kind=debits.RECURRENT,
                holder=person.name[:70],
                iban=_invented_iban(uuid5(_ACTS, household).int),
            ),
            request_id=_make_request_id("mandate", household, provider),
        )

    def _choose_at_demo_bank(self, invoice_id: str, household: str, choice: str) -> None:
        """Go to the bank of demonstration, choose, and come back."""
        if (login := self._plan.login_of_household(household)) is None:
            return
        person = self._pages.sign_guardian_in(login)
        payment = payments.StartPaymentRequest(invoice_id, login)
        begun = person.ask(payments.start_payment, payment)
        session = requests.Session()
        session.trust_env = False
        idop = begun.url.rsplit("idop=", 1)[-1]
        form = {"idop": idop, "choix": choice}
        session.post(begun.url, form, timeout=PAYFIP_SECONDS, allow_redirects=False)
        person.ask(payments.payment_state, payments.PaymentStateRequest(begun.payment_id))

    # Writing, asking, being absent

    def _messages_to_write(self) -> list[tuple[Member, tuple[str, ...]]]:
        found = []
        for number in range(WRITE):
            provider, *written = WRITTEN[number % len(WRITTEN)]
            linked = self.children_linked_to_provider(provider)
            if linked:
                found.append((linked[(number * 7) % len(linked)], (provider, *written)))
        return found

    def _write_message(self, one: tuple[Member, tuple[str, ...]]) -> None:
        member, (provider, kind, title, body) = one
        person = self._pages.sign_guardian_in(member.login)
        person.ask(
            conversations.start_thread,
            conversations.StartThreadRequest(
                kind=kind,
                title=title,
                child_ids=[member.child_id],
                body=body,
                name=person.name,
            ),
            to=self._plan.principal(provider),
            request_id=_make_request_id("write", member.child_id, title),
        )

    def _declare_absence(self, member: Member) -> None:
        """Say that a child will not come on its next day at the school service."""
        person, to = self._pages.sign_guardian_in(member.login), self._plan.principal("ens")
        first = today() + timedelta(days=1)
        asked = family_acts.CalendarRequest(member.child_id, first, first + timedelta(days=20))
        days = person.ask(family_acts.calendar, asked, to=to).days
        booked = [day for day in days if day["state"] == states.BOOKED]
        if booked:
            day = booked[0]["day"]
            person.ask(
                family_acts.declare_absence,
                family_acts.DeclareAbsenceRequest(
                    child_id=member.child_id,
                    sessions=[each["session_id"] for each in booked if each["day"] == day],
                    reason="sick",
                ),
                to=to,
                request_id=_make_request_id("absent", member.child_id),
            )

    def _places_to_ask_for(self) -> list[Member]:
        group = self._plan.journal.ids_by_reference("groups").get(DRAWN_GROUP)
        fitting = [
            each
            for each in self.children_linked_to_provider("ens")
            if each.birth_year in BORN_FOR_IT
        ]
        return fitting[3::17][:ASK] if group else []

    def _apply_for_place(self, member: Member) -> None:
        """Ask for a place that will be drawn, of more families than there are places."""
        person = self._pages.sign_guardian_in(member.login)
        link = person.ask(
            guardians.open_link,
            guardians.LinkRequest(member.child_id, DRAWN_PROVIDER),
            request_id=_make_request_id("link", member.child_id),
        )
        person.ask(
            family_acts.apply,
            family_acts.ApplyRequest(
                child_id=member.child_id,
                group_id=self._plan.journal.ids_by_reference("groups")[DRAWN_GROUP],
                link_version=link.version,
            ),
            to=self._plan.principal(DRAWN_PROVIDER),
            request_id=_make_request_id("apply", member.child_id),
        )

    def children_linked_to_provider(self, provider: str) -> list[Member]:
        """Return the children with a link to a provider whose guardian has an account."""
        found = []
        for child, household in self._plan.homes_of_children():
            login = self._plan.login_of_household(household)
            if provider in child.services and login is not None:
                found.append(Member(child.id, child.birth_year, household, login))
        return found


def _make_request_id(*what: str) -> str:
    """Return the request's id: after a broken load the same request has its first answer."""
    return str(uuid5(_ACTS, "|".join(what)))


def _invented_iban(drawn: int) -> str:
    """Return a French account that no bank has, its keys right (ISO 13616)."""
    account = f"{drawn % 10**11:011}"
    key = 97 - (89 * int(BANK) + 15 * int(BRANCH) + 3 * int(account)) % 97
    bban = f"{BANK}{BRANCH}{account}{key:02}"
    return f"FR{98 - int(bban + '152700') % 97:02}{bban}"
