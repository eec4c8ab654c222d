"""
Whether something was on its way at a moment, found out afterwards where the broker counts late.

What lies on several nodes of a broker is counted by its leader every five seconds: nobody can say
how much it is now. But what was told before the moment, and is heard after it, shows by its id.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from deploy.backups.kinds import Opened
from shared.ids import made_at

FIGURES_SECONDS = 11.0
"""A figure of the broker is of the last so many seconds: two of its rounds."""

SKEW_SECONDS = 2.0
"""How far apart the clocks of two hosts may be; more is asked for once more than it need be."""

LATELY = 5000
"""Most events of one service that are looked at."""

WAITING = "SELECT id FROM outbox"
HEARD = f"SELECT id FROM inbox ORDER BY received_at DESC LIMIT {LATELY}"


def late(databases: Mapping[str, Opened], moment: datetime) -> dict[str, int]:
    """
    Return how many events were told before a moment and heard after it, by who heard them.

    `databases` read that moment: the data of each principal. What waits in an outbox there is in
    the copy.
    """
    waiting = {id_ for each in databases.values() for id_ in _ids(each.reading, WAITING)}
    until = moment.timestamp() + SKEW_SECONDS
    found = {}
    for principal, each in databases.items():
        heard = _ids(each.present, HEARD) - _ids(each.reading, HEARD) - waiting
        found[principal] = sum((made_at(id_) or until) < until for id_ in heard)
    return {principal: count for principal, count in found.items() if count}


def _ids(connection: Any, query: str) -> set[str]:
    cursor = connection.cursor()
    try:
        cursor.execute(query)
        return {id_ for (id_,) in cursor.fetchall()}
    finally:
        cursor.close()
