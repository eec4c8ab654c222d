"""`python -m deploy`: the `preau` command."""

from deploy.cli.main import preau

preau(prog_name="preau")
