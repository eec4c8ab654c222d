"""The `preau` command: how the town's IT department installs, runs and changes a town."""

from importlib import import_module
from typing import Any

import click

from deploy.applied import Applied
from deploy.instance import Instance
from deploy.town import TownRefused
from deploy.unable import Unable
from shared.contracts.errors import Refusal

COMMANDS = {
    "apply": "deploy.town_commands:apply_command",
    "approve": "deploy.town_commands:approve_command",
    "backup": "deploy.backups.commands:backup_command",
    "breach": "deploy.breach:breach_command",
    "code": "deploy.demo.codes:code",
    "dead": "deploy.message_commands:dead",
    "demo": "deploy.demo.commands:demo",
    "doctor": "deploy.doctor.command:doctor",
    "down": "deploy.running_commands:down",
    "history": "deploy.history:history",
    "import": "deploy.importing.commands:importing",
    "invite": "deploy.invite_commands:invite",
    "invited": "deploy.invite_commands:invited",
    "plan": "deploy.town_commands:plan_command",
    "post": "deploy.message_commands:post",
    "provider": "deploy.provider_commands:provider",
    "reads": "deploy.reads:reads",
    "reckon": "deploy.demo.commands:reckon",
    "register": "deploy.town_commands:register",
    "renew": "deploy.host_commands:renew",
    "restart": "deploy.running_commands:restart",
    "restore": "deploy.backups.commands:restore_command",
    "resync": "deploy.message_commands:resync",
    "run": "deploy.demo.commands:run",
    "status": "deploy.running_commands:status",
    "trace": "deploy.tracing:trace",
    "units": "deploy.host_commands:units",
    "up": "deploy.starting:up",
}
"""Where each command is; a module is imported when its command is asked for, and no other."""


class Commands(click.Group):
    """Finds commands when they are called, and says what is wrong in a sentence."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[name].partition(":")
        found: click.Command = getattr(import_module(module), attribute)
        return found

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except TownRefused as refused:
            for problem in refused.problems:
                click.echo(problem, err=True)
            raise SystemExit(1) from None
        except Refusal as refusal:
            detail = ", ".join(f"{key}={value}" for key, value in refusal.detail.items())
            raise click.ClickException(f"refused: {refusal.code} {detail}".rstrip()) from None
        except (Unable, TimeoutError) as error:
            raise click.ClickException(str(error)) from None


@click.group(cls=Commands)
@click.pass_context
def preau(context: click.Context) -> None:
    """Préau: one dossier per child, shared by every provider, each learning what it may."""
    context.obj = Applied(Instance.from_environment())
