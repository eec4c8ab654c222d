"""`preau sign-ins`: one person's or one address's tries to sign in, in the logs of all pages."""

import json
from collections.abc import Callable, Iterator

import click

from deploy.applied_town import Applied
from deploy.cli.records.trace import line_in_words, log_lines, structured_lines
from deploy.instance.secrets import SECRET_KEY
from deploy.processes.public_addresses import pages_of_services
from shared.web.session.sign_in_log import digest_of_logged_address, login_digest

EVENT = '"sign_in"'


@click.command("sign-ins")
@click.option("--login", help="Of the person whose tries are followed.")
@click.option("--address", help="From where; all of a network of 64 bits for IPv6.")
@click.pass_obj
def sign_ins(applied: Applied, login: str | None, address: str | None) -> None:
    """
    Print the tries of one login, or from one address, oldest first.

    Logs hold digests alone, others at each page: they are printed where nothing is found.
    """
    if (login is None) == (address is None):
        raise click.UsageError("name either --login or --address")
    field, digest = (
        ("who", login_digest) if address is None else ("address", digest_of_logged_address)
    )
    digests = dict(_login_or_address_digests(applied, digest, login or address or ""))
    found = [
        (str(fields["timestamp"]), line_in_words(fields, process))
        for process, fields in structured_lines(log_lines(applied, EVENT), EVENT)
        if fields.get("event") == "sign_in"
        and fields.get(field) == digests.get(str(fields.get("principal")))
    ]
    for _, line in sorted(found):
        click.echo(line)
    if not found:
        click.echo("no log has " + json.dumps(digests, indent=1))


def _login_or_address_digests(
    applied: Applied, digest: Callable[[str, str], str], value: str
) -> Iterator[tuple[str, str]]:
    """Yield the digest of a login or an address at each principal that has pages."""
    register = applied.register_in_force() or {"providers": []}
    for principal in sorted(
        {page.principal for page in pages_of_services(applied.engines_of_town, register).values()}
    ):
        yield principal, digest(applied.secrets.read_values(principal)[SECRET_KEY], value)
