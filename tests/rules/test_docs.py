"""The pages in `docs/` say what the code says."""

import re
import shlex
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import click
import pytest

from deploy.cli.main import preau
from deploy.services import SPECS, folder_of_service
from shared import contracts as folder
from shared.bus.service_declarations import register_rows_of
from shared.contracts.message import Event, Method

PROJECT = Path(__file__).resolve().parents[2]
FOLDER = folder.__path__


def contracts() -> list[str]:
    """Return every message that some module of the contracts declares, each once."""
    modules = [import_module(each.name) for each in walk_packages(FOLDER, "shared.contracts.")]
    found = [
        value.full_name
        for module in modules
        for value in vars(module).values()
        if isinstance(value, Event | Method)
    ]
    return sorted(set(found))


@pytest.mark.parametrize("name", contracts())
def test_every_message_stands_on_the_page_of_events(name: str) -> None:
    assert f"`{name}`" in (PROJECT / "docs" / "events.md").read_text("utf-8")


def test_the_page_of_events_names_no_message_that_is_gone() -> None:
    page = (PROJECT / "docs" / "events.md").read_text("utf-8")

    named = set(re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \|", page, re.MULTILINE))

    assert named == set(contracts())


def test_the_readme_is_short_and_starts_with_the_two_commands() -> None:
    lines = (PROJECT / "README.md").read_text("utf-8").splitlines()

    assert len(lines) < 80
    assert [line.strip().split("  ")[0] for line in lines[2:4]] == ["make run", "make test"]


@pytest.mark.parametrize(
    "page",
    [*(PROJECT / "docs").glob("**/*.md"), *PROJECT.glob("*.md")],
    ids=lambda path: path.name,
)
def test_no_page_links_to_a_file_that_is_gone(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8"))

    assert [link for link in links if not (page.parent / link).exists()] == []


NAMING = [
    *PROJECT.glob("*.md"),
    *(PROJECT / "docs").glob("*.md"),
    *PROJECT.glob("services/*/README.md"),
    PROJECT / "shared" / "web" / "README.md",
]
"""Pages that name paths of today; decisions keep those of their day."""

ROOTED = re.compile(r"`((?:shared|services|deploy|tests|docs|bench)/[\w/.-]+)(?:::\w+)?`")
WITHIN = re.compile(r"`((?!var/)(?:[\w-]+/)+(?:[\w-]+\.\w+)?|[\w/-]+\.(?:py|html))`")


def is_there(path: str, page: Path) -> bool:
    """Say whether a page names a file or folder of the project, of its tests or below itself."""
    return any((root / path).exists() for root in (PROJECT, PROJECT / "tests")) or any(
        page.parent.rglob(path)
    )


@pytest.mark.parametrize("page", NAMING, ids=lambda path: str(path.relative_to(PROJECT)))
def test_a_path_that_a_page_names_is_there(page: Path) -> None:
    pattern = WITHIN if page.name == "README.md" else ROOTED

    named = pattern.findall(page.read_text("utf-8"))

    assert [path for path in named if not is_there(path.rstrip("/"), page)] == []


@pytest.mark.parametrize(
    ("name", "least"), [("README.md", 5), ("CONTRIBUTING.md", 20), ("docs/architecture.md", 35)]
)
def test_the_pages_of_a_newcomer_name_paths(name: str, least: int) -> None:
    assert len(ROOTED.findall((PROJECT / name).read_text("utf-8"))) > least


def test_each_walk_of_a_request_takes_twenty_files_at_most_with_those_of_the_kit() -> None:
    page = (PROJECT / "docs" / "architecture.md").read_text("utf-8")
    walks = page.partition("## Three requests")[2].partition("\n## ")[0].split("\n### ")
    kit = set(ROOTED.findall(walks[0]))

    assert len(walks[1:]) == 3
    for walk in walks[1:]:
        files = kit | set(ROOTED.findall(walk))
        assert len(files) <= 20
        assert f"({len(files)} files with the kit's ten)" in walk
    assert len(kit) == 10


PICTURE = PROJECT / "docs" / "preau.webp"


def test_the_picture_in_the_readme_is_light_enough_for_a_clone() -> None:
    assert PICTURE.stat().st_size < 120_000


@pytest.mark.parametrize(
    ("name", "least"), [("operations", 11), ("import", 8), ("cluster", 3), ("seeing", 5)]
)
def test_every_command_on_a_page_exists_with_its_options(name: str, least: int) -> None:
    page = (PROJECT / "docs" / f"{name}.md").read_text("utf-8")

    written = re.findall(r"^    preau (.+)$", page, re.MULTILINE)

    assert len(written) >= least
    for line in written:
        command, rest = preau, shlex.split(line)
        while isinstance(command, click.Group):
            command, rest = command.get_command(click.Context(command), rest[0]), rest[1:]
            assert command is not None, line
        files = [__file__ if word.endswith((".yaml", ".csv", ".xlsx")) else word for word in rest]
        command.make_context(line, files, resilient_parsing=False)


@pytest.mark.parametrize(
    "service", ["identity", "dossier", "enrolment", "billing", "portal_gateway"]
)
def test_every_service_has_its_page_with_the_same_headings(service: str) -> None:
    page = (PROJECT / "services" / service / "README.md").read_text("utf-8")

    headings = re.findall(r"^## (.+)$", page, re.MULTILINE)

    assert headings[:4] == ["Owns", "Answers", "Announces", "Listens to"]
    assert any(heading.lower().startswith("must not") for heading in headings)


@pytest.mark.parametrize("page", PROJECT.glob("services/*/README.md"), ids=lambda p: p.parent.name)
def test_every_capability_of_a_service_stands_on_its_page(page: Path) -> None:
    frame = {"models", "migrations", "templates", "translations", "static"}
    folders = {file.parent.name for file in page.parent.glob("*/__init__.py")} - frame

    said = set(re.findall(r"`(\w+)/[^`]*`", page.read_text("utf-8")))

    assert len(folders) > 6
    assert folders - said == set()


OF_ALL = {"health", "measure", "list_dead", "replay_dead", "resync", "held_of_person"}
"""Methods that every service answers."""


@pytest.mark.parametrize("service", SPECS)
def test_the_page_of_a_service_names_what_it_answers_and_hears(service: str) -> None:
    page = (
        PROJECT / "services" / folder_of_service(service).split("/")[0] / "README.md"
    ).read_text("utf-8")
    module, _, name = SPECS[service].service.partition(":")
    answering, hearing = register_rows_of([getattr(import_module(module), name)])

    named = set(re.findall(r"`(?:\w+\.)?(\w+)`", page))

    assert {row.method for row in answering} - OF_ALL - named == set()
    assert {row.event for row in hearing} - named == set()


MISSION = (PROJECT / "docs" / "mission.md").read_text("utf-8")


@pytest.mark.parametrize("named", sorted(set(re.findall(r"`(tests/[\w/.:]+)`", MISSION))))
def test_every_test_that_the_page_of_the_mission_names_is_there(named: str) -> None:
    path, _, test = named.partition("::")

    assert f"def {test}" in (PROJECT / path).read_text("utf-8")
