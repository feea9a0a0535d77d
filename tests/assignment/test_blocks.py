"""How origins are cut up and who computes them shows in no result."""

import threading

import numpy as np
import pytest

from movement.assignment import blocks, trees, weighted
from tests.assignment.planar import streets
from tests.assignment.test_trees import both_ways, load_pairs, make

ON = streets(900, seed=5).graph()
DEMAND = weighted.Demand(
    np.arange(0, 900, 3), 1 + np.arange(300) % 7 / 3, np.arange(900) % 5 * 1.0, np.exp(-np.arange(900) / 200), 1000
)
BLOCKS = blocks.number(300)


def part(begin, end):
    return blocks.BlockFlows(*blocks.nothing(end - begin, 1), begin)


@pytest.mark.parametrize("threads", ["1", "2", "5"])
@pytest.mark.parametrize("size", [1, 5, BLOCKS])
def test_chunks_and_threads_do_not_show_in_flows(monkeypatch, threads, size):
    whole = weighted.load_weighted(ON, DEMAND, cut_off_min=12)
    monkeypatch.setattr(blocks.config, "NUMBA_NUM_THREADS", int(threads))
    tasks = [(begin, min(begin + size, BLOCKS)) for begin in range(0, BLOCKS, size)]
    parts = weighted.compute(ON, DEMAND, tasks, cut_off_min=12)
    assert weighted.summed(len(ON.link_ids), np.zeros(1), parts).flows.tobytes() == whole.flows.tobytes()


@pytest.mark.parametrize("origins", [1, 8, 500, 2_000, 100_000])
@pytest.mark.parametrize("threads", [1, 2, 16])
def test_chunks_are_all_blocks_once_in_order(origins, threads):
    found = blocks.chunks(blocks.number(origins), threads)
    assert [block for begin, end in found for block in range(begin, end)] == list(range(blocks.number(origins)))


def test_a_slow_chunk_holds_up_nobody_and_order_stays(monkeypatch):
    monkeypatch.setattr(blocks.config, "NUMBA_NUM_THREADS", 2)
    others_done, done = threading.Event(), []

    def compute(begin, end):
        if threading.current_thread() is not threading.main_thread() and not others_done.is_set():
            others_done.wait(timeout=20)  # the other thread has taken all the rest meanwhile
        done.append(begin)
        if len(done) == 7:
            others_done.set()
        return part(begin, end)

    tasks = [(block, block + 1) for block in range(8)]
    assert [found.settled for found in blocks.in_order(tasks, compute)] == list(range(8))
    assert others_done.is_set()


@pytest.mark.parametrize("threads", [1, 3])
def test_an_error_in_a_chunk_comes_out(monkeypatch, threads):
    monkeypatch.setattr(blocks.config, "NUMBA_NUM_THREADS", threads)

    def compute(begin, end):
        if begin == 11:
            raise ArithmeticError("chunk 11")
        return part(begin, end)

    found = blocks.in_order([(block, block + 1) for block in range(40)], compute)
    assert [next(found).settled for _ in range(11)] == list(range(11))
    with pytest.raises(ArithmeticError, match="chunk 11"):
        next(found)


def test_scratch_grows_where_a_graph_has_many_more_arcs_than_nodes():
    number = 400
    street = make(both_ways(*[(0, 1, 7)] * 70, *[(1, 2, 2 + place) for place in range(number)]))
    flows, _ = load_pairs(street, {(0, 2): 140.0})
    assert flows["l00"] == 2.0 and flows["l69"] == 2.0 and flows["l70"] == 140.0 and flows["l71"] == 0.0


def test_scratch_of_another_graph_serves_if_it_has_room():
    small = make(both_ways((0, 1, 7), (1, 2, 7)))
    pads = {name: trees.scratch(on.arcs, kinds) for name, on, kinds in (("a", small, 1), ("b", ON, 1), ("c", ON, 2))}
    assert [trees.fits(small.arcs, 1, pad) for pad in pads.values()] == [True, True, False]
    assert [trees.fits(ON.arcs, 1, pad) for pad in pads.values()] == [False, True, False]
