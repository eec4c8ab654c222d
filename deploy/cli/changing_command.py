"""A command that changes a town, and waits where another one is at it."""

import click

from deploy.instance.one_change_at_a_time import hold_town_for_change


class ChangingCommand(click.Command):
    """Holds the town while it runs; asked for help it waits for nobody."""

    def invoke(self, ctx: click.Context) -> object:
        with hold_town_for_change(ctx.obj.instance, ctx.command_path, say_to_operator):
            return super().invoke(ctx)


def say_to_operator(line: str) -> None:
    """Say a line beside what a program reads of a command."""
    click.echo(line, err=True)
