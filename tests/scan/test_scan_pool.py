"""Processes that work for a scan and die."""

from __future__ import annotations

import os
import signal
import time

from loganalyzer.scan.pool import pool_of

MOMENT = 0.3


def in_a_moment(size: int) -> bytes:
    time.sleep(MOMENT)
    return bytes(size)


def test_a_worker_that_is_killed_when_it_has_given_its_result_takes_nothing_with_it() -> None:
    with pool_of(1) as pool:
        worker = pool.submit(os.getpid).result().take()
        given = pool.submit(in_a_moment, 10_000_000)
        time.sleep(MOMENT / 2)
        sum(range(50_000_000))  # keeps this process from reading what the worker writes
        os.kill(worker, signal.SIGKILL)
        assert given.result(60).take() == bytes(10_000_000)


def test_results_are_taken_from_the_disk() -> None:
    with pool_of(1) as pool:
        left = pool.submit(bytes, 1_000_000).result()
        assert left.path is not None
        assert left.path.stat().st_size > 1_000_000
        assert left.take() == bytes(1_000_000)
        assert not any(pool.folder.iterdir())
    assert not pool.folder.exists()


def test_a_result_that_cannot_be_written_is_given_all_the_same() -> None:
    with pool_of(1) as pool:
        pool.folder.rmdir()
        left = pool.submit(bytes, 9).result()
        pool.folder.mkdir()
    assert (left.path, left.take()) == (None, bytes(9))
