"""Files of another software, read by a mapping, for tests of imports."""

from datetime import date
from pathlib import Path
from typing import Any

from deploy.importing.whole_file import Read, read_file

SAMPLES = Path(__file__).resolve().parents[2] / "deploy" / "towns" / "imports"
TODAY = date(2026, 11, 26)
FAMILIES = """
of: families
source: ardoise
columns:
  household: foyer
  guardian_1: parent
  child: enfant
  first_name: prénom
  last_name: nom
  birth_date: né le
"""


def sample(name: str) -> Read:
    [file] = (
        SAMPLES / f"{name}{end}" for end in (".csv", ".xlsx") if (SAMPLES / f"{name}{end}").exists()
    )
    return read_file(file, SAMPLES / f"{name}.yaml", TODAY)


def read(tmp_path: Path, rows: str, mapping: str = FAMILIES, **more: Any) -> Read:
    """Read rows as they are typed, with commas."""
    (tmp_path / "file.csv").write_text(rows, "utf-8")
    (tmp_path / "mapping.yaml").write_text(mapping, "utf-8")
    return read_file(tmp_path / "file.csv", tmp_path / "mapping.yaml", TODAY, **more)


def said(found: Read) -> list[tuple[int, str, str]]:
    return [(each.line, each.field, each.text) for each in found.problems]
