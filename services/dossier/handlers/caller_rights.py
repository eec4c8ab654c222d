"""Rights of the dossier: checks of the person behind a request."""

from collections.abc import Collection
from datetime import date
from typing import Protocol

from sqlalchemy.orm import Session

from services.dossier.front_desk.queries import dossiers as front_desk
from services.dossier.households.queries import households_for_billing
from services.dossier.households.queries.guardianships import children_living_in
from services.dossier.households.queries.ids_of_joined_files import kept_id_of, refuse_joined_file
from services.dossier.households.queries.protection import (
    protected_homes_of,
    protected_households_among,
)
from services.dossier.models import Household
from services.dossier.overview.queries import guardian_view as guardian_queries
from services.dossier.registrations.queries.child_of_known_family import require_shown_registration
from shared.bus import Service, right
from shared.contracts.errors import NotFound
from shared.contracts.message import Caller
from shared.dates.clock import today
from shared.register.entitlement import (
    CHECK_DOSSIERS,
    CORRECT,
    FINDS_DOSSIERS,
    JOIN,
    PERSON_REQUESTS,
    PROTECT,
    SCHOOL,
    SCHOOLING,
    SPECIAL_SECTIONS,
)

FAMILY, AGENT = "family", "agent"


class OfChild(Protocol):
    """A request about a child."""

    @property
    def child_id(self) -> str: ...


class OfTwoFiles(Protocol):
    """A request about two files of children."""

    @property
    def kept_id(self) -> str: ...

    @property
    def other_id(self) -> str: ...


class OfSection(OfChild, Protocol):
    """A request about a section of a child's dossier."""

    @property
    def section(self) -> str: ...


class OfProjection(OfChild, Protocol):
    """A request of an agent, in a role of its provider, about a projection of a child."""

    @property
    def projection(self) -> str: ...

    @property
    def role(self) -> str: ...


class OfRegistration(Protocol):
    """A request about a registration."""

    @property
    def draft_id(self) -> str: ...


class OfHousehold(Protocol):
    """A request about a household."""

    @property
    def household_id(self) -> str: ...


@right("family")
def family(_service: Service, caller: Caller, _request: object) -> bool:
    """Say whether the caller signed in as a family."""
    return caller.kind == FAMILY


@right("family, alone")
def family_without_agent(_service: Service, caller: Caller, _request: object) -> bool:
    """Say whether a family asks with no agent beside it."""
    return caller.kind == FAMILY and not caller.actor


@right("guardian of the child")
def guardian_of_child(service: Service, caller: Caller, request: OfChild) -> bool:
    """
    Say whether this is a guardian with authority today.

    For every other caller of a family the child is NotFound: a refusal would show that it exists.
    """
    if caller.kind != FAMILY:
        return False
    with service.store.read() as read:
        if not guardian_queries.has_authority(read, caller.subject, request.child_id, today()):
            raise NotFound(child_id=request.child_id)
    return True


@right("guardian of the child, alone")
def guardian_without_agent(service: Service, caller: Caller, request: OfChild) -> bool:
    """Say whether a guardian asks with no agent beside it: what is read here is the family's."""
    return guardian_of_child(service, caller, request) and not caller.actor


@right("guardian of the child; alone for health and diet")
def guardian_of_section(service: Service, caller: Caller, request: OfSection) -> bool:
    """Say whether a guardian may use this section; health and diet only without an agent."""
    if request.section in SPECIAL_SECTIONS:
        return guardian_without_agent(service, caller, request)
    return guardian_of_child(service, caller, request)


@right("guardian of the household")
def guardian_of_household(service: Service, caller: Caller, request: OfHousehold) -> bool:
    """Say whether it is the guardian's own household; another does not exist (rule R9)."""
    if caller.kind != FAMILY:
        return False
    with service.store.read() as read:
        guardians = households_for_billing.guardians_by_household(
            read, [request.household_id], today()
        )
    if caller.subject not in {each["subject"] for each in guardians[request.household_id]}:
        raise NotFound(household_id=request.household_id)
    return True


@right("guardian of the household, alone")
def is_guardian_of_home_without_agent(
    service: Service, caller: Caller, request: OfHousehold
) -> bool:
    """Say whether a guardian asks of its own household with no agent beside it."""
    return guardian_of_household(service, caller, request) and not caller.actor


@right("service of a provider with the regime school", needs_person=False)
def school_service(service: Service, caller: Caller, _request: object) -> bool:
    """Say whether a provider's service asks that enrols at schools, and receives classes."""
    register = service.store.register
    provider = register.provider_of(caller.principal)
    enrols = provider is not None and any(
        activity.regime == SCHOOL for activity in provider.activities
    )
    return enrols and SCHOOLING in register.usual_projections(caller.principal)


@right("service of a provider, for a role of it that sees the paper", needs_person=False)
def may_role_see_projection(service: Service, caller: Caller, request: OfProjection) -> bool:
    """
    Say whether a provider asks for a role that the register lets see this.

    Who holds the role is the provider's to know, as for every reading that it reports.
    """
    provider = service.store.register.provider_of(caller.principal)
    role = provider.role(request.role) if provider else None
    return role is not None and request.projection in role.projections


@right("agent of the front desk")
def agent_of_front_desk(service: Service, caller: Caller, _request: object) -> bool:
    """Say whether an agent receives families there today; the caller learns in which role."""
    return _may_at_front_desk(service, caller, FINDS_DOSSIERS)


@right("checks dossiers at the front desk")
def checks_dossiers(service: Service, caller: Caller, _request: object) -> bool:
    """Say whether an agent has a role at the front desk today that checks dossiers."""
    return _may_at_front_desk(service, caller, [CHECK_DOSSIERS])


@right("checks dossiers at the front desk; protects, for a family of a protected home")
def checks_registration(service: Service, caller: Caller, request: OfRegistration) -> bool:
    """Say whether an agent checks dossiers; of a protected home NotFound, where not protecting."""
    if not _may_at_front_desk(service, caller, [CHECK_DOSSIERS]):
        return False
    with service.store.read() as read:
        protects = may_protect(service, read, caller, today())
        require_shown_registration(read, request.draft_id, protects=protects)
    return True


@right("protects families at the front desk")
def protects_families(service: Service, caller: Caller, _request: object) -> bool:
    """Say whether an agent has a role at the front desk today that protects (rule R9)."""
    return _may_at_front_desk(service, caller, [PROTECT])


@right("checks dossiers at the front desk, or protects")
def checks_some_papers(service: Service, caller: Caller, _request: object) -> bool:
    """Say whether an agent has a role at the front desk today that checks papers of some kind."""
    return _may_at_front_desk(service, caller, [CHECK_DOSSIERS, PROTECT])


@right("checks dossiers at the front desk, or protects; protects, for a guarded home")
def checks_household_papers(service: Service, caller: Caller, request: OfHousehold) -> bool:
    """Say whether an agent may check papers of this home; a guarded one is as one that is not."""
    if not _may_at_front_desk(service, caller, [CHECK_DOSSIERS, PROTECT]):
        return False
    with service.store.read() as read:
        if read.get(Household, request.household_id) is None:
            raise NotFound(household_id=request.household_id)
        require_correctable_home(service, read, caller, request.household_id)
    return True


@right("corrects dossiers at the front desk")
def corrects_dossiers(service: Service, caller: Caller, _request: object) -> bool:
    """Say whether an agent has a role at the front desk today that corrects."""
    return _may_at_front_desk(service, caller, [CORRECT])


@right("corrects dossiers at the front desk; protects, for a child of a protected home")
def corrects_child(service: Service, caller: Caller, request: OfChild) -> bool:
    """Say whether an agent may correct this child; where not, NotFound for one that is guarded."""
    if not _may_at_front_desk(service, caller, [CORRECT]):
        return False
    with service.store.read() as read:
        require_correctable(service, read, caller, request.child_id)
    return True


def require_correctable(service: Service, session: Session, caller: Caller, child_id: str) -> None:
    """
    Raise NotFound for a child of a protected home, unless the agent protects (rule R9).

    And for a file that is joined to another: that one is corrected.
    """
    refuse_joined_file(session, child_id)
    guarded = protected_homes_of(session, [child_id]).get(child_id)
    if guarded and not may_protect(service, session, caller, today()):
        raise NotFound(child_id=child_id)


@right("corrects dossiers at the front desk; protects, for a home of a guarded child")
def corrects_household(service: Service, caller: Caller, request: OfHousehold) -> bool:
    """Say whether an agent may correct who lives there; where not, NotFound for a guarded home."""
    if not _may_at_front_desk(service, caller, [CORRECT]):
        return False
    with service.store.read() as read:
        require_correctable_home(service, read, caller, request.household_id)
    return True


def require_correctable_home(
    service: Service, session: Session, caller: Caller, household_id: str
) -> None:
    """Raise NotFound for a protected home, or a home of a child of one, but for who protects."""
    children = children_living_in(session, household_id)
    guarded = protected_households_among(session, [household_id]) or protected_homes_of(
        session, children
    )
    if guarded and not may_protect(service, session, caller, today()):
        raise NotFound(household_id=household_id)


@right("joins files at the front desk")
def joins_files(service: Service, caller: Caller, _request: object) -> bool:
    """Say whether an agent has a role at the front desk today that joins files."""
    return _may_at_front_desk(service, caller, [JOIN])


@right("joins files at the front desk; protects, for a child of a protected home")
def joins_these_files(service: Service, caller: Caller, request: OfTwoFiles) -> bool:
    """Say whether an agent may join these; where not, NotFound for one that is guarded."""
    if not _may_at_front_desk(service, caller, [JOIN]):
        return False
    with service.store.read() as read:
        for child_id in (request.kept_id, request.other_id):
            require_correctable(service, read, caller, kept_id_of(read, child_id))
    return True


def may_protect(service: Service, session: Session, caller: Caller, day: date) -> bool:
    """Say whether the agent has a role at the front desk that protects on that day."""
    register = service.store.register
    return bool(front_desk.role_at_front_desk(session, register, caller.subject, [PROTECT], day))


def may_check(service: Service, session: Session, caller: Caller, day: date) -> bool:
    """Say whether the agent has a role at the front desk that checks dossiers on that day."""
    register = service.store.register
    role = front_desk.role_at_front_desk(session, register, caller.subject, [CHECK_DOSSIERS], day)
    return bool(role)


@right("receives requests of persons at the front desk")
def records_person_requests(service: Service, caller: Caller, _request: object) -> bool:
    """Say whether an agent may record requests of persons without an account."""
    return _may_at_front_desk(service, caller, [CHECK_DOSSIERS, PERSON_REQUESTS])


@right("answers requests of persons at the front desk")
def answers_persons(service: Service, caller: Caller, _request: object) -> bool:
    """Say whether an agent has a role there today that answers persons: the DPO's office."""
    return _may_at_front_desk(service, caller, [PERSON_REQUESTS])


def _may_at_front_desk(service: Service, caller: Caller, permissions: Collection[str]) -> bool:
    if caller.kind != AGENT:
        return False
    register = service.store.register
    with service.store.read() as read:
        caller.role = front_desk.role_at_front_desk(
            read, register, caller.subject, permissions, today()
        )
    return bool(caller.role)
