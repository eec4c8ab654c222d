"""`preau breach`: the persons affected by a breach, for notices under GDPR 33 and 34."""

import csv
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta

import click

from deploy.applied_town import Applied
from deploy.processes.ops_requests import LONG_SECONDS, ops_client
from shared.contracts.dossier.data_protection.read_log import (
    AffectedHousehold,
    HouseholdsTouchedRequest,
    households_touched,
)
from shared.dates.clock import PARIS
from shared.register import Office, Snapshot, parse_register

DAY, MINUTE = "%Y-%m-%d", "%Y-%m-%dT%H:%M"
COLUMNS = ("household_id", "children", "projections", "reads")


@click.command("breach")
@click.option("--principal", required=True, help="Whose data were at risk: enrolment_ens, billing…")
@click.option("--from", "since", required=True, metavar="DAY[THH:MM]", help="In French time.")
@click.option("--to", "until", required=True, metavar="DAY[THH:MM]", help="A day counts whole.")
@click.pass_obj
def breach_command(applied: Applied, principal: str, since: str, until: str) -> None:
    """
    List the households affected by a breach, as CSV; their number is printed beside it.

    They are numbers: their pages at the front desk have the names, for who may open them.
    """
    register = applied.register_in_force()
    if register is None:
        raise click.ClickException("there is no register yet: run `preau apply`")
    provider = _present_or_former_office(parse_register(register), principal)
    first, last = _parse_moment(since), _parse_moment(until, whole_day=True)
    if first >= last:
        raise click.ClickException("--to comes after --from")
    out = csv.DictWriter(sys.stdout, COLUMNS)
    out.writeheader()
    households = children = read = 0
    for row in _affected_households(applied, provider, first, last):
        out.writerow({**row, "projections": " ".join(row["projections"])})
        households, children = households + 1, children + row["children"]
        read += bool(row["reads"])
    click.echo(
        f"{households} households with {children} children; of {read} something was read"
        f" between {first:%Y-%m-%d %H:%M} and {last:%Y-%m-%d %H:%M}",
        err=True,
    )


def _present_or_former_office(register: Snapshot, principal: str) -> str | None:
    """
    Return the office whose principal it is, or was; None for a service that holds all families.
    """
    offices: list[Office] = [*register.providers, *register.former]
    offices += [register.front_desk] if register.front_desk else []
    for office in offices:
        if office.principal == principal:
            return office.code
    if principal not in {row.name for row in register.principals}:
        raise click.ClickException(f"the register has no principal {principal!r}")
    return None


def _affected_households(
    applied: Applied, provider: str | None, since: datetime, until: datetime
) -> Iterator[AffectedHousehold]:
    after, more = None, True
    with ops_client(applied) as client:
        while more:
            request = HouseholdsTouchedRequest(since, until, provider, after)
            answer = client.ask(households_touched, request, deadline=LONG_SECONDS)
            yield from answer.households
            more = answer.more
            after = answer.households[-1]["household_id"] if more else None


def _parse_moment(typed: str, *, whole_day: bool = False) -> datetime:
    """Read a day, or a minute of one, in French time; a whole day is over at its midnight."""
    is_day = "T" not in typed
    try:
        moment = datetime.strptime(typed, DAY if is_day else MINUTE)
    except ValueError:
        raise click.ClickException(
            f"{typed!r} is not a day (2026-11-27) or a minute (2026-11-27T14:30)"
        ) from None
    return (moment + timedelta(days=is_day and whole_day)).replace(tzinfo=PARIS)
