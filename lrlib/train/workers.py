"""Who trains the chunks of a plan: this process, others on this machine, or a Dask cluster."""

from __future__ import annotations

import json
import logging
import math
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from functools import lru_cache, partial
from itertools import islice
from multiprocessing import connection, forkserver, get_context, parent_process, resource_tracker
from multiprocessing.context import BaseContext
from threading import Thread
from typing import Annotated

import cloudpickle
import numpy as np

from lrlib import progress
from lrlib.rules import Refused, Rule, within
from lrlib.tasks.draws import ALONE
from lrlib.train.engine import Engine
from lrlib.train.identity import difference, made_with
from lrlib.train.plan import Plan

PATIENCE = 10  # seconds without a finished chunk, after which to look why
IMPORTS = ("torch._dynamo", "sklearn.datasets", "requests")  # of others: what a first chunk imports
KEPT = "with out=FOLDER finished chunks are kept and the same call goes on"


def _workers(given) -> int | str:
    return given if isinstance(given, str) else within(1, whole=True)(given)


Workers = Annotated[int | str, Rule("a whole number >= 1, or the address of a Dask scheduler", _workers)]


def trained(
    plan: Plan, chunks: Sequence[int], workers: int | str, tick: Callable[[int], object]
) -> Iterator[tuple[int, dict[str, np.ndarray]]]:
    """The finished chunks as they come; `tick` is told how many runs' work was done.

    Raises `progress.TimeUp` within a twentieth of a chunk after the time is over.
    """
    if workers == 1 or not chunks:
        engine = Engine(plan)
        yield from ((chunk, engine.train(chunk, partial(_on_time, tick))) for chunk in chunks)
        return
    text, known = cloudpickle.dumps(plan), json.dumps(plan.definition)
    last = progress.last() if isinstance(workers, int) else math.inf  # other machines have other clocks
    more, running, stopped = iter(chunks), {}, False
    with _executor(workers, len(chunks)) as (executor, at_once, look):
        while True:
            for chunk in islice(more, 2 * at_once - len(running)):
                running[executor.submit(_train_chunk, text, known, chunk, last)] = chunk
            if not running:
                break
            try:
                done = _finished(running, look)
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


def _finished(running: Iterable[Future], look: Callable[[], object]) -> list[Future]:
    """Those that are finished or cancelled, once some are; none after a while, when `look` is called."""
    wait(running, PATIENCE, return_when=FIRST_COMPLETED)
    done = [future for future in running if future.done()]  # `wait` does not see what Dask cancelled
    if not done:
        look()
    return done


def _on_time(tick: Callable[[int], object], done: int) -> None:
    tick(done)
    progress.on_time()


def _train_chunk(text: bytes, known: str, chunk: int, last: float = math.inf) -> dict[str, np.ndarray]:
    with ALONE, progress.until(last):
        progress.on_time()
        return _engine(text, known).train(chunk, progress.on_time)


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
def _executor(workers: int | str, most: int) -> Iterator[tuple[Executor, int, Callable[[], object]]]:
    """Local processes or a Dask cluster; how many chunks it trains at once; what looks why none comes."""
    if isinstance(workers, str):
        with _dask(workers) as client:
            yield client.get_executor(pure=False), len(client.nthreads()), partial(_look, client, [])
        return
    n, context = min(workers, most), _context()
    ended, end = context.Pipe(duplex=False)
    begun = {"initializer": _begin, "initargs": ({**os.environ}, ended)}
    with ended, end, ProcessPoolExecutor(n, context, **begun) as pool:
        try:
            yield pool, n, bool
        except BrokenProcessPool:
            raise RuntimeError(
                "a worker process died: killed, out of memory, or started by a script without `if __name__ "
                f"== '__main__':` or from standard input; {KEPT}"
            ) from None
        except BaseException:
            end.close()  # nobody waits for what is being trained, nor for plans that no worker reads any more
            pool._call_queue.cancel_join_thread()
            raise


def _context() -> BaseContext:
    """On Linux, workers are forked from one process that has the imports; elsewhere each imports them.

    lrlib itself is imported by each: it may have been found by a path that only this process has. Ctrl-C,
    which a terminal sends to all, reaches none of them, or it would leave a start half done.
    """
    if sys.platform != "linux":
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload([*IMPORTS])
    resource_tracker.ensure_running()  # would allow Ctrl-C again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return context


def _begin(environment: Mapping[str, str], ended: connection.Connection) -> None:
    """In a worker: the variables are those of now, and it ends with its parent, or it would wait forever.

    Ctrl-C is for the parent to answer: it keeps what is being trained, and closes the other end of `ended`
    where nobody waits for that.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.clear()
    os.environ.update(environment)

    def watch() -> None:
        connection.wait([parent_process().sentinel, ended])
        os._exit(1)

    Thread(target=watch, daemon=True).start()


@contextmanager
def _dask(address: str) -> Iterator:
    """The client of a cluster whose workers all have this lrlib, until the cluster is lost."""
    with quiet(), connected(address, "workers") as client:
        from distributed import KilledWorker

        try:
            yield client
        except (CancelledError, KilledWorker) as error:
            lost = "the scheduler ended or was restarted" if isinstance(error, CancelledError) else str(error)
            raise RuntimeError(f"workers={address!r}: {lost}; {KEPT}") from None


@contextmanager
def quiet() -> Iterator[None]:
    """Inside, Dask does not show how each connection ended."""
    log = logging.getLogger("distributed.client")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(level)


def connected(address: str, option: str, made_with: Callable[[], dict] = made_with):
    """The client of a Dask cluster of whose workers `made_with` says the same as of this process.

    option: what gave the address, for an error. ValueError where there is no such cluster.
    """
    said = f"{option}={address!r}"
    try:
        from distributed import Client

        client = Client(address, timeout=5, set_as_default=False)
    except ImportError:
        raise Refused(f"{option}=ADDRESS needs Dask: pip install distributed") from None
    except (OSError, ValueError) as error:
        raise Refused(f"{said}: no Dask scheduler answers there ({error})") from None
    try:
        _refuse_unlike_workers(client, said, made_with)
    except BaseException:
        client.close()
        raise
    return client


def _refuse_unlike_workers(client, said: str, made_with: Callable[[], dict]) -> None:
    try:
        client.wait_for_workers(1, timeout=10)
        found = client.run(made_with)
    except TimeoutError:
        raise Refused(f"{said}: the scheduler has no workers") from None
    except OSError as error:
        raise Refused(f"{said}: the scheduler answers no more ({error})") from None
    except Exception as error:  # whatever an lrlib of another time, or none, makes of the question
        raise Refused(f"{said}: a worker does not have this lrlib ({error})") from None
    for worker, theirs in found.items():
        if differs := difference(theirs, made_with()):
            raise Refused(f"{said}: the worker {worker} would compute other digits: {differs}")


def _look(client, told: list) -> None:
    """Say once that all workers are gone, each time they are."""
    with suppress(OSError):  # a connection that is lost ends what runs
        if client.status != "running" or client.nthreads():
            told.clear()
        elif not told:
            told.append(True)
            progress.say(f"waiting: the Dask scheduler {client.scheduler.address} has no workers left")
