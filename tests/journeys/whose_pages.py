"""
Pages of portal, desks and front desk by the part that they belong to, and who finds them.

A part that is new says here whose it is: journeys of strangers, and walks over all pages, read it.
"""

from shared.register.entitlement import FRONT_DESK_PERMISSIONS
from tests.journeys.route_map import Route

OWN_DOORS = ("sign_in.", "openid.", "activation.", "own_access.end_other_sessions")
"""Signing in, out, elsewhere too, and activating are everybody's: what they do is theirs."""

ANYBODY = frozenset({"signed_in"})
WHOSE = {
    "activation": ANYBODY,
    "agents": {"administrator"},
    "allocation": {"applications"},
    "away": {"conversations"},
    "bulletins": {"conversations"},
    "applications": {"applications"},
    "calendar": {"administrator"},
    "catchment": {"administrator", "applications"},
    "catchment_setup": {"administrator"},
    "child_days": {"bookings"},
    "children": {"children"},
    "class_setup": {"administrator"},
    "closures": {"day"},
    "attendance_mode": {"applications"},
    "entering": {"applications"},
    "entering_school_request": {"applications"},
    "expected": {"roll_call", "day"},
    "figures": {"day"},
    "council": {"day"},
    "groups": {"applications"},
    "kitchen": {"roll_call", "day"},
    "languages": ANYBODY,
    "menus": {"roll_call", "day"},
    "message_opening": {"conversations"},
    "messages": {"conversations"},
    "offer": {"administrator"},
    "offer_copies": {"administrator"},
    "offer_groups": {"administrator"},
    "offer_sites": {"administrator"},
    "newcomers": {"bookings"},
    "occasions": {"day"},
    "onde_files": {"applications"},
    "one_pupil": {"applications"},
    "openid": ANYBODY,
    "outings": {"day"},
    "own_access": ANYBODY,
    "own_email": ANYBODY,
    "papers": {"children"},
    "passing": ANYBODY,
    "planning": {"bookings"},
    "pupil_moves": {"applications"},
    "pupils": {"applications"},
    "relays": {"roll_call"},
    "renewals": {"administrator", "applications"},
    "residences": {"administrator"},
    "right_offers": ANYBODY,
    "roll_call": ANYBODY,
    "roll_lists": {"roll_call"},
    "roll_marks": {"roll_call"},
    "school_certificates": {"applications"},
    "school_changes": {"administrator"},
    "school_motives": {"administrator"},
    "school_requests": {"applications"},
    "school_setup": {"administrator"},
    "school_signature": {"administrator"},
    "school_waivers": {"applications"},
    "schools": {"administrator", "applications"},
    "sign_in": ANYBODY,
    "staff": {"day"},
    "staff_terms": {"day"},
    "tablets": {"roll_call", "day"},
    "tariff_changes": {"administrator"},
    "tariff_grids": {"administrator"},
    "tariffs": {"administrator"},
    "today": ANYBODY,
    "waiting": {"children"},
    "week_days": {"applications"},
    "received": {"day"},
    "regie": {"regie"},
    "waste": {"roll_call", "day"},
    "adults": {"roll_call", "day"},
}
"""Acts that open the pages of a desk, by the part that they belong to; a new part says it here."""

AT_FRONT_DESK = {
    "accompany": {"accompany"},
    "adults": {"correct"},
    "agents": {"administrator"},
    "barriers": {"check_dossiers"},
    "family_imports": {"check_dossiers"},
    "corrections": {"correct"},
    "separations": {"correct"},
    "doubles": {"join"},
    "dossiers": {"accompany", "check_dossiers"},
    "registrations": {"check_dossiers"},
    "guarded": {"protect"},
    "letters": {"check_dossiers"},
    "lost_factors": {"check_dossiers"},
    "household_papers": {"check_dossiers", "protect"},
    "person_requests": {"person_requests"},
    "requests_noted": {"check_dossiers", "person_requests"},
    "treatments": {"person_requests"},
    "agent_reads": {"person_requests"},
    "erasures": {"person_requests"},
    "breaches": {"person_requests"},
    "kept_breaches": {"person_requests"},
    "approvals": {"person_requests"},
    "breach_letters": {"person_requests"},
    "person_copies": {"person_requests"},
    "person_identities": {"person_requests"},
    "person_erasures": {"person_requests"},
    "rulings": {"protect"},
    "household_days": {"accompany", "check_dossiers"},
    "home": ANYBODY,
    "openid": ANYBODY,
    "own_access": ANYBODY,
    "own_email": ANYBODY,
    "passing": ANYBODY,
    "right_offers": ANYBODY,
    "town_figures": frozenset(FRONT_DESK_PERMISSIONS),
}
"""Acts that open the pages of the front desk, by the part that they belong to."""

PUBLIC = (
    "",
    "installed",
    "registration_start",
    "registration",
    "forgotten",
    "languages",
    "tariffs",
)
"""Parts that are open to anybody, or to whoever holds a draft's key: they know of no family."""


def whose(route: Route) -> frozenset[str]:
    """Return the acts that open a page; raises KeyError for a part that says nothing."""
    part = route.blueprint
    return frozenset(WHOSE["regie" if part.startswith("regie_") else part])


def is_read(route: Route) -> bool:
    """Say whether a route shows a family something and changes nothing."""
    return route.method == "GET" and route.blueprint not in PUBLIC


def is_of_both(route: Route) -> bool:
    """Say whether a route changes what both parents answer for: sections, services, course."""
    return route.method != "GET" and route.blueprint in ("sections", "services", "activity_history")
