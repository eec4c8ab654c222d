"""`preau code`: the second factors of a demo town's agents, so that one can sign in as them."""

import click
from rich.table import Table

from deploy.applied_town import Applied
from deploy.cli.output import screen
from deploy.demo.journal import journal_of_instance


@click.command()
@click.pass_obj
def code(applied: Applied) -> None:
    """Print the one-time codes of the demo town's agents."""
    register = applied.register_in_force()
    if register is not None and not register["town"]["demo"]:
        raise click.ClickException("Agents of a real town have their codes themselves.")
    table = Table("agent", "code")
    agents = journal_of_instance(applied.instance).demo_town.read_demo_agents()
    for login, one_time_code in {each.login: each.code_of_now for each in agents}.items():
        table.add_row(login, one_time_code)
    screen.print(table)
