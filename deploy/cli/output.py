"""Console for output read by a person; output read by programs is printed by `click.echo`."""

from rich.console import Console

screen = Console(highlight=False)


def say_progress(line: str) -> None:
    """Say what is being done."""
    screen.print(f"  · {line}")
