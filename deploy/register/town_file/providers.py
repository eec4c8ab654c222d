"""The providers of a town file, held against the rules R1 to R4."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Annotated

from deploy.register.town_file.blocks import (
    Block,
    Blocks,
    BlockSchema,
    annotated_fields_of,
    make_purposes_schema,
)
from deploy.register.town_file.field_types import Known, Number, Several, Text, format_validator
from deploy.register.town_file.fields_of_several_blocks import (
    CODE,
    LABEL,
    LETTER,
    PHONE,
    AdministratorSchema,
    legal_basis_with_ground,
)
from deploy.register.town_file.regies import RegieSchema, check_regies
from deploy.register.town_file.yaml_reader import LinedDict, refuse_repeated_value
from shared.register import Administrator, Cooks, Regie, Role
from shared.register.entitlement import (
    NOT_READ,
    ON_OCCASION,
    ON_REQUEST,
    OWN_SCHOOL,
    PERMISSIONS,
    PROJECTIONS,
    REGIMES,
    SPECIAL,
    TAGS,
    Activity,
    allowed_projections,
    projections_not_allowed,
    required_projections,
)

CUTOFF = format_validator(
    r"([0-9]|[12][0-9]|30)@([01][0-9]|2[0-3]):[0-5][0-9]",
    "working days before and an hour, such as 1@10:00",
)
OF_CHILDREN = ("entitlements", "on_request", "on_occasion", "regies")
"""Keys of a provider that has children: a caterer has none of them."""
HUES = ("1", "2", "3", "4")
KINDS = ("town", "agglomeration", "delegated_operator", "association")
SHORT = format_validator(r"\S.{0,19}", "text of at most 20 characters")


class ActivitySchema(BlockSchema):
    makes = Activity
    code = Text(CODE)
    label = Text(LABEL)
    regime = Text(Known("regime", REGIMES))
    tags = Several("tag", TAGS, required=False)


class RoleSchema(BlockSchema):
    makes = partial(Role, projections=(), marks_seen=())
    code = Text(CODE)
    label = Text(LABEL)
    projections = Several("projection", PROJECTIONS, required=False)
    marks_seen = Several("projection", PROJECTIONS, required=False)
    permissions = Several("act", PERMISSIONS, data_key="acts", required=False)

    def check_across_keys(self, role: Role, block: LinedDict) -> None:
        if not block.get("acts"):
            block.require_key("projections")
        for projection in NOT_READ.intersection(role.projections):
            block.add_problem_at_key(
                f"{projection} is for the service; no desk shows it", "projections"
            )
        if OWN_SCHOOL in role.permissions and len(role.permissions) > 1:
            block.add_problem_at_key("keeps one school, and does nothing of all children", "acts")
        for projection in set(role.marks_seen).difference(role.projections):
            block.add_problem_at_key(f"marks {projection} seen without seeing it", "marks_seen")


class CooksSchema(BlockSchema):
    makes = Cooks
    customers = Several("provider", data_key="for")
    order_before = Text(CUTOFF)


@dataclass(frozen=True, slots=True)
class ProviderEntry:
    """
    A provider as the town declares it; `entitlements` gives each projection its purpose.

    So does `on_request`, for what it takes where a guardian has it sent (rule R4). `on_occasion` is
    why it receives diet and allergies where a session has food (rule R3), or "".
    """

    code: Annotated[str, Text(CODE)]
    label: Annotated[str, Text(LABEL)]
    short_label: Annotated[str, Text(SHORT)]
    letter: Annotated[str, Text(LETTER)]
    hue: Annotated[int, Number(Known("hue", HUES))]
    kind: Annotated[str, Text(Known("kind", KINDS))]
    controller: Annotated[str, Text()]
    dpo: Annotated[str, Text()]
    phone: Annotated[str, Text(PHONE)]
    legal_basis: Annotated[str, Text()]
    article_9_ground: Annotated[str, Text()]
    roles: Annotated[tuple[Role, ...], Blocks(RoleSchema)]
    administrator: Annotated[
        Administrator, Block(AdministratorSchema, data_key="first_administrator")
    ]
    activities: Annotated[tuple[Activity, ...], Blocks(ActivitySchema, required=False)] = ()
    entitlements: Annotated[
        Mapping[str, str], Block(make_purposes_schema("projection", PROJECTIONS), required=False)
    ] = field(default_factory=dict)
    regies: Annotated[tuple[Regie, ...], Blocks(RegieSchema, required=False)] = ()
    on_request: Annotated[
        Mapping[str, str],
        Block(make_purposes_schema("projection on request", ON_REQUEST), required=False),
    ] = field(default_factory=dict)
    on_occasion: Annotated[str, Text(required=False)] = ""
    cooks: Annotated[Cooks | None, Block(CooksSchema, required=False)] = None

    @property
    def principal(self) -> str:
        return f"enrolment_{self.code}"

    def legal_basis_for(self, projection: str) -> str:
        return legal_basis_with_ground(
            self.legal_basis, self.article_9_ground if projection in SPECIAL else ""
        )


class ProviderSchema(BlockSchema):
    makes = ProviderEntry

    class Meta:
        include = annotated_fields_of(ProviderEntry)

    def check_across_keys(self, provider: ProviderEntry, block: LinedDict) -> None:
        _check_caterer(block)
        refuse_repeated_value(block.blocks_with_objects("activities", provider.activities), "code")
        checked = block.get("cooks") is None and "activities" not in block.refused
        if checked and provider.activities and block.get("entitlements") is not None:
            _check_entitlements(block, provider.entitlements, provider.activities)
        for projection in provider.entitlements.keys() & provider.on_request:
            block.add_problem_at_key(f"receives {projection} of itself", "on_request", projection)
        if provider.on_occasion and provider.entitlements.keys() >= set(ON_OCCASION):
            block.add_problem_at_key("receives diet and allergies of itself", "on_occasion")
        _check_roles(block, provider)
        check_regies(block, provider.regies, provider.activities)


def check_shared_by_providers(root: LinedDict, providers: Iterable[ProviderEntry]) -> None:
    """Refuse what two providers share."""
    blocks = list(root.blocks_with_objects("providers", providers))
    administrators = (
        b.blocks_with_objects("first_administrator", [each.administrator]) for b, each in blocks
    )
    regies = (block.blocks_with_objects("regies", each.regies) for block, each in blocks)
    refuse_repeated_value(blocks, "code")
    refuse_repeated_value(chain(*administrators), "login")
    refuse_repeated_value(chain(*regies), "code", "number", "prefix")
    _check_customers(blocks)


def _check_caterer(block: LinedDict) -> None:
    """Refuse a caterer that has children, and any other provider that has no activity."""
    if block.get("cooks") is None:
        for key in ("activities", "entitlements"):
            block.require_key(key)
        return
    for key in ("activities", *OF_CHILDREN):
        if block.get(key):
            block.add_problem_at_key("cooks for others, and learns of no child", key)


def _check_customers(blocks: Sequence[tuple[LinedDict, ProviderEntry]]) -> None:
    """Refuse customers that are not providers with children, or have a caterer already."""
    with_children = {entry.code for _, entry in blocks if not entry.cooks}
    served: set[str] = set()
    for block, entry in blocks:
        for code in entry.cooks.customers if entry.cooks else ():
            if code not in with_children:
                block.add_problem_at_key(
                    f"no provider with activities has the code {code}", "cooks"
                )
            elif code in served:
                block.add_problem_at_key(f"{code} orders from another caterer", "cooks")
            served.add(code)


def _check_entitlements(
    block: LinedDict, given: Mapping[str, str], activities: Sequence[Activity]
) -> None:
    """Hold what a provider receives against the rules R1 and R2."""
    for projection, reason in required_projections(activities).items():
        if projection not in given:
            block.add_problem_at_key(f"must receive {projection}. {reason}", "entitlements")
    reasons = projections_not_allowed(activities)
    for projection in given.keys() - allowed_projections(activities):
        reason = f"may not receive {projection}. {reasons[projection]}"
        block.add_problem_at_key(reason, "entitlements", projection)


def _check_roles(block: LinedDict, provider: ProviderEntry) -> None:
    occasional = ON_OCCASION if provider.on_occasion else ()
    received = {*provider.entitlements, *provider.on_request, *occasional}
    roles = list(block.blocks_with_objects("roles", provider.roles))
    refuse_repeated_value(roles, "code")
    for role, made in roles if received else ():
        for projection in set(made.projections) - received:
            role.add_problem_at_key(f"sees {projection}, but its provider does not", "projections")
    shown = {projection for _, role in roles for projection in role.projections}
    for projection in received - shown - NOT_READ if roles else ():
        block.add_problem_at_key(f"no role sees {projection}", "roles")
