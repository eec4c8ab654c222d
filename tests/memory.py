"""The folder that tests write to: in memory where there is room, for nothing outlives a run."""

import os
import shutil

ROOM = 4 * 2**30
"""Bytes that thousands of databases, made and dropped one after the other, may need at once."""


def memory() -> str | None:
    """
    Return a folder in memory where there is room, else None: the usual one on the disk.

    A disk's file system takes ever longer to make and drop databases by the thousand.
    """
    shm = "/dev/shm"
    free = shutil.disk_usage(shm).free if os.access(shm, os.W_OK) else 0
    return shm if free >= ROOM else None
