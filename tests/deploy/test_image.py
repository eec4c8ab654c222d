"""The image of a release: made, run as a town, and its walls tried from within a container."""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from deploy.instance.instance import ENGINES_FILE, PROJECT, Instance
from deploy.releases.archive import make_archive
from shared.runtime.version import version_of_code
from tests.deploy.later_release import clone
from tests.deploy.one_family import COPIED_IN_CLEAR
from tests.deploy.town_engines import TownEngines
from tests.ports import PORT_BASE

USER = 641
TOOLS = ("mmdebstrap", "buildah", "podman")
IMAGE = f"localhost/preau:{version_of_code()}-engines"
WALLS = ["--read-only", "--cap-drop=all", "--security-opt=no-new-privileges"]
TRIED = ("identity-signer", "identity", "dossier", "enrolment-ens", "portal", "portal-web")
SECONDS = 240
"""Seconds that a town may take to answer."""

pytestmark = [
    pytest.mark.nightly,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root makes an image"),
    pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason=f"needs {', '.join(TOOLS)}"),
]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Give a folder that containers reach."""
    folder = Path(tempfile.mkdtemp(prefix="preau-image-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def made(folder: Path) -> Path:
    """Give the image of what is committed of this project, or PREAU_TEST_IMAGE, made before."""
    if named := os.environ.get("PREAU_TEST_IMAGE"):
        return Path(named)
    archive = make_archive(clone(PROJECT, folder / "clone"), folder / "release")
    return make_image(archive, folder / "image")


def make_image(archive: Path, into: Path) -> Path:
    script = PROJECT / "deploy" / "hosting" / "containers" / "image.sh"
    subprocess.run(["bash", script, archive, into, "engines"], check=True, timeout=1500)
    return into / f"preau-{version_of_code()}-engines.oci.tar"


@pytest.fixture(scope="module")
def image(made: Path) -> Iterator[str]:
    podman("load", "--input", made)
    tried = podman("run", "--rm", "--network=host", IMAGE, "--version", ok=False)
    if "OCI runtime error" in tried.stderr:
        podman("rmi", IMAGE, ok=False)
        pytest.skip(f"podman runs no container here: {tried.stderr.strip()}")
    assert tried.stdout.startswith(f"Préau {version_of_code()} (")
    yield IMAGE
    podman("rmi", IMAGE, ok=False)


def podman(*words: object, ok: bool = True) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run(
        ["podman", *map(str, words)], capture_output=True, text=True, timeout=SECONDS
    )
    assert done.returncode == 0 or not ok, f"{words}: {done.stdout}\n{done.stderr}"
    return done


def a_home(home: Path, engines: str = f"own: files\n{COPIED_IN_CLEAR}") -> Instance:
    """Make an empty home that the image's user owns."""
    home.mkdir(mode=0o711)
    (home / ENGINES_FILE).write_text(engines, "utf-8")
    os.chown(home, USER, USER)
    return Instance(home, PORT_BASE + 400)


def on(instance: Instance, *mounts: Path) -> list[str]:
    """Return how podman runs the image on a home."""
    named = [f"--env={key}={value}" for key, value in instance.environment.items()]
    folders = [f"--volume={folder}:{folder}" for folder in (instance.home, *mounts)]
    return ["--network=host", "--tmpfs=/tmp", *WALLS, *named, *folders]


@contextlib.contextmanager
def runs(name: str, *words: str) -> Iterator[str]:
    """Run a container until the block ends."""
    podman("run", "--detach", f"--name={name}", *words)
    try:
        yield name
    finally:
        podman("rm", "--force", "--time=60", name)


def until_ok(*words: object) -> str:
    """Ask podman until a command in a container succeeds, and return what it printed."""
    end = time.monotonic() + SECONDS
    while (done := podman(*words, ok=False)).returncode != 0:
        assert time.monotonic() < end, f"{done.stdout}\n{done.stderr}"
        time.sleep(1)
    return done.stdout


def test_the_same_archive_and_the_same_packages_make_the_same_image(
    made: Path, folder: Path
) -> None:
    if not (folder / "release").exists():
        pytest.skip("the image was made before, and its archive is not here")
    again = make_image(folder / "release" / f"preau-{version_of_code()}.tar.gz", folder / "again")

    digests = [file.with_suffix("").with_suffix(".oci.digest") for file in (made, again)]
    assert digests[0].read_text("ascii") == digests[1].read_text("ascii")


def test_an_image_holds_no_installer_no_compiler_and_no_address_of_packages(image: str) -> None:
    (said,) = json.loads(podman("image", "inspect", image).stdout)
    tools = "command -v pip pip3 gcc cc make apt-get; python -m pip --version; ls /etc/apt"

    assert said["Config"]["User"] == "preau"
    assert said["Config"]["Entrypoint"] == ["preau"]
    assert said["Labels"]["org.opencontainers.image.version"] == version_of_code()
    assert said["Labels"]["org.opencontainers.image.licenses"] == "AGPL-3.0-or-later"
    assert "://" not in json.dumps(said["Labels"])
    assert len(said["RootFS"]["Layers"]) == 2
    asked = podman("run", "--rm", *WALLS, "--entrypoint=sh", image, "-c", tools, ok=False)
    assert asked.stdout == ""


def test_a_town_runs_from_an_image_is_copied_and_comes_back_in_another_home(
    image: str, folder: Path
) -> None:
    first, second = a_home(folder / "first"), a_home(folder / "second")
    copy = first.home / "copies" / "one"
    with runs("preau-test", *on(first), image, "up") as town:
        until_ok("exec", town, "preau", "status")
        podman("exec", town, "preau", "backup", copy)

    podman("run", "--rm", *on(second, first.home), image, "restore", copy)
    with runs("preau-test", *on(second), image, "up") as town:
        until_ok("exec", town, "preau", "status")
        assert "equal" in podman("exec", town, "preau", "resync").stdout


@pytest.fixture
def engines(folder: Path) -> Iterator[TownEngines]:
    engines = TownEngines(folder / "towns", PORT_BASE + 600, PORT_BASE + 670)
    engines.instance.home.parent.mkdir()
    try:
        engines.start()
        yield engines
    finally:
        engines.stop()


def test_each_container_of_a_town_reads_its_own_secrets_and_nobody_elses(
    image: str, folder: Path, engines: TownEngines
) -> None:
    home = engines.file.parent
    for path in (home, engines.instance.home):
        path.chmod(0o711)
    for path in (home / "broker.env", home / "postgres.env", engines.file):
        os.chown(path, USER, USER)
    instance = a_home(folder / "parts", engines.file.read_text("utf-8"))
    asked = on(instance, home)
    podman("run", "--rm", *asked, image, "apply")
    written = instance.home / "containers"
    podman("run", "--rm", *asked, image, "containers", written, "--image", image)
    services = yaml.safe_load((written / "compose.yaml").read_text("utf-8"))["services"]

    with contextlib.ExitStack() as stack:
        for part in TRIED:
            service = services[f"preau-{part}"]
            stack.enter_context(runs(f"preau-{part}", *as_compose_would(service)))
        health = services["preau-portal-web"]["healthcheck"]["test"][1:]
        until_ok("exec", "preau-portal-web", *health)
        for part in TRIED:
            sees_its_own_secrets_alone(f"preau-{part}", instance)


def as_compose_would(service: dict) -> list[str]:
    """Return how podman runs a service of a compose file, in the network of this machine."""
    network = "none" if service["network_mode"] == "none" else "host"
    command = [word.replace("$$", "$") for word in service["entrypoint"]]
    return [
        *(f"--network={network}", f"--user={service['user']}", "--read-only"),
        *(f"--cap-drop={each}" for each in service["cap_drop"]),
        *(f"--security-opt={each}" for each in service["security_opt"]),
        *(f"--volume={each}" for each in service["volumes"]),
        *(f"--env={key}={value}" for key, value in service["environment"].items()),
        *(f"--entrypoint={json.dumps(command)}", service["image"]),
    ]


def sees_its_own_secrets_alone(container: str, instance: Instance) -> None:
    search = (
        f"cat /run/credentials/secrets | sha256sum; find {instance.home} -type f -readable;"
        " touch /opt/x /etc/x /run/credentials/secrets 2>&1 | grep -c 'Read-only';"
        " grep -E '^(CapEff|CapBnd|NoNewPrivs)' /proc/self/status"
    )
    digest, *lines = podman("exec", container, "sh", "-c", search).stdout.splitlines()

    own = instance.secrets_path(container.removeprefix("preau-").replace("-", "_"))
    if own.exists():
        assert digest.split()[0] == hashlib.sha256(own.read_bytes()).hexdigest()
    files = {Path(line) for line in lines if line.startswith("/")}
    assert files <= set(instance.public_paths)
    assert [line.split() for line in lines if not line.startswith("/")] == [
        ["3"],
        ["CapEff:", "0000000000000000"],
        ["CapBnd:", "0000000000000000"],
        ["NoNewPrivs:", "1"],
    ]
