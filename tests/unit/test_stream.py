from __future__ import annotations

import gc
import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import counted
from lookalike.errors import Cancelled, UsageError
from lookalike.models.base import BLOCK_ROWS
from lookalike.models.in_order import in_order
from lookalike.models.stream import MOST_ROWS, Sample, default_workers
from lookalike.tables.blocks import bounds
from lookalike.watch import Unwatched


class Asked:
    """A `Watch` whose answer is given by the test."""

    def __init__(self) -> None:
        self.stopped = threading.Event()

    def progress(self, done: int, total: int) -> None:
        pass

    def stop(self) -> bool:
        return self.stopped.is_set()


def threads() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name.startswith("lookalike-draw")]


class Slow(counted.Counted):
    """A sampler that notes each call, then waits until the test opens its gate."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.drawn: list[int] = []

    def rows(self, start: int, stop: int) -> pa.RecordBatch:
        self.drawn.append(start)
        self.gate.wait(30)
        return super().rows(start, stop)


def of(sampler: counted.Counted, rows: int, **options: object) -> Sample:
    return Sample(sampler=sampler, schema=counted.SCHEMA, rows=rows, **options)  # type: ignore[arg-type]


def test_nothing_is_drawn_until_it_is_asked_for() -> None:
    sampler = Slow()
    sample = of(sampler, 100_000)
    assert len(sample) == 100_000
    assert sample.schema is counted.SCHEMA
    assert sampler.drawn == []


def test_it_can_be_walked_again() -> None:
    sample = counted.sample(25_000, workers=2)
    first, second = list(sample), list(sample)
    assert [b.num_rows for b in first] == [10_000, 10_000, 5_000]
    assert all(a.equals(b) for a, b in zip(first, second, strict=True))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**12), st.integers(1, 45_000), st.integers(1, 30_000), st.integers(1, 8))
def test_any_chunk_size_and_any_workers_give_the_same_rows(
    start: int, rows: int, chunk: int, workers: int
) -> None:
    sample = counted.sample(rows, start=start, rows_per_chunk=max(chunk, rows // 50), workers=workers)
    batches = list(sample)
    expected = counted.Counted().rows(start, start + rows)
    assert [b.num_rows for b in batches[:-1]] == [sample.rows_per_chunk] * (len(batches) - 1)
    assert pa.Table.from_batches(batches).equals(pa.Table.from_batches([expected]))
    blocks = list(sample.map(lambda block: (block.num_rows, block["age"][0].as_py())))
    ages = expected["age"].to_pylist()
    assert blocks == [(b - a, ages[a - start]) for a, b in bounds(start, start + rows)]


def test_threads_and_processes_draw_the_same_rows() -> None:
    script = (
        "import counted\n"
        "print(hash(tuple(counted.sample(100, start=500_000).to_arrow()['ratio'].to_pylist())))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": str(Path(counted.__file__).parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) == hash(tuple(counted.sample(100, start=500_000).to_arrow()["ratio"].to_pylist()))


def test_it_is_an_arrow_stream_for_whoever_takes_one() -> None:
    sample = counted.sample(23_456)
    expected = sample.to_arrow()
    assert pa.table(sample).equals(expected)
    assert pa.RecordBatchReader.from_stream(sample).schema == expected.schema
    assert pl.DataFrame(sample)["ratio"].to_list() == expected["ratio"].to_pylist()
    assert duckdb.sql("select sum(age) from sample").fetchall() == [(sum(expected["age"].to_pylist()),)]


def test_pandas_gets_categories() -> None:
    frame = counted.sample(1_000, plain=True).to_pandas()
    assert frame.shape == (1_000, 5)
    assert list(frame["city"].cat.categories) == counted.PLAIN_CITIES
    assert frame["city"].isna().sum() > 50


@pytest.mark.parametrize(
    "options",
    [
        {"rows": 0},
        {"rows": -1},
        {"rows": 5, "start": -1},
        {"rows": 1, "start": MOST_ROWS},
        {"rows": 5, "rows_per_chunk": 0},
        {"rows": 5, "workers": 0},
    ],
)
def test_what_cannot_be_drawn_is_refused_at_once(options: dict[str, int]) -> None:
    with pytest.raises(UsageError):
        counted.sample(**options)  # type: ignore[arg-type]


def test_the_last_row_of_all_can_be_drawn() -> None:
    assert counted.sample(1, start=MOST_ROWS - 1).to_arrow().num_rows == 1


def test_the_default_is_a_thread_per_processor_up_to_eight() -> None:
    assert 1 <= default_workers() <= min(8, os.cpu_count() or 1)


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("ahead", [0, 7])
def test_at_most_two_results_per_worker_are_made_ahead_and_as_many_more_as_are_asked_for(
    workers: int, ahead: int
) -> None:
    made: list[int] = []
    results = in_order(
        lambda i: made.append(i) or i, itertools.count(), workers=workers, watch=Unwatched(), ahead=ahead
    )
    for taken in range(1, 50):
        assert next(results) == taken - 1
        assert len(made) <= taken + 2 * workers + ahead
    results.close()
    assert threads() == []


class Patient(counted.Counted):
    """A sampler that wants to be asked for few rows at a time, and notes how many it is asked for."""

    rows_at_once = 3_000
    asked: list[int]

    def rows(self, start: int, stop: int) -> pa.RecordBatch:
        self.asked.append(stop - start)
        return super().rows(start, stop)


def test_a_slow_sampler_is_asked_for_few_rows_at_a_time_and_its_blocks_are_whole() -> None:
    sampler = Patient()
    sampler.asked = []
    blocks = list(of(sampler, 25_000, start=5_000, workers=1).map(lambda block: block))
    assert max(sampler.asked) == 3_000
    assert blocks == list(counted.sample(25_000, start=5_000).map(lambda block: block))
    assert [block.num_rows for block in blocks] == [5_000, 10_000, 10_000]


def test_while_a_block_is_being_written_the_next_row_group_is_drawn() -> None:
    drawn = threading.Semaphore(0)

    def noted(block: pa.RecordBatch) -> int:
        drawn.release()
        return block.num_rows

    blocks = counted.sample(300_000, workers=2).map(noted)
    next(blocks)
    assert all(drawn.acquire(timeout=30) for _ in range(11))
    blocks.close()


def test_work_is_done_by_several_threads_at_once() -> None:
    together = threading.Barrier(3, timeout=20)
    results = in_order(lambda _: together.wait() >= 0, range(6), workers=3, watch=Unwatched())
    assert list(results) == [True] * 6


def test_one_worker_works_in_the_callers_thread() -> None:
    results = in_order(lambda _: threading.get_ident(), range(3), workers=1, watch=Unwatched())
    assert set(results) == {threading.get_ident()}


@pytest.mark.parametrize("workers", [1, 4])
def test_the_first_error_in_order_is_raised_once(workers: int) -> None:
    def work(i: int) -> int:
        if i >= 5:
            raise ZeroDivisionError(i)
        return i

    results = in_order(work, range(20), workers=workers, watch=Unwatched())
    assert list(itertools.islice(results, 5)) == list(range(5))
    with pytest.raises(ZeroDivisionError, match="5"):
        next(results)
    assert list(results) == []
    assert threads() == []


def test_a_stream_that_is_dropped_half_way_leaves_no_threads() -> None:
    batches = counted.sample(500_000, workers=4).batches()
    next(batches)
    assert threads()
    del batches
    gc.collect()
    assert threads() == []
    blocks = counted.sample(500_000, workers=4).map(lambda block: block)
    next(blocks)
    blocks.close()
    assert threads() == []


def test_stopping_is_seen_while_a_block_is_being_drawn() -> None:
    sampler = Slow()

    class Stopping(Asked):
        """Says stop once two threads are drawing, and lets them go on only then."""

        def stop(self) -> bool:
            if len(sampler.drawn) < 2:
                return False
            sampler.gate.set()
            return True

    started = time.monotonic()
    with pytest.raises(Cancelled):
        list(of(sampler, 500_000, workers=2, watch=Stopping()))
    assert time.monotonic() - started < 10  # the gate alone would hold them for 30 s
    assert len(sampler.drawn) <= 4
    assert threads() == []


def test_a_large_chunk_is_stopped_within_a_block() -> None:
    watch = Asked()

    class Stopping(counted.Counted):
        def rows(self, start: int, stop: int) -> pa.RecordBatch:
            assert stop - start <= BLOCK_ROWS
            if start == 50_000:
                watch.stopped.set()
            assert start <= 50_000
            return super().rows(start, stop)

    with pytest.raises(Cancelled):
        list(of(Stopping(), 1_000_000, rows_per_chunk=1_000_000, workers=1, watch=watch))


def test_ctrl_c_ends_a_run_and_leaves_nothing(tmp_path: Path) -> None:
    script = (
        "import counted, sys\n"
        "class Telling:\n"
        "    def progress(self, done, total): print(done, flush=True)\n"
        "    def stop(self): return False\n"
        "counted.sample(50_000_000).write(sys.argv[1], watch=Telling())\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "a.csv")],
        env=os.environ | {"PYTHONPATH": str(Path(counted.__file__).parent)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        while process.stdout.readline() != "30000\n":
            pass
        started = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
        assert time.monotonic() - started < 10
    assert process.returncode == -signal.SIGINT
    assert errors.count("KeyboardInterrupt") == 1
    assert list(tmp_path.iterdir()) == []
