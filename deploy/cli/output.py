"""Where `preau` prints what a person looks at; what a program reads goes out by `click.echo`."""

from rich.console import Console

screen = Console(highlight=False)


def say(line: str) -> None:
    """Say what is being done."""
    screen.print(f"  · {line}")
