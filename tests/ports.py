"""
The first port of a run of tests.

Several may run side by side, each some way from the others: PREAU_TEST_PORT_BASE says where, and
each worker of pytest-xdist counts on from there.
"""

import os

APART = 800
"""Ports between two runs: a town of journeys or of `tests/deploy` reaches 600 further."""

_worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
PORT_BASE = int(os.environ.get("PREAU_TEST_PORT_BASE", "9600")) + APART * int(_worker)
