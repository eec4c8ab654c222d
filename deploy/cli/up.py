"""`preau up`: a town's engines, what its file says, and every process."""

import click

from deploy.applied import Applied
from deploy.cli.lifecycle import wait
from deploy.cli.output import say
from deploy.engines.engines_file import make_own_cluster
from deploy.processes import supervisor
from deploy.processes.hosts import refuse_where_systemd_runs
from deploy.processes.supervisor import Supervisor
from deploy.processes.wanted import ASKED
from deploy.provisioning.apply import apply, require_known_forms


@click.command()
@click.option("--detach", is_flag=True, help="Leave everything running in the background.")
@click.option("--cluster", is_flag=True, help="On a cluster of this machine; it stays one.")
@click.pass_obj
def up(applied: Applied, detach: bool, cluster: bool) -> None:
    """Start what Préau's own engines are, apply the town file, start every process."""
    if cluster:
        make_own_cluster(applied.instance)
    start_engines(applied)
    apply(applied, say)
    if detach:
        if supervisor.running_pid(applied.instance) is None:  # else `apply` has told it
            supervisor.detach(applied.instance, ASKED)
        wait(applied)
        return
    try:
        Supervisor(applied.instance, ASKED).run()
    finally:
        applied.engines.stop()


def start_engines(applied: Applied) -> None:
    """Start what is Préau's own, saying why it takes a while; raises UserError where nothing is."""
    require_known_forms(applied)
    refuse_where_systemd_runs(applied, "systemctl start preau.target")
    say("broker (the first start takes some twenty seconds)")
    applied.engines.start()
