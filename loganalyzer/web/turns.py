"""Whose turn it is: addresses take turns, and sessions behind one address; a session's own tasks come in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loganalyzer.web.entry import Client, Task


class Turns:
    """Remembers who was served when."""

    def __init__(self) -> None:
        self._count = 0
        self._addresses: dict[str, int] = {}
        self._clients: dict[Client, int] = {}

    def served(self, client: Client) -> None:
        """Note that ``client`` had its turn."""
        self._count += 1
        self._addresses[client.address] = self._count
        self._clients[client] = self._count

    def order(self, waiting: Sequence[Task]) -> Iterator[Task]:
        """Yield the tasks that wait (in the order in which they came) in the order in which they will be served."""
        self._forget(waiting)
        count, addresses, clients = self._count, dict(self._addresses), dict(self._clients)
        queues: dict[Client, list[Task]] = {}
        for task in waiting:
            queues.setdefault(task.client, []).append(task)
        while queues:
            client = min(
                queues, key=lambda one: (addresses.get(one.address, 0), clients.get(one, 0), queues[one][0].number)
            )
            count += 1
            addresses[client.address] = clients[client] = count
            yield queues[client].pop(0)
            if not queues[client]:
                del queues[client]

    def _forget(self, waiting: Sequence[Task]) -> None:
        """Forget, when nobody waits, whose turn it was: the next ones are all equal."""
        if not waiting:
            self._addresses.clear()
            self._clients.clear()
