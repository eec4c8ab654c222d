"""Subscriptions of billing: quantities, places and tariffs of providers; households; subjects."""

from services.billing.accounts.commands import received_households
from services.billing.bills.commands import households_held_after_death
from services.billing.handlers.caller_rights import calling_provider
from services.billing.payers.commands import email_reach
from services.billing.quantities.commands import received_places, received_sheets, received_tariffs
from services.billing.store import store
from shared.bus import DOSSIER, IDENTITY, PROVIDERS, Service, subscribes
from shared.contracts.dossier import guardians
from shared.contracts.dossier.families import safeguarding
from shared.contracts.dossier.families.safeguarding import FileHeld
from shared.contracts.enrolment import attendance
from shared.contracts.enrolment import tariffs as tariff_contracts
from shared.contracts.identity import accounts
from shared.contracts.message import Delivery
from shared.database import Write
from shared.dates.clock import now, today
from shared.person import apply_subject_changed


class Events(Service):
    """The provider is the publisher, never a field: no service counts in another's name."""

    @subscribes(attendance.attendance_recorded, sources=[PROVIDERS])
    def on_attendance_recorded(
        self, write: Write, event: attendance.AttendanceRecorded, delivery: Delivery
    ) -> None:
        """Store a sheet's version; the greatest counts, and marks the months that it changes."""
        received_sheets.record_attendance_sheet(
            write, calling_provider(store, delivery.source), event, now()
        )

    @subscribes(attendance.place_recorded, sources=[PROVIDERS])
    def on_place_recorded(
        self, write: Write, event: attendance.PlaceRecorded, delivery: Delivery
    ) -> None:
        """Keep a place for what is due by the month, the term or the year."""
        received_places.record_place(
            write, calling_provider(store, delivery.source), event, today()
        )

    @subscribes(tariff_contracts.tariff_published, sources=[PROVIDERS])
    def on_tariff_published(
        self, write: Write, event: tariff_contracts.TariffPublished, delivery: Delivery
    ) -> None:
        """Keep a tariff's version: what had no price may have one."""
        provider = calling_provider(store, delivery.source)
        if received_tariffs.record_tariff(write, provider, event, now()):
            received_tariffs.mark_newly_priced(write, provider, event, today())

    @subscribes(tariff_contracts.residences_published, sources=[PROVIDERS])
    def on_residences_published(
        self, write: Write, event: tariff_contracts.ResidencesPublished, delivery: Delivery
    ) -> None:
        """Keep a provider's residence classes; no month that was billed changes by them."""
        received_tariffs.record_residences(
            write, calling_provider(store, delivery.source), event, now()
        )

    @subscribes(guardians.household_changed, sources=[DOSSIER])
    def on_household_changed(
        self, write: Write, event: guardians.HouseholdChanged, _delivery: Delivery
    ) -> None:
        """Store payers and their addresses."""
        received_households.record_household(write, event, today())

    @subscribes(safeguarding.file_held, sources=[DOSSIER])
    def on_file_held(self, write: Write, event: FileHeld, _delivery: Delivery) -> None:
        """Mute the households of a child whose record is on hold."""
        households_held_after_death.record_hold_of_child(write, event, now())

    @subscribes(accounts.subject_changed, sources=[IDENTITY])
    def on_subject_changed(
        self, write: Write, event: accounts.SubjectChanged, _delivery: Delivery
    ) -> None:
        """Keep who may read and pay a household's bills, and who holds the régie of a provider."""
        apply_subject_changed(write, event)

    @subscribes(accounts.email_reach_changed, sources=[IDENTITY])
    def on_email_reach_changed(
        self, write: Write, event: accounts.EmailReachChanged, _delivery: Delivery
    ) -> None:
        """Keep whom e-mails reach: letters to all others are printed."""
        email_reach.record_email_reach(write, event)
