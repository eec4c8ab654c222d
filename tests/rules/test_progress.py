"""Progress of a long job: written by the job, read by `preau status`, also of one that died."""

import multiprocessing
import os
import signal
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from deploy.instance import noted_job_progress
from deploy.instance.instance import Instance

LOADING = "loading"


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    instance = Instance(tmp_path / "var")
    instance.prepare_folders()
    return instance


def test_nothing_is_said_where_there_was_no_job(instance: Instance) -> None:
    assert noted_job_progress.read_progress(instance) is None


def test_a_job_says_where_it_is_and_that_it_is_done(instance: Instance) -> None:
    with noted_job_progress.report_job(instance, LOADING) as job:
        job.begin_stage("bills", 3, 6)
        job.show_step("bills ens", 1, 2)  # too soon after the stage to be kept

        under_way = noted_job_progress.read_progress(instance)

    assert under_way is not None
    assert under_way["state"] == noted_job_progress.RUNNING
    assert (under_way["stage"], under_way["at"], under_way["of"]) == ("bills", 3, 6)
    done = noted_job_progress.read_progress(instance)
    assert done is not None
    assert (done["state"], done["step"], done["done"]) == (noted_job_progress.DONE, "bills ens", 1)


def test_a_job_that_fails_has_broken_off(instance: Instance) -> None:
    with pytest.raises(ZeroDivisionError), noted_job_progress.report_job(instance, LOADING):
        raise ZeroDivisionError

    found = noted_job_progress.read_progress(instance)

    assert found is not None
    assert found["state"] == noted_job_progress.BROKEN_OFF


def test_there_is_one_job_at_a_time(instance: Instance) -> None:
    with (
        noted_job_progress.report_job(instance, LOADING),
        pytest.raises(noted_job_progress.JobUnderWay, match="preau status"),
        noted_job_progress.report_job(instance, LOADING),
    ):
        pass

    with noted_job_progress.report_job(instance, LOADING):
        pass


def test_a_job_that_was_killed_has_broken_off_where_it_was(instance: Instance) -> None:
    here, there = multiprocessing.Pipe()
    worker = multiprocessing.get_context("fork").Process(target=_work, args=(instance, there))
    worker.start()
    here.recv()
    running = noted_job_progress.read_progress(instance)

    os.kill(worker.pid or 0, signal.SIGKILL)
    worker.join()

    killed = noted_job_progress.read_progress(instance)
    assert running is not None and killed is not None
    assert running["pid"] == worker.pid
    assert running["state"] == noted_job_progress.RUNNING
    assert (killed["state"], killed["stage"]) == (noted_job_progress.BROKEN_OFF, "families")


def _work(instance: Instance, started: Connection) -> None:
    with noted_job_progress.report_job(instance, LOADING) as job:
        job.begin_stage("families", 1, 6)
        started.send("begun")
        started.recv()
