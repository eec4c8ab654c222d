"""The `preau` command: how the town's IT department installs, runs and changes a town."""

import errno
import os
import sys
from importlib import import_module

import click

from deploy.applied_town import Applied
from deploy.cli.as_owner import act_as_owner
from deploy.instance.instance import Instance
from deploy.instance.release import version_in_words
from deploy.instance.user_error import UserError
from deploy.register.town_file.town import TownRefused
from shared.contracts.errors import NoAnswer, Refusal, Unavailable

COMMANDS = {
    "apply": "deploy.cli.town:apply_command",
    "approve": "deploy.cli.town:approve_command",
    "backup": "deploy.backups.commands:backup_command",
    "breach": "deploy.cli.records.breach:breach_command",
    "code": "deploy.demo.loading.second_factor_codes:code",
    "containers": "deploy.hosting.containers.command:containers_command",
    "dead": "deploy.cli.undelivered:dead",
    "demo": "deploy.demo.commands:demo",
    "doctor": "deploy.doctor.command:doctor",
    "down": "deploy.cli.lifecycle:down",
    "history": "deploy.cli.records.past_activity_import:history",
    "import": "deploy.importing.commands:importing",
    "invite": "deploy.cli.administrator_access:invite",
    "invited": "deploy.cli.administrator_access:invited",
    "move": "deploy.cli.town:move_command",
    "plan": "deploy.cli.town:plan_command",
    "post": "deploy.cli.undelivered:post",
    "provider": "deploy.cli.providers:provider",
    "reads": "deploy.cli.records.read_log_check:reads",
    "reckon": "deploy.demo.commands:reckon",
    "register": "deploy.cli.town:register",
    "renew": "deploy.cli.secret_renewal_and_units:renew",
    "restart": "deploy.cli.lifecycle:restart",
    "restore": "deploy.backups.commands:restore_command",
    "resync": "deploy.cli.undelivered:resync",
    "rollback": "deploy.releases.commands:rollback_command",
    "run": "deploy.demo.commands:run",
    "sign-ins": "deploy.cli.records.sign_ins:sign_ins",
    "status": "deploy.cli.lifecycle:status",
    "trace": "deploy.cli.records.trace:trace",
    "units": "deploy.cli.secret_renewal_and_units:units",
    "up": "deploy.cli.town:up",
    "upgrade": "deploy.releases.commands:upgrade_command",
}
"""Modules of the commands; a module is imported only when its command runs."""

NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
OF_THE_MACHINE = (errno.EACCES, errno.EPERM, errno.EROFS, *NO_ROOM)
"""Errors that whoever keeps the machine mends: of rights, and of room on its disks."""

BROKEN_OFF = "Broken off. Call the same again: what is done stays done, and what is left is done."


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

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except TownRefused as refused:
            for problem in refused.problems:
                click.echo(problem, err=True)
            raise SystemExit(1) from None
        except (NoAnswer, Unavailable) as silent:
            callee = silent.detail.get("callee", "A service")
            raise click.ClickException(
                f"{callee} does not answer. `preau status` says who does, `preau doctor` what mends"
                f" it, log/{callee}.log why; then call this again: what is done stays done."
            ) from None
        except Refusal as refusal:
            detail = ", ".join(f"{key}={value}" for key, value in refusal.detail.items())
            raise click.ClickException(f"refused: {refusal.code} {detail}".rstrip()) from None
        except (UserError, TimeoutError) as error:
            raise click.ClickException(str(error)) from None
        except OSError as error:
            if error.errno not in OF_THE_MACHINE:
                raise
            raise click.ClickException(_refusal_of_machine_in_words(error)) from None
        except KeyboardInterrupt:
            raise click.ClickException(BROKEN_OFF) from None
        except Exception as error:
            if why := _refusal_of_database(error):
                raise click.ClickException(
                    f"A database could not be used: {why}. `preau doctor` says which, and what"
                    " mends it; then call this again: what is done stays done."
                ) from None
            raise


def _refusal_of_machine_in_words(error: OSError) -> str:
    """Say which file this user may not write, or has no room for."""
    where = f"{error.filename}: " if error.filename else ""
    mend = f"Give the user {os.geteuid()} the right"
    if error.errno in NO_ROOM:
        mend = "`df -h` says which disk is full: make room"
    again = f"{mend}, and call this again: what is done stays done."
    return f"{where}{os.strerror(error.errno or 0)}. {again}"


def _refusal_of_database(error: Exception) -> str:
    """
    Return what a database says of its own state, "" for any other error.

    A file that is damaged or may not be written, a disk that is full, a server that is away: of
    the code's own errors there is a traceback. Commands without a database load no library for it.
    """
    library = sys.modules.get("sqlalchemy.exc")
    states = (library.OperationalError,) if library else ()
    is_damaged = library is not None and type(error) is library.DatabaseError
    if not is_damaged and not isinstance(error, states):
        return ""
    said = str(getattr(error, "orig", None) or error).strip() or type(error).__name__
    return said.splitlines()[0]


def _say_version(context: click.Context, _option: click.Parameter, is_asked: bool) -> None:
    if is_asked and not context.resilient_parsing:
        click.echo(version_in_words())
        context.exit()


@click.group(cls=Commands)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_say_version,
    help="Say of which version and commit this is.",
)
@click.pass_context
def preau(context: click.Context) -> None:
    """Préau: one dossier per child, shared by every provider, each learning what it may."""
    instance = Instance.from_environment()
    act_as_owner(instance, context.invoked_subcommand)
    context.obj = Applied(instance)
