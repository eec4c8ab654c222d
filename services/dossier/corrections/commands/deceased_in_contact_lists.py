"""
Takes who died off the people to call and to collect of the children, when the death is noted.

An agent with a sick child would else ring a telephone that the family has in a drawer.
"""

from collections.abc import Collection

from services.dossier.households.queries.protection import protected_homes_of
from services.dossier.sections.commands import store_section
from services.dossier.sections.queries import contents_of_sections
from services.dossier.sections.rules.projections import Content, affected_projections
from services.dossier.sharing.publishing.commands.projection_publisher import (
    lock_children,
    publish_changes,
    targets_at_linked_providers,
)
from services.dossier.sharing.rules.access_policy import AccessPolicy
from shared.contracts.sections.adults.contacts import CONTACTS
from shared.contracts.sections.adults.pickup import PICKUP
from shared.database import Write
from shared.dates.instant import Instant
from shared.text import folded

LISTS = (CONTACTS.code, PICKUP.code)


def take_deceased_off_contact_lists(
    write: Write,
    policy: AccessPolicy,
    child_ids: Collection[str],
    name: str,
    *,
    by: str,
    when: Instant,
) -> None:
    """
    Take the lines of this name off both lists of these children, and publish what changed.

    A list that would be empty stays: somebody may answer that telephone, and nobody is left to
    call otherwise (rule R6). So does that of a child with a protected home, where each home is
    shown its own (rule R9): who protects looks at it with the family.
    """
    lock_children(write, child_ids)
    shielded = protected_homes_of(write, child_ids)
    open_ones = sorted(set(child_ids) - {child for child, homes in shielded.items() if homes})
    stored = contents_of_sections(write, open_ones, LISTS)
    changed: set[str] = set()
    projections: set[str] = set()
    for child_id in open_ones:
        for section in LISTS:
            content = stored[child_id].get(section)
            left = _without_lines_of_name(content, name) if content else None
            if left is not None:
                store_section(write, child_id, section, left, by=by, when=when)
                changed.add(child_id)
                projections.update(affected_projections(section))
    if changed:
        write.flush()
        publish_changes(
            write, policy, targets_at_linked_providers(write, changed, projections), when
        )


def _without_lines_of_name(content: Content, name: str) -> Content | None:
    """Return a list without the lines of a name; None if that changes nothing or leaves none."""
    people = content["people"]
    left = [person for person in people if not _is_line_of_person(person["name"], name)]
    return content | {"people": left} if left and len(left) < len(people) else None


def _is_line_of_person(line: str, name: str) -> bool:
    """Say whether a line is somebody's: « Nadia Morel, mobile », never « Nadia Morel-Petit »."""
    words = line.split()
    return folded(name) in (folded(" ".join(words[:many])) for many in range(1, len(words) + 1))
