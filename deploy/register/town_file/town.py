"""
The town file: what a town writes about itself, read, checked, and refused with line numbers.

Every problem of a file is found in one run, so that nobody mends it one refusal at a time.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

from marshmallow import ValidationError

from deploy.register.town_file.blocks import Block, Blocks, BlockSchema, annotated_fields_of
from deploy.register.town_file.diets import DietSchema, check_diets
from deploy.register.town_file.dossier_requirements import NeedsSchema, check_needs
from deploy.register.town_file.field_types import (
    Day,
    Flag,
    Known,
    Number,
    Several,
    Text,
    format_validator,
)
from deploy.register.town_file.fields_of_several_blocks import (
    CODE,
    LABEL,
    PHONE,
    RETENTION,
    legal_basis_with_ground,
)
from deploy.register.town_file.front_desk import FrontDeskSchema
from deploy.register.town_file.look.colour_and_arms import IdentitySchema
from deploy.register.town_file.providers import (
    ProviderEntry,
    ProviderSchema,
    check_shared_by_providers,
)
from deploy.register.town_file.public_information import CounterSchema, LegalSchema, NoticeSchema
from deploy.register.town_file.regies import SIRET
from deploy.register.town_file.yaml_reader import (
    LinedDict,
    Problems,
    read_block,
    refuse_repeated_value,
)
from shared.contracts.sections import SECTIONS as OF_DOSSIER
from shared.contracts.sections.care.town_diets import USUAL_DIETS, TownDiet
from shared.dates.retention_periods import day_after
from shared.register import (
    REFERENCE_DATES,
    ApiParticulier,
    Commune,
    Conversations,
    Counter,
    FrontDesk,
    Identity,
    Legal,
    OpenIdProvider,
    Section,
    TownNotice,
)
from shared.register.calendar import BRIDGES, PUBLISHED_ZONES, TERRITORIES, TownCalendar, TypedDays
from shared.register.calendar import KINDS as DAY_KINDS
from shared.register.completeness import Needs
from shared.register.entitlement import SECTIONS, SPECIAL_SECTIONS
from shared.register.retention import ACTIVITY_RETENTION
from shared.register.town import FRANCECONNECT, OIDC, OPENID_KINDS, PROCONNECT

INSEE = format_validator(
    r"([0-9]{2}|2[AB])[0-9]{3}", "the 5 characters of an INSEE code (28001, 2A004)"
)
WORKING_DAYS = format_validator(r"[1-9][0-9]?", "a number of working days, 1 to 99")
KILOBYTES = format_validator(r"[1-9][0-9]{1,4}", "a number of kB, 10 to 99999")
NOTICE_DAYS = format_validator(r"[0-9]{1,3}", "a number of days (0 to 999)")
ISSUER = format_validator(
    r"https://[^\s?#]+|http://(127\.0\.0\.1|localhost)(:[0-9]+)?(/[^\s?#]*)?",
    "an address, https://, as the provider itself writes it",
)
SCHOOL_YEAR = format_validator(r"20[0-9]{2}-20[0-9]{2}", "a school year such as 2026-2027")


class TownRefused(Exception):
    """The town file cannot be used; `problems` holds one `file:line: reason` each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class CommuneSchema(BlockSchema):
    makes = Commune
    insee = Text(INSEE)
    name = Text(LABEL)
    member_from = Day()
    member_to = Day(required=False)

    def check_across_keys(self, commune: Commune, block: LinedDict) -> None:
        if commune.member_to and commune.member_to <= commune.member_from != date.max:
            block.add_problem_at_key("member_to must come after member_from", "member_to")


class SectionSchema(BlockSchema):
    code = Text(Known("section", SECTIONS))
    label = Text(LABEL)
    label_en = Text(LABEL, required=False)
    purpose = Text()
    legal_basis = Text()
    article_9_ground = Text(required=False)
    retention = Text(RETENTION)
    reference_date = Text(Known("reference date", REFERENCE_DATES))

    @staticmethod
    def makes(article_9_ground: str = "", **given: Any) -> Section:
        basis = legal_basis_with_ground(given.pop("legal_basis"), article_9_ground)
        return Section(legal_basis=basis, **given)

    def check_across_keys(self, section: Section, block: LinedDict) -> None:
        if section.code in SPECIAL_SECTIONS:
            block.require_key("article_9_ground")


class TypedDaysSchema(BlockSchema):
    makes = TypedDays
    kind = Text(Known("kind of day", DAY_KINDS))
    label = Text(LABEL)
    first = Day()
    last = Day()

    def check_across_keys(self, days: TypedDays, block: LinedDict) -> None:
        if days.last < days.first != date.max:
            block.add_problem_at_key("last must not come before first", "last")


class CalendarSchema(BlockSchema):
    makes = TownCalendar
    zone = Text(Known("zone", TERRITORIES))
    alsace_moselle = Flag(required=False)
    bridges = Text(Known("way with bridges", BRIDGES), required=False)
    days = Blocks(TypedDaysSchema, required=False)

    def check_across_keys(self, calendar: TownCalendar, block: LinedDict) -> None:
        if calendar.alsace_moselle and calendar.zone not in PUBLISHED_ZONES:
            block.add_problem_at_key(
                "alsace_moselle goes with a zone of the mainland", "alsace_moselle"
            )


DOOR_WORDS = format_validator(r"\S.{0,599}", "text of at most 600 characters")

_OPENID_USUAL: Mapping[str, Mapping[str, Any]] = {
    FRANCECONNECT: {
        "algorithm": "ES256",
        "levels": ("eidas1", "eidas2", "eidas3"),
        "factors": ("eidas2", "eidas3"),
    },
    PROCONNECT: {"factors": ("mfa", "totp", "pop")},
    OIDC: {},
}


class OpenIdSchema(BlockSchema):
    kind = Text(Known("kind of provider", OPENID_KINDS))
    issuer = Text(ISSUER)
    client_id = Text()
    label = Text(LABEL, required=False)
    algorithm = Text(Known("algorithm", ("RS256", "ES256")), required=False)
    levels = Several("level", required=False)
    factors = Several("second factor", required=False)
    email_domains = Several("domain", required=False)

    @staticmethod
    def makes(**given: Any) -> OpenIdProvider:
        return OpenIdProvider(**{**_OPENID_USUAL.get(given["kind"], {}), **given})

    def check_across_keys(self, provider: OpenIdProvider, block: LinedDict) -> None:
        if provider.kind == OIDC:
            block.require_key("label")


class ApiParticulierSchema(BlockSchema):
    makes = ApiParticulier
    siret = Text(SIRET)
    address = Text(ISSUER, required=False)


class ConversationsSchema(BlockSchema):
    makes = Conversations
    purpose = Text(required=False)
    retention = Text(RETENTION)
    answer_days = Number(WORKING_DAYS)
    attachment_kb = Number(KILOBYTES)


@dataclass(frozen=True, slots=True)
class Town:
    """All that one town file says."""

    code: Annotated[str, Text(CODE)]
    name: Annotated[str, Text(LABEL)]
    demo: Annotated[bool, Flag()]
    help_phone: Annotated[str, Text(PHONE)]
    help_hours: Annotated[str, Text()]
    school_year: Annotated[str, Text(SCHOOL_YEAR)]
    controller: Annotated[str, Text()]
    dpo: Annotated[str, Text()]
    calendar: Annotated[TownCalendar, Block(CalendarSchema)]
    communes: Annotated[tuple[Commune, ...], Blocks(CommuneSchema)]
    sections: Annotated[tuple[Section, ...], Blocks(SectionSchema)]
    providers: Annotated[tuple[ProviderEntry, ...], Blocks(ProviderSchema)]
    completeness: Annotated[tuple[Needs, ...], Blocks(NeedsSchema, required=False)] = ()
    help_hours_en: Annotated[str, Text(required=False)] = ""
    counter: Annotated[Counter | None, Block(CounterSchema, required=False)] = None
    identity: Annotated[Identity | None, Block(IdentitySchema, required=False)] = None
    legal: Annotated[Legal | None, Block(LegalSchema, required=False)] = None
    notices: Annotated[tuple[TownNotice, ...], Blocks(NoticeSchema, required=False)] = ()
    diets: Annotated[tuple[TownDiet, ...], Blocks(DietSchema, required=False)] = tuple(
        USUAL_DIETS.every
    )
    front_desk: Annotated[FrontDesk | None, Block(FrontDeskSchema, required=False)] = None
    conversations: Annotated[Conversations, Block(ConversationsSchema, required=False)] = field(
        default_factory=Conversations
    )
    families_openid: Annotated[OpenIdProvider | None, Block(OpenIdSchema, required=False)] = None
    agents_openid: Annotated[OpenIdProvider | None, Block(OpenIdSchema, required=False)] = None
    api_particulier: Annotated[
        ApiParticulier | None, Block(ApiParticulierSchema, required=False)
    ] = None
    activity_retention: Annotated[str, Text(RETENTION, required=False)] = ACTIVITY_RETENTION
    """How long places, bookings and roll calls are kept, after the end of their school year."""
    at_the_door: Annotated[str, Text(DOOR_WORDS, required=False)] = ""
    """What agents read where somebody may not collect a child; "" for the usual words."""
    notice_days: Annotated[int, Number(NOTICE_DAYS, required=False)] = 30
    """Notice to families, in days, before a widening takes effect."""

    @property
    def provider_principals(self) -> tuple[str, ...]:
        return tuple(provider.principal for provider in self.providers)

    @property
    def caterers(self) -> dict[str, tuple[str, ...]]:
        """Return by each caterer's principal those of the providers that it cooks for."""
        principals = {provider.code: provider.principal for provider in self.providers}
        return {
            provider.principal: tuple(
                principals[code] for code in provider.cooks.customers if code in principals
            )
            for provider in self.providers
            if provider.cooks
        }


class TownSchema(BlockSchema):
    makes = Town

    class Meta:
        include = annotated_fields_of(Town)

    def check_across_keys(self, town: Town, block: LinedDict) -> None:
        if town.notice_days == 0 and not town.demo:  # families of a demonstration need no notice
            block.add_problem_at_key("notice_days must be 1 or more in a real town", "notice_days")
        a_day = date.min
        if day_after(a_day, town.activity_retention) < day_after(a_day, "1 year"):
            too_short = "activity_retention must be 1 year or more: bills are corrected by it"
            block.add_problem_at_key(too_short, "activity_retention")
        begins, _, ends = town.school_year.partition("-")
        if begins and int(ends) != int(begins) + 1:
            block.add_problem_at_key("school_year must join two years that follow", "school_year")
        check_shared_by_providers(block, town.providers)
        check_needs(block, town.completeness, [a for p in town.providers for a in p.activities])
        check_diets(block, town.diets)
        _check_desk(block, town)
        _check_openid(block, town)
        _check_sections(block, town.sections)
        _check_memberships(block, town.communes)


def _check_desk(block: LinedDict, town: Town) -> None:
    """Refuse the front desk's code and letter to providers."""
    providers = list(block.blocks_with_objects("providers", town.providers))
    for provider, entry in providers:
        if entry.code == FrontDesk.code:
            provider.add_problem_at_key("this code is the town's front desk's", "code")
    refuse_repeated_value(
        [*providers, *block.blocks_with_objects("front_desk", [town.front_desk])], "letter"
    )


def _check_openid(block: LinedDict, town: Town) -> None:
    """Refuse agents who would sign in as citizens, and citizens as agents."""
    for key, provider, others in (
        ("families_openid", town.families_openid, PROCONNECT),
        ("agents_openid", town.agents_openid, FRANCECONNECT),
    ):
        if provider is not None and provider.kind == others:
            block.add_problem_at_key(f"{OPENID_KINDS[others]} is not for them", key)


def _check_sections(block: LinedDict, sections: Sequence[Section]) -> None:
    refuse_repeated_value(block.blocks_with_objects("sections", sections), "code")
    listed = {section.code for section in sections}
    for code, declared in OF_DOSSIER.items():
        if listed and code not in listed and declared.unless_listed is None:
            block.add_problem_at_key(f"section {code} is missing, the dossier keeps it", "sections")


def _check_memberships(block: LinedDict, communes: Sequence[Commune]) -> None:
    listed = sorted(
        block.blocks_with_objects("communes", communes),
        key=lambda each: _sort_key_of_commune(each[1]),
    )
    for (_, earlier), (later_block, later) in pairwise(listed):
        ended = earlier.member_to or date.max
        if earlier.insee and earlier.insee == later.insee and later.member_from < ended:
            later_block.add_problem_at_key("its membership overlaps an earlier one", "member_from")


def read_town(path: str | Path) -> Town:
    """Read a town file; raises TownRefused with every problem found."""
    problems = Problems()
    block = read_block(Path(path), "the town file", problems)
    town: Town | None = None
    if block is not None:
        with suppress(ValidationError):  # each is noted
            town = TownSchema().load(block)
    if town is None or problems:
        raise TownRefused([f"{path}:{line}: {reason}" for line, reason in sorted(problems)])
    communes = tuple(sorted(town.communes, key=_sort_key_of_commune))
    return replace(town, communes=communes, sections=_with_usual_sections(town.sections))


def _sort_key_of_commune(commune: Commune) -> tuple[str, date]:
    return commune.insee, commune.member_from


def _with_usual_sections(listed: Sequence[Section]) -> tuple[Section, ...]:
    """Return the sections in their order, with those that a town file may leave out."""
    sections = {section.code: section for section in listed}
    for code, declared in OF_DOSSIER.items():
        if (usual := declared.unless_listed) and code not in sections:
            sections[code] = Section(code=code, label=declared.label, **asdict(usual))
    return tuple(sections[code] for code in SECTIONS if code in sections)
