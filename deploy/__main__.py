"""`python -m deploy`: the `preau` command."""

from deploy.cli import preau

preau(prog_name="preau")
