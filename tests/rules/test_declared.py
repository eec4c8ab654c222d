"""Declarations of the code are kept beside it, and asked of it anew when it is another one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.instance.instance import PROJECT
from deploy.register.cached_declarations import cached_declarations, digest_of_code
from deploy.services import declarations_in_code


def test_what_was_kept_is_what_the_code_declares_in_the_same_order(tmp_path: Path) -> None:
    kept = tmp_path / "kept.json"

    first, again = cached_declarations(kept), cached_declarations(kept)

    assert first == again == declarations_in_code()
    assert len(first) > 200


def test_it_is_found_without_importing_a_service(tmp_path: Path) -> None:
    kept = tmp_path / "kept.json"
    cached_declarations(kept)
    program = (
        "import sys; from pathlib import Path;"
        "from deploy.register.cached_declarations import cached_declarations;"
        f"kept = Path({str(kept)!r});"
        "print(len(cached_declarations(kept)), 'services.dossier.service' in sys.modules)"
    )

    said = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout.split()

    assert said == [str(len(declarations_in_code())), "False"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"code": 1}'])
def test_what_cannot_be_read_is_written_anew(tmp_path: Path, content: str) -> None:
    kept = tmp_path / "kept.json"
    kept.write_text(content, "utf-8")

    assert cached_declarations(kept) == declarations_in_code()
    assert json.loads(kept.read_text("utf-8"))["declarations"]


def test_what_another_code_declared_counts_for_nothing(tmp_path: Path) -> None:
    kept = tmp_path / "kept.json"
    kept.write_text(json.dumps({"code": "0" * 64, "declarations": []}), "utf-8")

    assert cached_declarations(kept) == declarations_in_code()


def test_a_file_that_changed_is_another_code_whatever_its_time_and_size(tmp_path: Path) -> None:
    folder = tmp_path / "services"
    folder.mkdir()
    one = folder / "one.py"
    one.write_text("callers = 'ens'", "utf-8")
    os.utime(one, (1, 1))
    before = digest_of_code([folder])

    one.write_text("callers = 'agg'", "utf-8")
    os.utime(one, (1, 1))

    assert digest_of_code([folder]) != before
    one.rename(folder / "two.py")
    assert digest_of_code([folder]) != before
