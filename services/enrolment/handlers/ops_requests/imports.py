"""Requests of operations: imports from another software, and a comparison of the replica."""

from functools import partial

from services.enrolment.attendance.quantities.commands import importing as attendance_import
from services.enrolment.jobs.replica_checks import reconcile_replica
from services.enrolment.offer.commands import importing
from services.enrolment.offer.queries.activities import groups_open_on
from services.enrolment.offer.tariffs.commands import importing as tariff_import
from services.enrolment.places.giving.commands import importing as place_import
from services.enrolment.places.giving.commands import undone_imports
from services.enrolment.places.placing.commands import billing_events
from services.enrolment.school_year.enrolments.commands.catchment_waivers import import_motives
from services.enrolment.school_year.enrolments.commands.certificate_signature import (
    import_signature,
)
from services.enrolment.school_year.schools.commands import schools as school_commands
from services.enrolment.school_year.schools.queries.schools import schools_after_name
from services.enrolment.school_year.schools.rules.uai import read_uai
from services.enrolment.store import store
from shared.bus import OPS, Service, answers, service_only
from shared.contracts.enrolment import attendance, tariffs
from shared.contracts.enrolment.places import imports
from shared.contracts.enrolment.school_year import schools
from shared.contracts.errors import BadRequest
from shared.contracts.every_service import operations
from shared.contracts.message import Caller
from shared.contracts.values import PageRequest
from shared.database import Write
from shared.dates.clock import now, today


class Operations(Service):
    """Imports are safe to repeat, and never replace what the provider wrote itself."""

    @answers(imports.import_offer, callers=[OPS], right=service_only)
    def import_offer(
        self, write: Write, request: imports.ImportOfferRequest, _caller: Caller
    ) -> imports.ImportOfferAnswer:
        """Take an offer from another software, what the provider has not got yet."""
        received_at = partial(
            self.settings.register.projections_at_activity, self.settings.principal
        )
        groups = importing.import_offer(
            write, request.days_off, request.activities, received_at, now()
        )
        return imports.ImportOfferAnswer(groups)

    @answers(imports.import_places, callers=[OPS], right=service_only)
    def import_places(
        self, write: Write, request: imports.ImportPlacesRequest, _caller: Caller
    ) -> imports.ImportPlacesAnswer:
        """Give places that children already had in another software."""
        return place_import.import_places(write, request.places, now(), request.batch)

    @answers(imports.undo_places, callers=[OPS], right=service_only)
    def undo_places(
        self, write: Write, request: imports.UndoPlacesRequest, _caller: Caller
    ) -> imports.UndoPlacesAnswer:
        """Take a batch of places back, but for those on which something was built."""
        return undone_imports.undo_imported_places(write, request.batch, request.after, now())

    @answers(imports.placeable_groups, callers=[OPS], right=service_only)
    def placeable_groups(
        self, request: PageRequest, _caller: Caller
    ) -> imports.PlaceableGroupsAnswer:
        """Return the groups that places may come to, a page at a time."""
        with store.read() as read:
            found = groups_open_on(read, today(), request.after, imports.PAGE)
        following = found[-1]["group_id"] if len(found) == imports.PAGE else ""
        return imports.PlaceableGroupsAnswer(groups=found, next=following)

    @answers(attendance.import_attendance, callers=[OPS], right=service_only)
    def import_attendance(
        self, write: Write, request: attendance.ImportAttendanceRequest, _caller: Caller
    ) -> attendance.ImportAttendanceAnswer:
        """Tell billing of days gone by that another software kept."""
        return attendance_import.import_attendance(write, request.sheets, now())

    @answers(tariffs.import_tariffs, callers=[OPS], right=service_only)
    def import_tariffs(
        self, write: Write, request: tariffs.ImportTariffsRequest, _caller: Caller
    ) -> tariffs.ImportTariffsAnswer:
        """Take tariffs from another software, what the provider has not got yet."""
        published = tariff_import.import_tariffs(write, request.residences, request.tariffs)
        return tariffs.ImportTariffsAnswer(published)

    @answers(schools.import_schools, callers=[OPS], right=service_only)
    def import_schools(
        self, write: Write, request: schools.ImportSchoolsRequest, _caller: Caller
    ) -> schools.ImportSchoolsAnswer:
        """Take schools and classes from another software, what the provider has not got yet."""
        wrong = [row["uai"] for row in request.schools if row["uai"] != read_uai(row["uai"])]
        if wrong:
            raise BadRequest(errors={"uai": wrong})
        added = school_commands.import_schools(write, request.school_year, request.schools)
        import_motives(write, request.motives)
        if request.signature is not None:
            import_signature(write, request.signature, now())
        return schools.ImportSchoolsAnswer(*added)

    @answers(schools.school_names, callers=[OPS], right=service_only)
    def school_names(self, request: PageRequest, _caller: Caller) -> schools.SchoolNamesAnswer:
        """Return the names of this provider's schools, a page at a time."""
        with store.read() as read:
            found = schools_after_name(read, request.after, schools.PAGE)
        following = found[-1]["name"] if len(found) == schools.PAGE else ""
        return schools.SchoolNamesAnswer(schools=found, next=following)

    @answers(operations.resync, callers=[OPS], right=service_only)
    def resync(self, request: operations.ResyncRequest, caller: Caller) -> operations.ResyncAnswer:
        """
        Compare the replica too, and publish places that could not be published before.
        """
        difference = reconcile_replica(self, mend=request.mend, end_unknown=request.mend)
        billing_events.publish_all_pending_places(store)
        return operations.ResyncAnswer(
            [difference.counts_of_difference(), *super().resync(request, caller).states]
        )
