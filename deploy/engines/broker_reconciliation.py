"""
Makes the broker hold what the register says, as a difference with explicit deletions.

Importing definitions only adds, and an old file brings a revoked binding back; so there is no file
to load: the register is compared with the broker itself, over its management interface. What comes
is imported by the hundred: queues, users with permissions, bindings. What goes is removed one by
one: bindings, permissions, connections, queues.
"""

import hashlib
from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import partial
from itertools import chain, groupby, islice
from math import inf
from time import monotonic, sleep
from urllib.parse import quote

from deploy.engines.broker_definitions import (
    USER_LIMITS,
    Change,
    Defined,
    binding_in_words,
    definition_of_binding,
    definition_of_exchange,
    definition_of_queue,
    definition_of_user,
)
from deploy.engines.broker_topology import (
    Binding,
    Exchange,
    Foreign,
    Permission,
    Queue,
    Topology,
    items_to_make_and_remove,
)
from deploy.engines.management_interface import (
    BrokerRefused,
    BrokerUnreachable,
    ManagementInterface,
)
from shared.json_values import JsonObject
from shared.register.queues import REQUESTS

HEARD_OF_SECONDS = 5.0
BUILT_IN = "amq."
DEFINED_TOGETHER = 500
"""Things that one request defines: the broker has them long before the administrator gives up."""


Step = tuple[list[Change], Callable[[], None]]
"""Changes, and the call that makes them."""


@dataclass(frozen=True)
class QueueState:
    """A queue as the broker last counted it, some seconds ago at most."""

    name: str
    messages: int
    consumers: int


class Broker:
    """
    One virtual host of a RabbitMQ node or cluster, seen by its administrator.

    Each node of a cluster has its management interface, in the order in which processes know the
    nodes: slots lie on these in turn.
    """

    def __init__(
        self,
        url: str,
        user: str,
        password: str,
        vhost: str,
        others: Sequence[str] = (),
        *,
        authority: str = "",
    ) -> None:
        self.interface = ManagementInterface((url, *others), user, password, authority=authority)
        self.vhost = vhost
        self._admin = user
        self._v = quote(vhost, safe="")

    def planned_changes(self, desired: Topology, passwords: Mapping[str, str]) -> list[Change]:
        """Return what `apply_topology` would do, without doing it."""
        return list(self._steps_to_topology(desired, passwords, execute=False))

    def apply_topology(self, desired: Topology, passwords: Mapping[str, str]) -> list[Change]:
        """
        Bring the virtual host to what is wanted; safe to repeat, and while services run.

        `passwords` are by user. Of what leaves go the bindings first, then permission and
        connections, then the queue with what is in it.
        """
        return list(self._steps_to_topology(desired, passwords, execute=True))

    def current_topology(self) -> Topology:
        """Return what the virtual host holds now, RabbitMQ's own things left out."""
        if not self.has_virtual_host():
            return Topology()
        return Topology(
            exchanges={
                Exchange(row["name"], row["type"], tuple(sorted(row["arguments"].items())))
                for row in self._list_of_kind("exchanges")
                if row["name"] and not row["name"].startswith(BUILT_IN)
            },
            queues={
                Queue(row["name"], tuple(sorted(row["arguments"].items())))
                for row in self.queue_descriptions()
            },
            bindings={
                Binding(
                    row["source"],
                    row["destination"],
                    row["routing_key"],
                    tuple(sorted(row["arguments"].items())),
                    row["destination_type"][0],
                )
                for row in self._list_of_kind("bindings")
                if row["source"]
            },
            permissions={
                Permission(row["user"], row["configure"], row["write"], row["read"])
                for row in self.interface.get_json(f"vhosts/{self._v}/permissions")
                if row["user"] != self._admin
            },
            foreign=self._find_foreign_things(),
        )

    def is_answering(self) -> bool:
        """Return whether any node lets the administrator in."""
        try:
            return bool(self.interface.request("GET", "whoami").ok)
        except BrokerUnreachable:
            return False

    def has_virtual_host(self) -> bool:
        """Return whether there is this virtual host."""
        return self.interface.request("GET", f"vhosts/{self._v}").status_code == 200

    def count_running_nodes(self) -> int:
        """Return how many nodes run."""
        return sum(bool(row.get("running")) for row in self.interface.get_json("nodes"))

    def queue_descriptions(self) -> list[JsonObject]:
        """Return each queue as the management interface describes it, with node and members."""
        return self._list_of_kind("queues")

    def count_consumers_by_queue(self) -> Counter[str]:
        """Return how many processes read from each queue, those that wait for their turn too."""
        return Counter(row["queue"]["name"] for row in self._list_of_kind("consumers"))

    def consumer_tags_by_queue(self) -> dict[str, list[str]]:
        """Return the tags of all who read from each queue."""
        found: dict[str, list[str]] = {}
        for row in self._list_of_kind("consumers"):
            found.setdefault(row["queue"]["name"], []).append(row["consumer_tag"])
        return found

    def count_messages_in(self, queue: str) -> int:
        """Return how many messages lie in a queue."""
        return int(
            self.interface.get_json(f"queues/{self._v}/{quote(queue, safe='')}").get("messages", 0)
        )

    def count_messages_by_queue(self) -> dict[str, int]:
        """
        Return how many messages lie in each queue, given to a consumer or not, asked of each now.

        Other figures of the management interface are up to five seconds old; so are these of what
        lies on several nodes.
        """
        rows = self.interface.get_json(
            f"queues/{self._v}?disable_stats=true&enable_queue_totals=true"
        )
        return {row["name"]: int(row["messages"]) for row in rows}

    def queues_with_counts(self) -> list[QueueState]:
        """Return each queue with what lies in it and how many read from it."""
        return [
            QueueState(row["name"], int(row.get("messages") or 0), int(row.get("consumers") or 0))
            for row in self.queue_descriptions()
        ]

    def active_alarms(self) -> list[str]:
        """Return why the broker takes no message just now: `disk`, `memory`, or nothing."""
        found = {"disk": "disk_free_alarm", "memory": "mem_alarm"}
        nodes = self.interface.get_json("nodes")
        return [word for word, name in found.items() if any(node.get(name) for node in nodes)]

    def time_of_node(self) -> datetime:
        """Return what the clock of a node says, to the second; raises BrokerUnreachable."""
        answer = self.interface.request("GET", "whoami")
        return parsedate_to_datetime(answer.headers["date"])

    def close_connections(self, user: str, before: datetime | None = None) -> int:
        """Close every connection of a user, or those begun before; return how many there were."""
        until = before.timestamp() * 1000 if before else inf
        names = [
            row["name"]
            for row in self.interface.get_json("connections")
            if row.get("user") == user and row.get("connected_at", 0) < until
        ]
        for name in names:
            self.interface.send_change(
                "DELETE", f"connections/{quote(name, safe='')}", missing_ok=True
            )
        return len(names)

    def _steps_to_topology(
        self, desired: Topology, passwords: Mapping[str, str], *, execute: bool
    ) -> Iterator[Change]:
        """Yield each change in the order in which it is made, once it is made."""
        found = self.current_topology()
        new_queues, old_queues = items_to_make_and_remove(desired.queues, found.queues)
        remade = {queue.name for queue in old_queues} & {queue.name for queue in new_queues}
        if execute:
            self._refuse_to_lose(remade)
            self._make_vhost()
        remaining = {each for each in found.bindings if each.queue not in remade}
        new_bindings, old_bindings = items_to_make_and_remove(desired.bindings, remaining)
        steps = chain(
            self._steps_of_removal(desired, found, old_bindings, old_queues),
            self._steps_of_addition(desired, found, passwords, new_queues, new_bindings),
        )
        made = False
        for changes, make in steps:
            if execute:
                make()
            made = True
            yield from changes
        if execute and made:
            self._refuse_to_lack_any_of(desired, passwords)

    def _steps_of_removal(
        self,
        desired: Topology,
        found: Topology,
        bindings: Iterable[Binding],
        queues: Iterable[Queue],
    ) -> Iterator[Step]:
        for binding in bindings:
            yield [Change("unbind", binding_in_words(binding))], partial(self.unbind, binding)
        _, old_permissions = items_to_make_and_remove(desired.permissions, found.permissions)
        kept = {permission.user for permission in desired.permissions}
        for user in sorted({permission.user for permission in old_permissions} - kept):
            yield [Change("revoke", f"user {user}")], partial(self._revoke_user, user)
        for queue in queues:
            yield [Change("delete", f"queue {queue.name}")], partial(self._drop_queue, queue)
        for exchange in items_to_make_and_remove(desired.exchanges, found.exchanges)[1]:
            change = Change("delete", f"exchange {exchange.name}")
            yield [change], partial(self._drop_exchange, exchange)

    def _steps_of_addition(
        self,
        desired: Topology,
        found: Topology,
        passwords: Mapping[str, str],
        queues: Iterable[Queue],
        bindings: Iterable[Binding],
    ) -> Iterator[Step]:
        exchanges = items_to_make_and_remove(desired.exchanges, found.exchanges)[0]
        yield from self._steps_of_definition("exchanges", map(definition_of_exchange, exchanges))
        for node, placed in groupby(sorted(queues, key=self._node_of_queue), self._node_of_queue):
            yield from self._steps_of_definition(
                "queues", map(definition_of_queue, placed), node=node
            )
        changed = self._users_to_define(desired, passwords)
        yield from self._steps_of_definition(
            "users",
            (definition_of_user(each, passwords[each]) for each in changed),
            everywhere=True,
        )
        permissions = items_to_make_and_remove(desired.permissions, found.permissions)[0]
        yield from self._steps_of_definition(
            "permissions", map(self._defined_permission, permissions), everywhere=True
        )
        for thing in sorted(found.foreign, key=repr):
            change = Change("remove", f"{thing.kind} {thing.name}")
            yield [change], partial(self._remove_foreign_thing, thing)
        yield from self._steps_of_definition("bindings", map(definition_of_binding, bindings))

    def _steps_of_definition(
        self, kind: str, added: Iterable[Defined], *, everywhere: bool = False, node: int = 0
    ) -> Iterator[Step]:
        """Yield imports of things of a kind: of the virtual host's, or of the whole broker's."""
        path = "definitions" if everywhere else f"definitions/{self._v}"
        rest = iter(added)
        while together := list(islice(rest, DEFINED_TOGETHER)):
            body = {kind: [definition for _, definition in together]}
            make = partial(self.interface.send_change, "POST", path, body, node=node)
            yield [change for change, _ in together], make

    def _drop_exchange(self, exchange: Exchange) -> None:
        self.interface.send_change(
            "DELETE", f"exchanges/{self._v}/{exchange.name}", missing_ok=True
        )

    def _refuse_to_lose(self, remade: set[str]) -> None:
        """
        Raise BrokerRefused for a queue to be made anew that holds messages: they would be lost.

        Requests need not: who asked waits for seconds, and may ask again.
        """
        for name in remade:
            if REQUESTS not in name and self.count_messages_in(name):
                raise BrokerRefused(f"{name} changes its form and is not empty: drain it first")

    def _refuse_to_lack_any_of(self, desired: Topology, passwords: Mapping[str, str]) -> None:
        """
        Raise BrokerRefused where something is lacking: what cannot be defined is left out unsaid.

        A node of several may hear a moment later of what was defined at another.
        """
        deadline = monotonic() + HEARD_OF_SECONDS
        while lacking := self._things_not_taken(desired, passwords):
            if monotonic() > deadline:
                raise BrokerRefused(f"The broker did not take {min(map(repr, lacking))}")
            sleep(0.1)

    def _things_not_taken(self, desired: Topology, passwords: Mapping[str, str]) -> set[object]:
        users = (f"user {each}" for each in self._users_to_define(desired, passwords))
        return {*desired.items_not_in(self.current_topology()), *users}

    def _make_vhost(self) -> None:
        if not self.has_virtual_host():
            self.interface.send_change(
                "PUT", f"vhosts/{self._v}", {"default_queue_type": "classic"}
            )
        admin = quote(self._admin, safe="")
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        self.interface.send_change("PUT", f"permissions/{self._v}/{admin}", everything)

    def remove_vhost(self) -> None:
        """Delete the virtual host with all that is in it."""
        self.interface.send_change("DELETE", f"vhosts/{self._v}", missing_ok=True)

    def _node_of_queue(self, queue: Queue) -> int:
        """Return which node a queue is made at; a slot's lies there alone."""
        return (queue.number_of_slot or 0) % len(self.interface.urls)

    def _drop_queue(self, queue: Queue) -> None:
        self.interface.send_change("DELETE", f"queues/{self._v}/{queue.name}", missing_ok=True)

    def drop_queue(self, name: str) -> None:
        """Delete a queue with what is in it."""
        self._drop_queue(Queue(name, ()))

    def bind(self, binding: Binding) -> None:
        """Lead messages of an exchange to a queue or to another exchange."""
        for _, make in self._steps_of_definition("bindings", [definition_of_binding(binding)]):
            make()

    def unbind(self, binding: Binding) -> None:
        """Take a queue or an exchange off another; what lies in it stays."""
        path = f"bindings/{self._v}/e/{binding.exchange}/{binding.to}/{binding.queue}"
        for row in self.interface.get_json(path):
            same = tuple(sorted(row["arguments"].items())) == binding.arguments
            if row["routing_key"] == binding.key and same:
                properties = quote(row["properties_key"], safe="")
                self.interface.send_change("DELETE", f"{path}/{properties}", missing_ok=True)

    def _defined_permission(self, permission: Permission) -> Defined:
        return Change("permit", permission.user), {"vhost": self.vhost, **asdict(permission)}

    def _revoke_user(self, user: str) -> None:
        self.interface.send_change("DELETE", f"permissions/{self._v}/{user}", missing_ok=True)
        self.close_connections(user)
        if not self.interface.get_json(f"users/{user}/permissions"):
            self.interface.send_change("DELETE", f"users/{user}", missing_ok=True)

    def _users_to_define(self, desired: Topology, passwords: Mapping[str, str]) -> list[str]:
        """Return the users who are not there, or with another password, or under other limits."""
        kept = self._password_hashes()
        limits = {row["user"]: row["value"] for row in self.interface.get_json("user-limits")}
        return [
            user
            for user in sorted({permission.user for permission in desired.permissions})
            if not _is_password(passwords[user], kept.get(user)) or limits.get(user) != USER_LIMITS
        ]

    def _password_hashes(self) -> dict[str, bytes]:
        """Return by user what the broker keeps of a password."""
        return {
            row["name"]: b64decode(row["password_hash"]) for row in self.interface.get_json("users")
        }

    def _find_foreign_things(self) -> set[Foreign]:
        tagged = {
            Foreign("tags of user", row["name"])
            for row in self.interface.get_json("users")
            if row["tags"] and row["name"] != self._admin
        }
        policies = {Foreign("policy", row["name"]) for row in self._list_of_kind("policies")}
        topics = {
            Foreign("topic permissions of", row["user"])
            for row in self.interface.get_json(f"vhosts/{self._v}/topic-permissions")
        }
        return tagged | policies | topics

    def _remove_foreign_thing(self, thing: Foreign) -> None:
        name = quote(thing.name, safe="")
        if thing.kind == "policy":
            self.interface.send_change("DELETE", f"policies/{self._v}/{name}", missing_ok=True)
        elif thing.kind == "topic permissions of":
            self.interface.send_change(
                "DELETE", f"topic-permissions/{self._v}/{name}", missing_ok=True
            )
        else:
            stored = self.interface.get_json(f"users/{name}")
            kept = {key: stored[key] for key in ("password_hash", "hashing_algorithm")}
            self.interface.send_change("PUT", f"users/{name}", {**kept, "tags": ""})
            self.close_connections(thing.name)

    def _list_of_kind(self, kind: str) -> list[JsonObject]:
        return list(self.interface.get_json(f"{kind}/{self._v}"))


def _is_password(password: str, kept: bytes | None) -> bool:
    """Return whether it is the password of which the broker keeps this: salt, and digest."""
    return kept is not None and kept[4:] == hashlib.sha256(kept[:4] + password.encode()).digest()
