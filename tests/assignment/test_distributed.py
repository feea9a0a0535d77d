"""Real worker processes, some of them killed: the same bytes as one process."""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import replace

import numpy as np
import psutil
import pytest
from distributed import LocalCluster

from movement import cli
from movement.assignment import blocks, detours, distributed, held, loading, reuse, weighted
from movement.assignment.changed_arcs import changes
from movement.publish import language
from movement.tables import InputFaults
from pipelines import graph, rerun, workers
from tests.assignment.planar import streets

SIZE = 6000
ON = streets(SIZE, seed=3).graph()
RANDOM = np.random.default_rng(1)
ENDS = RANDOM.integers(-1, SIZE, (2, 4000))
TRIPS = RANDOM.exponential(3.0, (4000, 2))
TOLERANCE = detours.Tolerance(1.15, 0.3)


def huff(on=ON, origins=4800):
    pull = np.zeros(len(on.node_ids))
    pull[::7] = 3.0
    chosen = np.arange(origins)
    return weighted.Demand(
        chosen, 1.0 + chosen % 9 / 7, pull, np.exp(-np.arange(3600) / 500), 1000, is_constrained=True
    )


@pytest.fixture(scope="module")
def two():
    with distributed.started(2, "--workers") as spread:
        yield spread


def same(one, other):
    return one.flows.tobytes() == other.flows.tobytes() and one.unreached.tobytes() == other.unreached.tobytes()


def test_trips_are_the_same_bytes(two):
    told = []
    found = loading.load(
        ON, *ENDS, TRIPS, cut_off_min=15, spread=two, keep_parts=True, progress=lambda *how_far: told.append(how_far)
    )
    here = loading.load(ON, *ENDS, TRIPS, cut_off_min=15, keep_parts=True)
    assert same(found, here) and found.flows.sum() > 0 and (found.unreached > 0).all()
    assert len(found.parts) > 4 and found.parts[0].link.flags.writeable
    kept, sent = (np.concatenate([part.link for part in one.parts]) for one in (here, found))
    assert np.array_equal(kept, sent)
    assert [done for done, _ in told] == sorted({done for done, _ in told}) and told[-1][0] == told[-1][1]


def test_weighted_demand_is_the_same_bytes(two):
    found = weighted.load_weighted(ON, huff(), cut_off_min=10, spread=two)
    assert same(found, weighted.load_weighted(ON, huff(), cut_off_min=10)) and found.flows.sum() > 0


def test_detours_are_the_same_bytes(two):
    some = ENDS[:, :600] * 0.1 + 50
    ends, choice = some.astype(np.int64), {"tolerance": TOLERANCE, "cut_off_min": 10}
    found = detours.load_tolerant(ON, *ends, TRIPS[:600], spread=two, **choice)
    assert same(found, detours.load_tolerant(ON, *ends, TRIPS[:600], **choice)) and found.flows.sum() > 0


def test_a_scenario_after_the_run_before_it_too(two):
    after = streets(SIZE, seed=3).graph(without=(40,))
    before, later = (loading.sort_trips(on.place(ENDS[0]), on.place(ENDS[1]), TRIPS) for on in (ON, after))
    done = loading.load_sorted(ON, before, cut_off_min=15, keep_parts=True, spread=two)
    found = reuse.reload(changes(ON, after, is_exact=True), before, later, done, cut_off_min=15, spread=two)
    assert 0 < found.computed < found.blocks
    assert same(found.loading, loading.load_sorted(after, later, cut_off_min=15))


def test_no_trips_and_workers_that_forget(two):
    none = loading.load(ON, ENDS[0, :0], ENDS[1, :0], TRIPS[:0], spread=two)
    assert none.flows.sum() == 0
    held_now = two.client.run(lambda dask_worker: [type(one).__name__ for one in dask_worker.plugins.values()])
    assert not [names for names in held_now.values() if held.HeldWork.__name__ in names]


def test_workers_listen_on_this_machine_only(two):
    pids = {os.getpid(), *two.client.run(os.getpid).values()}
    heard = {
        one.laddr.ip
        for pid in pids
        for one in psutil.Process(pid).net_connections("tcp")
        if one.status == psutil.CONN_LISTEN
    }
    assert heard == {"127.0.0.1"}
    threads = two.client.run(lambda: os.environ["NUMBA_NUM_THREADS"])
    assert set(threads.values()) == {str(max(blocks.threads() // 2, 1))}


class Killer:
    """Told how far a run is: kills one worker's process at its beginning and notes when it was seen dead."""

    def __init__(self, spread):
        self.pid, self.dead_at, self.left = next(iter(spread.client.run(os.getpid).values())), None, None

    def __call__(self, done, total):
        if self.left is None:
            os.kill(self.pid, signal.SIGKILL)
        elif self.dead_at is None and is_dead(self.pid):
            self.dead_at = done
        self.left = total - done


def is_dead(pid):
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    return True


def test_one_of_two_workers_killed_in_the_middle_changes_nothing(two):
    killer = Killer(two)
    found = weighted.load_weighted(ON, huff(), cut_off_min=40, spread=two, progress=killer)
    assert killer.dead_at is not None and killer.dead_at < blocks.number(4800), "it died before the end"
    assert killer.pid not in two.client.run(os.getpid).values()
    assert same(found, weighted.load_weighted(ON, huff(), cut_off_min=40))


def test_the_only_worker_killed_comes_back_and_changes_nothing():
    demand = huff(origins=1600)
    with distributed.started(1, "--workers") as one:
        killer = Killer(one)
        found = weighted.load_weighted(ON, demand, cut_off_min=40, spread=one, progress=killer)
        assert killer.dead_at is not None and killer.pid not in one.client.run(os.getpid).values()
    assert same(found, weighted.load_weighted(ON, demand, cut_off_min=40))


@contextmanager
def refused(rule):
    with pytest.raises(InputFaults) as found:
        yield
    assert [fault.rule for fault in found.value.faults] == [rule]
    for one in language.LANGUAGES:
        assert rule not in language.say_fault(language.catalogue(one), found.value.faults[0])


def test_a_scheduler_is_found_by_its_environment_variable_and_left_running(two, monkeypatch):
    monkeypatch.setenv(workers.SCHEDULER, two.client.scheduler.address)
    with workers.spreading() as spread:
        assert spread.client is not two.client and spread.threads == two.threads
        found = loading.load(ON, *ENDS, TRIPS, cut_off_min=15, spread=spread)
    assert same(found, loading.load(ON, *ENDS, TRIPS, cut_off_min=15))
    assert len(two.client.nthreads()) == 2


def test_workers_are_started_by_their_environment_variable_and_ended(monkeypatch):
    monkeypatch.setenv(workers.WORKERS_ASKED, "1")
    with workers.spreading() as spread:
        pids = list(spread.client.run(os.getpid).values())
        assert len(pids) == 1 and not is_dead(pids[0])
    assert is_dead(pids[0])


def test_nothing_asked_for_is_no_workers(monkeypatch):
    monkeypatch.setenv(workers.WORKERS_ASKED, "")
    with workers.spreading() as spread:
        assert spread is None


@pytest.mark.parametrize("value", ["0", "-2", "two", "1.5"])
def test_a_wrong_number_is_refused(monkeypatch, value):
    monkeypatch.setenv(workers.WORKERS_ASKED, value)
    with refused("workers_not_a_number"), workers.spreading():
        pass


def test_workers_and_a_scheduler_are_refused_together(monkeypatch):
    monkeypatch.setenv(workers.WORKERS_ASKED, "2")
    monkeypatch.setenv(workers.SCHEDULER, "tcp://127.0.0.1:1")
    with refused("workers_and_scheduler"), workers.spreading():
        pass


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense://here", "nowhere.invalid:8786"])
def test_a_scheduler_that_does_not_answer_is_refused(monkeypatch, address):
    monkeypatch.setattr(distributed, "_CONNECT_S", 1)
    monkeypatch.setenv(workers.SCHEDULER, address)
    with refused("scheduler_unreachable"), workers.spreading():
        pass


def test_without_dask_it_says_what_to_install(monkeypatch):
    monkeypatch.setenv(workers.WORKERS_ASKED, "2")
    monkeypatch.setattr(workers, "find_spec", lambda name: None)
    with refused("distributed_missing"), workers.spreading():
        pass
    monkeypatch.setattr(distributed, "find_spec", lambda name: None)
    with refused("distributed_missing"), distributed.started(1, "--workers"):
        pass


@pytest.mark.parametrize(("lang", "said"), [("da", "helt tal over nul"), ("en", "whole number above zero")])
def test_the_command_refuses_a_wrong_number_before_any_stage_runs(tmp_path, capsys, lang, said):
    shutil.copy(graph.HOUSE / "params.yaml", tmp_path)
    assert cli.main(["run", "--study", str(tmp_path), "--lang", lang, "--workers", "0"]) == 2
    assert said in capsys.readouterr().out.replace("\n", " ")


def test_the_command_tells_the_stages_by_their_environment(monkeypatch, tmp_path):
    monkeypatch.setenv(workers.SCHEDULER, "tcp://127.0.0.1:1")
    told = []

    class Started:
        stdout = ()

        def __init__(self, command, *, env, **_):
            told.append((command, env))

        def wait(self):
            return 0

    monkeypatch.setattr(rerun.subprocess, "Popen", Started)
    for asked in ("3", None):
        rerun.reproduce(tmp_path, language="en", on_step=print, on_line=print, workers_asked=asked)
    assert told[0][1][workers.WORKERS_ASKED] == "3" and workers.WORKERS_ASKED not in told[1][1]
    assert all("3" not in command and env[workers.SCHEDULER] for command, env in told)


def deadly(graph, pad, links, begin, end, *columns):
    """Stand for a chunk that takes more memory than there is."""
    os.kill(os.getpid(), signal.SIGKILL)


def allow_failures(spread, number):
    spread.client.run_on_scheduler(lambda dask_scheduler: setattr(dask_scheduler, "allowed_failures", number))


def test_a_chunk_that_ends_every_worker_is_refused_in_the_end(two, monkeypatch):
    monkeypatch.setattr(distributed, "_TIMES", 2)
    allow_failures(two, 0)  # Dask's own three more only take time here
    with refused("workers_lost"):
        list(two(blocks.Work(deadly, ON.arcs, 0, 1, ()), [(0, 1)]))
    allow_failures(two, 3)
    found = weighted.load_weighted(ON, huff(), cut_off_min=10, spread=two)
    assert same(found, weighted.load_weighted(ON, huff(), cut_off_min=10)), "the workers are there again"


def test_workers_of_another_version_are_refused(two, monkeypatch):
    monkeypatch.setattr(held, "code_mark", lambda: "another")
    with refused("workers_other_version"):
        loading.load(ON, *ENDS, TRIPS, cut_off_min=15, spread=two)


def elsewhere():
    """Stand for a scheduler with a worker that somebody else started."""
    return LocalCluster(n_workers=1, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0")


def test_a_scheduler_whose_workers_are_gone_is_waited_for_and_refused(monkeypatch):
    with elsewhere() as cluster:
        monkeypatch.setenv(workers.SCHEDULER, cluster.scheduler_address)
        with workers.spreading() as spread:
            cluster.scale(0)
            while spread.client.nthreads():
                time.sleep(0.1)
            with refused("workers_none"):
                loading.load(ON, *ENDS, TRIPS, spread=replace(spread, patience_s=1))
        monkeypatch.setattr(distributed, "_PATIENCE_S", 1)
        with refused("workers_none"), workers.spreading():
            pass


def test_a_scheduler_that_is_lost_in_the_middle_is_refused(monkeypatch):
    monkeypatch.setattr(distributed, "_CONNECT_S", 1)
    with (
        elsewhere() as other,
        distributed.connected(other.scheduler_address, workers.SCHEDULER) as spread,
        refused("scheduler_lost"),
    ):
        weighted.load_weighted(ON, huff(), cut_off_min=40, spread=spread, progress=lambda *_: other.close())


def test_dask_is_imported_only_for_who_asks_for_workers():
    said = "import sys; from movement import cli; from movement.assignment import distributed, reuse; "
    said += "assert not {'dask', 'distributed'} & sys.modules.keys()"
    subprocess.run([sys.executable, "-c", said], check=True, cwd=graph.HOUSE)
