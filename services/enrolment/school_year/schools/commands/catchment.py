"""Streets, areas and addresses from which the school of an address follows."""

from collections.abc import Iterable

from sqlalchemy import delete, insert

from services.enrolment.models import CatchmentArea, CatchmentStreet, LocalAddress
from services.enrolment.school_year.schools.queries.schools import require_school
from services.enrolment.school_year.schools.rules.catchment import street_key
from services.enrolment.school_year.schools.rules.street_lists import KnownAddress, StreetLine
from shared.database import Write
from shared.database.chunks import AT_ONCE, chunks
from shared.runtime.ids import new_id


def set_streets_of_school(
    write: Write, school_id: str, insee: str, lines: Iterable[StreetLine]
) -> None:
    """Let these stretches be a school's area in a commune, in the place of those before."""
    require_school(write, school_id)
    write.execute(
        delete(CatchmentStreet).where(
            CatchmentStreet.school_id == school_id, CatchmentStreet.insee == insee
        )
    )
    write.add_all(
        CatchmentStreet(
            id=new_id(),
            school_id=school_id,
            insee=insee,
            street=line.street,
            street_key=street_key(line.street),
            parity=line.parity,
            from_number=line.from_number,
            to_number=line.to_number,
        )
        for line in lines
    )
    write.flush()


def set_drawn_area_of_school(write: Write, school_id: str, geometry: str | None) -> None:
    """Let this be the area drawn for a school; None takes it away."""
    require_school(write, school_id)
    write.execute(delete(CatchmentArea).where(CatchmentArea.school_id == school_id))
    if geometry is not None:
        write.add(CatchmentArea(school_id=school_id, geometry=geometry))
    write.flush()


def replace_addresses(write: Write, addresses: list[KnownAddress]) -> None:
    """Let these be the addresses of the communes that the file names."""
    communes = {each.insee for each in addresses}
    write.execute(delete(LocalAddress).where(LocalAddress.insee.in_(communes)))
    for batch in chunks(addresses, AT_ONCE):
        write.execute(
            insert(LocalAddress),
            [
                {
                    "id": new_id(),
                    "insee": each.insee,
                    "street": each.street,
                    "street_key": street_key(each.street),
                    "number": each.number,
                    "suffix": each.suffix,
                    "longitude": each.longitude,
                    "latitude": each.latitude,
                }
                for each in batch
            ],
        )
