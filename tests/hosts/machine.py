"""
A host as a town has them: a bare Debian with systemd as its first process, in a container.

Root's affair, and of minutes: Debian's packages come over the network (debootstrap). Machines share
the tree that was made once; what each writes lies over it, and goes with it.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from deploy.instance.instance import PROJECT
from tests.kit.town import until

RELEASE = "trixie"
PACKAGES = "systemd,systemd-sysv,dbus,udev,ca-certificates,curl,git,iproute2,openssl,procps"
PLACE = "/opt/preau"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
NAMESPACES = ["--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--root", "--wd"]
ANYBODYS = ("-c", "safe.directory=*")
"""Whoever the tree of an earlier time belongs to."""
BOOT_SECONDS, OFF_SECONDS = 60.0, 60.0
UNIFIED = {"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"}
"""The cgroups that systemd of this release wants, whichever this machine has."""


class Machine:
    """One machine: it boots, runs commands, is switched off and boots again."""

    def __init__(self, tree: Path, name: str, *network: str) -> None:
        self.tree, self.name = tree, name
        self._network = network
        self._container: subprocess.Popen[bytes] | None = None

    def boot(self) -> None:
        """Switch on, and return once systemd has begun its work."""
        (self.tree / "etc" / "hostname").write_text(f"{self.name}\n", "ascii")
        command = ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--boot"]
        command += [f"--directory={self.tree}", f"--machine={self.name}", *self._network]
        self._container = subprocess.Popen(
            command,
            env={**os.environ, **UNIFIED},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        until(lambda: self.run("systemctl list-jobs", check=False), BOOT_SECONDS)

    def off(self) -> None:
        """Switch off in good order."""
        if self._container is None:
            return
        self.run("systemctl poweroff", check=False)
        self._container.wait(OFF_SECONDS)
        self._container = None

    def cut_power(self) -> None:
        """Switch off as a power cut would."""
        os.kill(self._first_process(), signal.SIGKILL)
        assert self._container is not None
        self._container.wait(OFF_SECONDS)
        self._container = None

    def freeze(self) -> None:
        """Stop everything that the machine does, as a host does that its disk has left alone."""
        self._tell_all(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._tell_all(signal.SIGCONT)

    def read(self, path: str) -> str:
        """Return a file of the machine."""
        return (self.tree / path.lstrip("/")).read_text("utf-8")

    def run(self, command: str, user: str = "root", *, typed: str = "", check: bool = True) -> str:
        """
        Return what a command of a shell prints; "" where it fails and need not succeed.

        What is `typed` for it may be longer than an argument.
        """
        inside = ["nsenter", "--target", str(self._first_process()), *NAMESPACES]
        shell = ["runuser", "-u", user, "--", "bash", "-ec", f"cd {PLACE}; {command}"]
        done = subprocess.run(
            [*inside, "env", "-i", f"PATH={PATH}", "LANG=C.UTF-8", *shell],
            input=typed,
            capture_output=True,
            text=True,
        )
        if check and done.returncode != 0:
            raise AssertionError(f"{command}\n{done.stdout}\n{done.stderr}")
        return done.stdout if done.returncode == 0 else ""

    def write(self, path: str, text: str, owner: str = "root") -> None:
        """Write a file of the machine, while it runs."""
        self.run(f"cat > {path}; chown {owner}: {path}", typed=text)

    def _tell_all(self, which: signal.Signals) -> None:
        """Send a signal to each process of the machine's namespace."""
        ours = os.stat(f"/proc/{self._first_process()}/ns/pid").st_ino
        for each in (path for path in Path("/proc").iterdir() if path.name.isdecimal()):
            with suppress(OSError):  # gone meanwhile, or of nobody's namespace here
                if os.stat(each / "ns" / "pid").st_ino == ours:
                    os.kill(int(each.name), which)

    def _first_process(self) -> int:
        """Return the machine's process 1, as this machine numbers it; 0 before there is one."""
        container = self._container
        assert container is not None and container.poll() is None, f"{self.name} is off"
        children = Path(f"/proc/{container.pid}/task/{container.pid}/children")
        return int((children.read_text("ascii").split() or ["0"])[0])


def install(folder: Path) -> Path:
    """
    Return a tree with Debian, this project as it is committed, and what it needs.

    PREAU_TEST_DEBIAN names one to keep for the next time: to make it takes minutes.
    """
    kept = os.environ.get("PREAU_TEST_DEBIAN")
    tree = Path(kept) if kept else folder / "debian"
    if not tree.exists():
        _on_this_machine("debootstrap", "--variant=minbase", f"--include={PACKAGES}", RELEASE, tree)
        _on_this_machine("git", "init", "--quiet", _project(tree))
    for step in (
        ("fetch", "--quiet", PROJECT, "HEAD"),
        ("reset", "--quiet", "--hard", "FETCH_HEAD"),
    ):
        _on_this_machine("git", *ANYBODYS, "-C", _project(tree), *step)
    machine = Machine(tree, "debian")  # on this machine's network, for its packages
    machine.boot()
    try:
        machine.run("id preau || useradd --system --create-home --shell /bin/bash preau")
        machine.run(f"{_authority(tree)} bash deploy/bootstrap.sh cluster")
        machine.run(f"chown -R root: {PLACE}")  # nobody of the town changes what it runs
        # It waits for a network card that a container on a network of its own does not have.
        machine.run("systemctl mask systemd-networkd-wait-online.service")
    finally:
        machine.off()
    return tree


def _project(tree: Path) -> Path:
    return tree / PLACE.lstrip("/")


def _on_this_machine(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


@contextmanager
def two_networks(first: str, second: str, *places: str) -> Iterator[list[str]]:
    """Give two networks with a cable between them, as what two machines are to be on."""
    names = (first, second)
    try:
        for name in names:
            _on_this_machine("ip", "netns", "add", name)
        _on_this_machine(
            *("ip", "-n", first, "link", "add", "cable", "type", "veth"),
            *("peer", "name", "cable", "netns", second),
        )
        for name, place in zip(names, places, strict=True):
            _on_this_machine("ip", "-n", name, "address", "add", f"{place}/24", "dev", "cable")
            for device in ("lo", "cable"):
                _on_this_machine("ip", "-n", name, "link", "set", device, "up")
        yield [f"--network-namespace-path=/run/netns/{name}" for name in names]
    finally:
        for name in names:
            _on_this_machine("ip", "netns", "delete", name)


@contextmanager
def over(tree: Path, folder: Path) -> Iterator[Path]:
    """Give a tree of its own that begins as another one."""
    upper, work, merged = folder / "upper", folder / "work", folder / "merged"
    for each in (upper, work, merged):
        each.mkdir(parents=True)
    layers = f"lowerdir={tree},upperdir={upper},workdir={work}"
    subprocess.run(["mount", "-t", "overlay", "overlay", "-o", layers, str(merged)], check=True)
    try:
        yield merged
    finally:
        subprocess.run(["umount", str(merged)], check=True)
        shutil.rmtree(folder)


def _authority(tree: Path) -> str:
    """Let pip trust whom it trusts here: a town's network may have an authority of its own."""
    here = os.environ.get("PIP_CERT")
    if not here:
        return ""
    place = "etc/ssl/authority.pem"
    shutil.copyfile(here, tree / place)
    return f"PIP_CERT=/{place}"
