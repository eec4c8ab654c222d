"""
The end of a trial: data of trial children is deleted, the provider's settings stay.

Run by `preau provider go-live` on the provider's database while none of its processes runs, as the
owner of the tables: the roll call's marks are append-only for every other database user.
"""

from sqlalchemy import Connection, delete, select, text, update

from services.enrolment.models import (
    Activity,
    Base,
    ChildKey,
    ResidenceClasses,
    School,
    Tariff,
    WaiverMotives,
)
from shared.database.comparison.sums import tables_in_copying_order
from shared.database.engines import engine_for_writing, open_engine
from shared.database.keys.vault import Vault
from shared.database.migrations.migrate import migrate
from shared.database.trigger_guards import install_guards

KEPT = frozenset(
    {
        "calendar_day",
        "activity",
        "activity_group",
        "former_site",
        "session",
        "tariff",
        "residence_classes",
        "school",
        "school_change",
        "published_school",
        "school_class",
        "school_director",
        "catchment_street",
        "catchment_area",
        "local_address",
        "school_waiver_motives",
        "school_signature",
        "subject",
        "subject_right",
        "tablet",
        "pin",
        "lease",
    }
)
"""The offer, grids, schools, agents with rights, tablets and PINs: none of it is a child's."""


def delete_data_of_trial(url: str, vault: Vault) -> int:
    """
    Delete all that is not KEPT and destroy the children's keys; return how many rows went.

    What was published in vain is published anew, under its next version, when the service is asked.
    """
    migrate("enrolment", url)
    engine = open_engine(url)
    try:
        with engine_for_writing(engine).begin() as connection:
            keys = list(connection.scalars(select(ChildKey.key_id)))
            _drop_trigger_that_keeps_marks(connection)
            gone = sum(
                connection.execute(delete(table)).rowcount
                for table in reversed(tables_in_copying_order(Base.metadata))
                if table.name not in KEPT
            )
            connection.execute(update(Activity).values(published=""))
            connection.execute(update(Tariff).values(published_digest=""))
            connection.execute(update(ResidenceClasses).values(published_digest=""))
            connection.execute(update(School).values(published=""))
            connection.execute(update(WaiverMotives).values(published=""))
            install_guards(connection, Base.metadata)
    finally:
        engine.dispose()
    vault.shred_keys(*keys)
    return gone


def _drop_trigger_that_keeps_marks(connection: Connection) -> None:
    on = " ON mark" if connection.dialect.name == "postgresql" else ""
    connection.execute(text(f"DROP TRIGGER IF EXISTS guard_mark_no_delete{on}"))
