"""The one page of metrics of a town: what stands on it, what does not, and the alerts it feeds."""

import math
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import requests
import yaml

from deploy.doctor.certificates import NOTICE
from deploy.doctor.host import (
    BACKUP_SECONDS,
    BUSY_PROCESSOR,
    TIGHT_BYTES,
    TIGHT_INODES,
    TIGHT_MEMORY,
)
from deploy.engines.rabbitmq_node import FREE_DISK_LIMIT
from deploy.instance.instance import PROJECT
from deploy.metrics.summed_process_metrics import Counted
from deploy.metrics.town_metrics import DESCRIPTIONS, LABELS
from deploy.services import SPECS
from shared.contracts.errors import Refusal
from shared.runtime.gunicorn_hooks import FOLDER, child_exit
from shared.runtime.metrics import files_refused, too_large
from tests.journeys.bus import until
from tests.journeys.town import DemoTown

MONITORING = PROJECT / "deploy" / "metrics"
ALERTS = (MONITORING / "alerts.yml").read_text("utf-8")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7")


def scraped(town: DemoTown) -> str:
    answer = requests.get(town.instance.metrics_url, timeout=10)
    assert answer.status_code == 200
    return answer.text


def value(page: str, sample: str) -> float:
    """Return one sample, written as `name{label="…"}`."""
    [line] = [line for line in page.splitlines() if line.startswith(f"{sample} ")]
    return float(line.rsplit(" ", 1)[1])


def test_every_metric_that_an_alert_names_stands_on_the_page(small_town: DemoTown) -> None:
    requests.get(f"{small_town.portal}/connexion", timeout=10)
    until(lambda: "preau_published_to_handled_seconds_bucket" in scraped(small_town))
    page = scraped(small_town)

    named = set(re.findall(r"preau_\w+", "\n".join(expressions())))

    assert len(named) > 12
    missing = {name for name in named if not re.search(rf"^{name}[{{ ]", page, re.MULTILINE)}
    assert missing <= COUNTED_WHEN_IT_HAPPENS


def test_the_page_says_who_answers_and_what_waits(small_town: DemoTown) -> None:
    consumers = 'preau_queue_consumers{queue="in.billing.events"}'
    until(lambda: value(scraped(small_town), consumers))  # the broker counts every five seconds
    page = scraped(small_town)

    assert value(page, "preau_broker_up") == 1
    assert value(page, 'preau_service_up{principal="dossier"}') == 1
    assert value(page, 'preau_process_running{process="portal_web"}') == 1
    assert value(page, 'preau_dead_letters{principal="enrolment_ens"}') == 0
    assert value(page, consumers) == 1
    assert value(page, 'preau_replica_lag_seconds{principal="dossier",provider="ens"}') == 0
    assert value(page, 'preau_payment_oldest_seconds{principal="billing"}') == 0


def test_pages_and_requests_are_counted_by_endpoint_method_and_code(small_town: DemoTown) -> None:
    form = 'preau_pages_total{endpoint="sign_in.show",principal="portal",status="200"}'
    requests.get(f"{small_town.portal}/connexion", timeout=10)
    before = value(scraped(small_town), form)

    for _ in range(3):
        requests.get(f"{small_town.portal}/connexion", timeout=10)
    page = scraped(small_town)

    assert value(page, form) == before + 3
    health = 'preau_answers_total{method="measure",outcome="done",principal="dossier"}'
    assert value(page, health) > 0


def test_no_label_is_of_a_family_a_person_or_a_child(small_town: DemoTown) -> None:
    assert UUID.search(scraped(small_town)) is None


def test_the_page_listens_on_this_machine_alone(small_town: DemoTown) -> None:
    port = small_town.instance.metrics_port
    rows = Path("/proc/net/tcp").read_text().splitlines()[1:]
    listening = [row.split()[1] for row in rows if row.split()[3] == "0A"]

    assert [each.split(":")[0] for each in listening if each.endswith(f":{port:04X}")] == [
        "0100007F"
    ]


# Alerts

COUNTED_WHEN_IT_HAPPENS = {
    f"{too_large._name}_total",
    f"{files_refused._name}_total",
    "preau_antivirus_up",
    "preau_certificate_ends_seconds",
    "preau_backup_age_seconds",
    "preau_backup_disk_free_bytes",
    "preau_backup_bytes",
    "preau_fund_refused",
}
"""A healthy town of yesterday without addresses, antivirus or API Particulier has none of it."""


def limit(alert: str) -> float:
    """Return the figure from which on an alert is given: a product, or a number."""
    rules = [rule for group in yaml.safe_load(ALERTS)["groups"] for rule in group["rules"]]
    [expression] = [rule["expr"] for rule in rules if rule["alert"] == alert]
    factors = re.split(r"[<>]", expression)[-1].split("*")
    return math.prod(float(factor) for factor in factors)


def test_alerts_on_the_ground_are_given_where_the_doctor_speaks_and_before_it_hurts() -> None:
    assert limit("PreauDiskTight") == TIGHT_BYTES > limit("PreauDiskFillsWithinADay")
    assert limit("PreauDiskFillsWithinADay") == FREE_DISK_LIMIT
    assert limit("PreauDiskFilesTight") == TIGHT_INODES
    assert limit("PreauProcessorsBusy") == BUSY_PROCESSOR
    assert limit("PreauMemoryTight") == TIGHT_MEMORY
    assert limit("PreauCertificateEnds") == NOTICE.total_seconds()
    assert limit("PreauBackupOld") == BACKUP_SECONDS


def test_the_page_says_on_what_the_town_stands(small_town: DemoTown) -> None:
    page = scraped(small_town)

    assert value(page, f'preau_disk_free_bytes{{place="{small_town.instance.home}"}}') > 0
    assert value(page, f'preau_disk_free_files{{place="{small_town.instance.home}"}}') > 0
    assert value(page, "preau_processor_load") > 0
    assert value(page, "preau_memory_available_bytes") > 0
    assert value(page, 'preau_engine_up{engine="broker"}') == 1
    assert value(page, 'preau_engine_restarts{engine="broker"}') >= 0


def expressions() -> list[str]:
    groups = yaml.safe_load(ALERTS)["groups"]
    return [rule["expr"] for group in groups for rule in group["rules"]]


def test_the_alerts_name_only_codes_that_there_are() -> None:
    [failed] = re.findall(r'outcome="(\w+)"', ALERTS)
    [unanswered] = re.findall(r'outcome=~"([\w|]+)"', ALERTS)

    assert {failed, *unanswered.split("|")} <= set(Refusal.known)


@pytest.mark.skipif(not shutil.which("promtool"), reason="Debian's promtool is not installed")
def test_promtool_takes_configuration_and_alerts() -> None:
    command = ["promtool", "check", "config", str(MONITORING / "prometheus.yml")]

    assert subprocess.run(command, capture_output=True).returncode == 0


def test_every_measure_of_a_service_is_explained_on_the_page() -> None:
    assert set(LABELS) <= set(DESCRIPTIONS)
    written = [path.read_text("utf-8") for path in (PROJECT / "services").rglob("metrics.py")]
    names = set(re.findall(r'Metric\("(\w+)"', "".join(written)))
    queues = set(re.findall(r'waiting\("(\w+)"', "".join(written)))

    assert len(written) >= 3 and len(SPECS) > 3
    assert names | {f"{each}_waiting" for each in queues} <= set(DESCRIPTIONS)


# Adding up

COUNT = (
    "from shared.runtime.metrics import events, open_pages; events.labels('p', 'handled').inc({}); "
)
OPEN = "open_pages.labels('p').inc(2); print(__import__('os').getpid())"


def count_in(folder: Path, number: int) -> int:
    """Let a process count and end; return its pid."""
    done = subprocess.run(
        [sys.executable, "-c", COUNT.format(number) + OPEN],
        cwd=PROJECT,
        env={**os.environ, FOLDER: str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout)


def sums(folder: Path) -> dict[str, float]:
    return {
        sample.name: sample.value
        for metric in Counted(folder).collect()
        for sample in metric.samples
    }


def test_what_ended_processes_counted_is_kept_and_added_up(tmp_path: Path) -> None:
    count_in(tmp_path / "desk_ens", 3)
    count_in(tmp_path / "desk_agg", 4)

    assert sums(tmp_path)["preau_events_total"] == 7


def test_a_worker_that_is_gone_holds_no_page_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Worker:
        pid = count_in(tmp_path / "portal_live", 1)

    monkeypatch.setenv(FOLDER, str(tmp_path / "portal_live"))
    assert sums(tmp_path)["preau_open_pages"] == 2

    child_exit(None, Worker())

    assert "preau_open_pages" not in sums(tmp_path)
    assert sums(tmp_path)["preau_events_total"] == 1
