"""
`preau reads`: whether the log of who read what is whole (rule R13).

The log signs itself; whoever owns its database could still cut it short. So its last line is noted
here each time, outside of that database, and has to be found again the next time.
"""

import json
import sys
from collections.abc import Iterable
from pathlib import Path

import click

from deploy.applied_town import Applied
from deploy.instance.instance import Instance, replace_file
from deploy.instance.kept_json import back_from_copy, read_kept_json
from deploy.processes import ops_requests as operations
from shared.contracts.dossier.data_protection import read_log
from shared.contracts.dossier.data_protection.read_log import LogHead, VerifyReadsAnswer

FILE = "read_log_heads.json"
VERIFY_SECONDS = 1_800.0
"""A year of a great town has millions of lines, of which some thousands are verified a second."""
IN_WORDS = {
    read_log.CHANGED: "line {sequence} is not as it was written",
    read_log.GAP: "lines are missing before line {sequence}",
    read_log.DISORDER: "line {sequence} does not follow the one before it",
    read_log.BEGINNING: "what stood before line {sequence} is gone",
    read_log.END: "what stood after line {sequence} is gone",
}


def verify_read_log(applied: Applied) -> VerifyReadsAnswer:
    """
    Return what contracts.read_log.verify_reads answers; the end of a whole log is noted here.

    The end of one that was tampered with is not: it would be taken for good the next time.
    """
    noted = _noted_heads(applied.instance)
    with operations.ops_client(applied) as client:
        request = read_log.VerifyReadsRequest(noted)
        answer = client.ask(read_log.verify_reads, request, deadline=VERIFY_SECONDS)
    if not answer.broken:
        _note_heads(applied.instance, [*noted, answer.head])
    return answer


def tampering_in_words(answer: VerifyReadsAnswer) -> str:
    """Say what is wrong with the log."""
    return IN_WORDS[answer.broken].format(sequence=answer.sequence)


@click.command()
@click.pass_obj
def reads(applied: Applied) -> None:
    """Verify the log of who read what; fails, and says where, if it was tampered with."""
    answer = verify_read_log(applied)
    if answer.broken:
        click.echo(f"tampered with: {tampering_in_words(answer)}")
        sys.exit(1)
    head = answer.head
    click.echo(f"whole: {answer.lines} lines, the last is {head['sequence']} {head['mac']}")


def _heads_path(instance: Instance) -> Path:
    return instance.home / FILE


def _noted_heads(instance: Instance) -> list[LogHead]:
    return read_kept_json(_heads_path(instance), list, back_from_copy(FILE)) or []


def _note_heads(instance: Instance, heads: Iterable[LogHead]) -> None:
    latest = list({head["sequence"]: head for head in heads}.values())[-read_log.MOST_HEADS :]
    replace_file(_heads_path(instance), json.dumps(latest), mode=0o600)
