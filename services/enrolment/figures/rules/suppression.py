"""
Hides small numbers of a table with its totals, so that no shown number gives a hidden one away.

Pure. A number under five is hidden. Each hidden number then has to be uncertain to who knows every
shown one: one under five might be five or more, any other might be another one. What is not is
protected by hiding a neighbour, a total too where nothing else is left.

The table with its totals is a network: a row and a column are nodes, a number is what flows from
one to the other. A hidden number is uncertain if a flow leads around through other hidden ones.

Of a table that was shown before, what was hidden stays hidden: whoever kept it reads both. What was
shown and is the same now hides nothing from him, and is taken only where nothing else is left.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from heapq import heappop, heappush

LEAST_SHOWN = 5
COST_OF_TOTAL = 1_000_000
"""Hiding a total is worse than hiding any number of which it is the sum."""
COST_OF_KNOWN = 1_000 * COST_OF_TOTAL
"""Hiding a number that was shown before protects nothing from who kept it."""

Grid = Sequence[Sequence[int]]
Cell = tuple[int, int]
Node = tuple[str, int]
Arc = tuple[Node, Node]
Before = Mapping[Cell, int | None]
"""Numbers that a former table showed, None where hidden; new cells are absent."""


def table_with_totals(rows: Grid) -> list[list[int]]:
    """Return rows with their sums in a last column, and the sums of columns in a last row."""
    summed = [[*row, sum(row)] for row in rows]
    return [*summed, [sum(column) for column in zip(*summed, strict=True)]] if summed else []


def table_with_hidden_as_none(rows: Grid, before: Before | None = None) -> list[list[int | None]]:
    """Return a table with its totals, None where a number is hidden."""
    grid = table_with_totals(rows)
    hidden = hidden_cells(grid, before or {})
    return [
        [None if (at, nth) in hidden else number for nth, number in enumerate(row)]
        for at, row in enumerate(grid)
    ]


def hidden_cells(grid: Grid, before: Before) -> set[Cell]:
    """Return which numbers of a table with totals are hidden."""
    network = _Network(grid, before)
    waiting = deque(
        cell
        for cell in _cells_of_grid(grid)
        if (number := _number_of_cell(grid, cell)) < LEAST_SHOWN or before.get(cell, number) is None
    )
    for cell in waiting:
        network.hide(cell)
    while waiting:
        cell = waiting.popleft()
        while not network.is_uncertain(cell):
            for other in network.cheapest_protection(cell):
                network.hide(other)
                waiting.append(other)
    return network.hidden


def hidden_amounts(counts: Sequence[int], amounts: Sequence[int]) -> set[int]:
    """
    Return which amounts are hidden, by how many persons each is of: of few, and one that covers.

    Their sum may be known. So what is hidden of it is never of few alone, where one is of more: the
    smallest of those is hidden too. One that is nothing covers nothing: a price of 0 € is public.
    """
    few = {at for at, count in enumerate(counts) if count < LEAST_SHOWN}
    others = [at for at in range(len(counts)) if at not in few]
    if not few or not others:
        return few
    return few | {min(others, key=lambda at: (not amounts[at], counts[at]))}


def _cells_of_grid(grid: Grid) -> Iterator[Cell]:
    return ((row, column) for row in range(len(grid)) for column in range(len(grid[row])))


def _number_of_cell(grid: Grid, cell: Cell) -> int:
    return grid[cell[0]][cell[1]]


class _Network:
    """
    Rows and columns, and between them how much each hidden number may grow and shrink.

    A number grows without limit, and shrinks to nothing. Hiding more only adds to what the others
    may be: a number that is uncertain stays so.
    """

    def __init__(self, grid: Grid, before: Before) -> None:
        self.hidden: set[Cell] = set()
        self._grid, self._before = grid, before
        self._room: dict[Node, dict[Node, int]] = {}

    def hide(self, cell: Cell) -> None:
        """Let a number be any that the shown ones leave it."""
        tail, head = self._nodes_joined_by_cell(cell)
        self.hidden.add(cell)
        self._room.setdefault(tail, {})[head] = LEAST_SHOWN
        self._room.setdefault(head, {})[tail] = _number_of_cell(self._grid, cell)

    def is_uncertain(self, cell: Cell) -> bool:
        """
        Say whether who knows all that is shown knows neither this number nor that it is small.
        """
        number, (tail, head) = _number_of_cell(self._grid, cell), self._nodes_joined_by_cell(cell)
        if number < LEAST_SHOWN:
            return self._is_flow_possible(cell, head, tail, LEAST_SHOWN - number)
        return self._is_flow_possible(cell, head, tail, 1) or self._is_flow_possible(
            cell, tail, head, 1
        )

    def cheapest_protection(self, cell: Cell) -> list[Cell]:
        """Return what to hide so that a number may change: few and small ones, totals last."""
        tail, head = self._nodes_joined_by_cell(cell)
        known: dict[Node, int] = {}
        heap: list[tuple[int, Node, tuple[Cell, ...]]] = [(0, head, ())]
        while heap:
            cost, node, way = heappop(heap)
            if node == tail and way:
                return list(way)
            if node in known:
                continue
            known[node] = cost
            for other, between in self._neighbours_of_node(node):
                if between == cell or other in known:
                    continue
                if between not in self.hidden:
                    heappush(heap, (cost + self._cost_of_hiding(between), other, (*way, between)))
                elif self._room[node][other] > 0:
                    heappush(heap, (cost, other, way))
        shown = [other for other in _cells_of_grid(self._grid) if other not in self.hidden]
        return [min(shown, key=self._cost_of_hiding)]

    def _cost_of_hiding(self, cell: Cell) -> int:
        is_total = cell[0] == len(self._grid) - 1 or cell[1] == len(self._grid[0]) - 1
        number = _number_of_cell(self._grid, cell)
        known = COST_OF_KNOWN if self._before.get(cell) == number else 0
        return number + known + (COST_OF_TOTAL if is_total else 1)

    def _neighbours_of_node(self, node: Node) -> Iterator[tuple[Node, Cell]]:
        kind, at = node
        if kind == "row":
            return ((("column", nth), (at, nth)) for nth in range(len(self._grid[0])))
        return ((("row", row), (row, at)) for row in range(len(self._grid)))

    def _nodes_joined_by_cell(self, cell: Cell) -> Arc:
        """Return from which node to which a number flows; that of a total flows back."""
        row, column = ("row", cell[0]), ("column", cell[1])
        back = (cell[0] == len(self._grid) - 1) != (cell[1] == len(self._grid[0]) - 1)
        return (column, row) if back else (row, column)

    def _is_flow_possible(self, without: Cell, start: Node, end: Node, enough: int) -> bool:
        """Say whether so much flows from one node to another by changing other hidden numbers."""
        tail, head = self._nodes_joined_by_cell(without)
        forth, back = self._room[tail].pop(head), self._room[head].pop(tail)
        changed: list[tuple[Node, Node, int]] = []
        left = enough
        while left > 0 and (path := self._shortest_open_path(start, end)):
            amount = min(left, *(self._room[a][b] for a, b in path))
            for a, b in path:
                self._room[a][b] -= amount
                self._room[b][a] += amount
                changed.append((a, b, amount))
            left -= amount
        for a, b, amount in changed:
            self._room[a][b] += amount
            self._room[b][a] -= amount
        self._room[tail][head], self._room[head][tail] = forth, back
        return left <= 0

    def _shortest_open_path(self, start: Node, end: Node) -> list[Arc]:
        """Return a shortest way with room on each of its arcs; none where there is none."""
        came: dict[Node, Node] = {start: start}
        queue = deque([start])
        while queue and end not in came:
            node = queue.popleft()
            for other, left in self._room.get(node, {}).items():
                if left > 0 and other not in came:
                    came[other] = node
                    queue.append(other)
        path: list[Arc] = []
        while end in came and end != start:
            path.append((came[end], end))
            end = came[end]
        return path
