"""A graph as the kernel reads it: costs, ends and links of arcs packed into few numbers."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

AT_ONCE = 3  # arcs of a node: as many as most have, or more
_BUCKETS_PER_ARC = 1.5
_LOW = 0xFFFFFFFF
_Integers = NDArray[np.int64]


class Arcs(NamedTuple):
    """A graph as the kernel reads it: rows of arcs by tail node, two 32-bit numbers to an entry.

    `first`: nodes + 1; `ahead`: cost and head of each arc, and some entries more that are looked at and not used;
    `behind`: link and tail of each arc; `shift`: buckets are 2**shift ms wide; `last`: their number less one; `links`:
    how many there are.
    """

    first: NDArray[np.int32]
    ahead: _Integers
    behind: _Integers
    shift: int
    last: int
    links: int


def pack(first: _Integers, head: _Integers, cost_ms: _Integers, link: _Integers) -> Arcs:
    """Pack a graph; a bucket is less wide than a usual arc, and the ring spans the longest arc."""
    ahead, behind, *sums = _packed(first, head, cost_ms, link)
    total, longest, links = (int(value) for value in sums)  # numpy's own where nothing is compiled
    usual = total / len(cost_ms) if len(cost_ms) else 1.0
    shift = max(int(math.log2(max(usual / _BUCKETS_PER_ARC, 1.0))), (longest >> 16).bit_length())
    last = (1 << ((longest >> shift) + 2).bit_length()) - 1
    return Arcs(first.astype(np.int32), ahead, behind, shift, last, links)


@njit(cache=True, nogil=True)
def _packed(first, head, cost_ms, link):
    """Return both numbers of each arc; the sum and the largest of all costs (one at least); the number of links."""
    ahead, behind = np.empty(len(head) + AT_ONCE, np.int64), np.empty(len(head), np.int64)
    ahead[len(head) :] = 0
    total, longest, most = 0, 1, -1
    for node in range(len(first) - 1):
        for place in range(first[node], first[node + 1]):
            arc = np.uint64(place)
            ahead[arc] = (np.int64(cost_ms[arc]) << 32) | head[arc]
            behind[arc] = (np.int64(link[arc]) << 32) | node
            total, longest, most = total + cost_ms[arc], max(longest, cost_ms[arc]), max(most, link[arc])
    return ahead, behind, total, longest, most + 1


def turned(graph: Arcs) -> Arcs:
    """Turn every arc round; arcs into a node keep their order."""
    first, ahead, behind = _turned(graph)
    return graph._replace(first=first, ahead=ahead, behind=behind)


@njit(cache=True, nogil=True)
def _turned(graph):
    number = len(graph.behind)
    first, ahead, behind = np.zeros_like(graph.first), np.zeros_like(graph.ahead), np.empty_like(graph.behind)
    for arc in range(number):
        first[graph.ahead[arc] & _LOW] += 1
    end = 0
    for node in range(len(first)):
        end += first[node]
        first[node] = end - first[node]
    for arc in range(number):
        step, back = graph.ahead[arc], graph.behind[arc]
        place = first[step & _LOW]
        first[step & _LOW] = place + 1
        ahead[place] = (step >> 32 << 32) | (back & _LOW)
        behind[place] = (back >> 32 << 32) | (step & _LOW)
    first[1:] = first[:-1].copy()
    first[0] = 0
    return first, ahead, behind
