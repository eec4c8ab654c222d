"""
The software bill of materials of a town, in CycloneDX's format: `make sbom`.

Packages, versions and digests are those of the lock; licences and what needs what are read from the
packages as they are installed. Debian's packages are in Debian's own lists.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from packaging.utils import canonicalize_name

from deploy.releases.requirements.locked_packages import RUN
from shared.json_values import JsonObject

PROJECT = Path(__file__).resolve().parents[3] / "pyproject.toml"
MAKER = [sys.executable, "-m", "cyclonedx_py"]
OPTIONS = ["--output-reproducible", "--no-validate", "--output-file", "-"]

Bill = JsonObject
"""A document of CycloneDX 1.6."""


def bill_of_materials() -> Bill:
    """Return the bill: one component for each package of the lock, and Préau above them."""
    locked = _run_bill_maker("requirements", str(RUN), "--pyproject", str(PROJECT))
    installed = _run_bill_maker("environment", sys.executable, "--pyproject", str(PROJECT))
    known = {_name_with_version(component): component for component in installed["components"]}
    for component in locked["components"]:
        component["bom-ref"] = _name_with_version(component)
        component.pop("description", None)  # the line of the lock, with all its digests again
        if licenses := known.get(_name_with_version(component), {}).get("licenses"):
            component["licenses"] = licenses
    locked["dependencies"] = list(_dependencies(locked, installed))
    return locked


def bill_as_text(bill: Bill) -> str:
    """Return a bill as it is written."""
    return json.dumps(bill, indent=1, sort_keys=True) + "\n"


def _name_with_version(component: Bill) -> str:
    return f"{canonicalize_name(component['name'])}=={component['version']}"


def _dependencies(locked: Bill, installed: Bill) -> Iterator[Bill]:
    """Yield what needs what, as far as it is in the lock."""
    refs = {each["bom-ref"]: _name_with_version(each) for each in installed["components"]}
    root = locked["metadata"]["component"]["bom-ref"]
    refs[installed["metadata"]["component"]["bom-ref"]] = root
    listed = {root, *(each["bom-ref"] for each in locked["components"])}
    for row in installed["dependencies"]:
        if refs[row["ref"]] in listed:
            needed = {refs[each] for each in row.get("dependsOn", ())} & listed
            yield {"ref": refs[row["ref"]], "dependsOn": sorted(needed)}


def _run_bill_maker(*arguments: str) -> Bill:
    done = subprocess.run(
        [*MAKER, *arguments, *OPTIONS],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    bill: Bill = json.loads(done.stdout)
    return bill


def main(path: Path) -> None:
    """Write the bill to a file."""
    bill = bill_of_materials()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(bill_as_text(bill), "utf-8")
    unlicensed = [each["name"] for each in bill["components"] if "licenses" not in each]
    print(f"{path}: {len(bill['components'])} packages.")
    if unlicensed:
        print(f"Without a licence in their own words: {', '.join(unlicensed)}.")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
