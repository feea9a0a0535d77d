"""Plain shortest paths and ties split, for the kernel to be held against."""

import heapq
from fractions import Fraction


def cheapest(arcs: list[tuple[int, int, int, int]], origin: int, limit: int) -> tuple[dict[int, int], dict[int, int]]:
    """Costs and numbers of shortest paths; arcs are (tail, head, cost, link)."""
    cost, paths, done, heap = {origin: 0}, {origin: 1}, set(), [(0, origin)]
    while heap:
        here, node = heapq.heappop(heap)
        if node in done:
            continue
        done.add(node)
        for tail, head, price, _ in arcs:
            if tail != node or here + price > limit:
                continue
            if head not in cost or here + price < cost[head]:
                cost[head], paths[head] = here + price, paths[node]
                heapq.heappush(heap, (here + price, head))
            elif here + price == cost[head]:
                paths[head] += paths[node]
    return cost, paths


def flows(
    arcs: list[tuple[int, int, int, int]], trips: dict[tuple[int, int], float], limit: int
) -> tuple[dict[int, Fraction], Fraction]:
    """Flow per link, each pair alone, by walking back from the destination; and the trips with no path."""
    loaded: dict[int, Fraction] = {}
    unreached = Fraction(0)
    for (origin, destination), amount in trips.items():
        cost, paths = cheapest(arcs, origin, limit)
        if destination not in cost:
            unreached += Fraction(amount)
            continue
        share = {destination: Fraction(amount)}
        for node in sorted(cost, key=lambda node: -cost[node]):
            for tail, head, price, link in arcs:
                if head == node and node in share and tail in cost and cost[tail] + price == cost[node]:
                    part = share[node] * Fraction(paths[tail], paths[node])
                    share[tail] = share.get(tail, Fraction(0)) + part
                    loaded[link] = loaded.get(link, Fraction(0)) + part
    return loaded, unreached
