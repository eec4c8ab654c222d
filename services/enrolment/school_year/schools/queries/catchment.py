"""The school of an address, from what is stored of streets, areas and the town's addresses."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.enrolment.models import CatchmentArea, CatchmentStreet, LocalAddress, School
from services.enrolment.school_year.schools.rules.catchment import (
    Address,
    Answer,
    Stretch,
    parse_address_line,
    school_of_address,
)
from services.enrolment.school_year.schools.rules.street_lists import (
    StreetLine,
    polygon_of_stored_area,
)


def school_of_typed_address(read: Session, text: str, insee: str, level: str) -> Answer:
    """Return the school of an address for a level, or why a person decides."""
    schools = {s.id for s in read.scalars(select(School)) if not level or level in s.levels.split()}
    address = parse_address_line(text)
    stretches = [
        Stretch(
            row.school_id,
            row.insee,
            row.street_key,
            row.parity,
            row.from_number,
            row.to_number,
        )
        for row in read.scalars(select(CatchmentStreet))
        if row.school_id in schools
    ]
    areas = {
        row.school_id: polygon_of_stored_area(row.geometry)
        for row in read.scalars(select(CatchmentArea))
        if row.school_id in schools
    }
    points = _coordinates_of_address(read, address, insee) if areas else []
    return school_of_address(address, insee, stretches, areas, points)


def streets_of_school(read: Session, school_id: str) -> dict[str, list[StreetLine]]:
    """Return a school's stretches of streets by commune, in the order of their names."""
    rows = read.scalars(
        select(CatchmentStreet)
        .where(CatchmentStreet.school_id == school_id)
        .order_by(CatchmentStreet.street_key, CatchmentStreet.from_number, CatchmentStreet.id)
    )
    lines: dict[str, list[StreetLine]] = {}
    for row in rows:
        line = StreetLine(row.street, row.parity, row.from_number, row.to_number)
        lines.setdefault(row.insee, []).append(line)
    return lines


def has_drawn_area(read: Session, school_id: str) -> bool:
    """Say whether an area is drawn for a school."""
    return read.get(CatchmentArea, school_id) is not None


def count_addresses(read: Session) -> int:
    """Return how many addresses of the town are known with their coordinates."""
    return read.scalar(select(func.count()).select_from(LocalAddress)) or 0


def _coordinates_of_address(
    read: Session, address: Address, insee: str
) -> Sequence[tuple[float, float]]:
    if address.number is None:
        return []
    rows = read.execute(
        select(LocalAddress.longitude, LocalAddress.latitude, LocalAddress.suffix).where(
            LocalAddress.insee == insee,
            LocalAddress.street_key == address.street_key,
            LocalAddress.number == address.number,
        )
    ).all()
    exact = [row for row in rows if row.suffix == address.suffix] or rows
    return [(row.longitude / 1e7, row.latitude / 1e7) for row in exact]
