"""Who trains the chunks of a plan: this process, others on this machine, or a Dask cluster."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import lru_cache
from itertools import islice
from multiprocessing import connection, get_context, parent_process
from threading import Thread
from typing import Annotated

import cloudpickle
import numpy as np

from lrlib.rules import Refused, Rule, within
from lrlib.tasks.draws import ALONE
from lrlib.train.engine import Engine
from lrlib.train.identity import difference
from lrlib.train.plan import Plan


def _workers(given) -> int | str:
    return given if isinstance(given, str) else within(1, whole=True)(given)


Workers = Annotated[int | str, Rule("a whole number >= 1, or the address of a Dask scheduler", _workers)]


def trained(
    plan: Plan, chunks: Sequence[int], workers: int | str, tick: Callable[[int], object]
) -> Iterator[tuple[int, dict[str, np.ndarray]]]:
    """The finished chunks as they come; `tick` is told how many runs' work was done."""
    if workers == 1 or not chunks:
        engine = Engine(plan)
        yield from ((chunk, engine.train(chunk, tick)) for chunk in chunks)
        return
    text, known = cloudpickle.dumps(plan), json.dumps(plan.definition)
    more, running, stopped = iter(chunks), {}, False
    with _executor(workers, len(chunks)) as (executor, at_once):
        while True:
            for chunk in islice(more, 2 * at_once - len(running)):
                running[executor.submit(_train_chunk, text, known, chunk)] = chunk
            if not running:
                break
            try:
                done = wait(running, return_when=FIRST_COMPLETED).done
            except KeyboardInterrupt:
                if stopped:
                    raise
                stopped, more = True, iter(())
                running = {future: chunk for future, chunk in running.items() if not future.cancel()}
                continue
            for future in done:
                chunk = running.pop(future)
                yield chunk, future.result()
                tick(plan.runs_in([chunk]))
    if stopped:
        raise KeyboardInterrupt


def _train_chunk(text: bytes, known: str, chunk: int) -> dict[str, np.ndarray]:
    with ALONE:
        return _engine(text, known).train(chunk)


@lru_cache(maxsize=1)
def _engine(text: bytes, known: str) -> Engine:
    """ValueError for a worker that would train something else than who asks."""
    plan = cloudpickle.loads(text)
    if differs := difference(plan.definition, json.loads(known)):
        raise Refused(
            f"a worker would train another sweep: {differs}; give all workers the same lrlib and task"
        )
    return Engine(plan)


@contextmanager
def _executor(workers: int | str, most: int) -> Iterator[tuple[Executor, int]]:
    """Local processes or a Dask cluster, and how many chunks it trains at once."""
    if isinstance(workers, str):
        with _dask(workers) as client:
            yield client.get_executor(pure=False), len(client.nthreads())
        return
    n, context = min(workers, most), get_context("spawn")
    with ProcessPoolExecutor(n, mp_context=context, initializer=_end_with_parent) as pool:
        try:
            yield pool, n
        except BrokenProcessPool:
            raise RuntimeError(
                "a worker process died: killed, out of memory, or started by a script without `if __name__ "
                "== '__main__':`; with out=FOLDER finished chunks are kept and the same call goes on"
            ) from None


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for work forever."""

    def watch() -> None:
        connection.wait([parent_process().sentinel])
        os._exit(1)

    Thread(target=watch, daemon=True).start()


def _dask(address: str):
    try:
        from distributed import Client

        client = Client(address, timeout=5, set_as_default=False)
    except ImportError:
        raise Refused("workers=ADDRESS needs Dask: pip install distributed") from None
    except (OSError, ValueError) as error:
        raise Refused(f"workers={address!r}: no Dask scheduler answers there ({error})") from None
    try:
        client.wait_for_workers(1, timeout=10)
    except TimeoutError:
        client.close()
        raise Refused(f"workers={address!r}: the scheduler has no workers") from None
    return client
