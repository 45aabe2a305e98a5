"""What is told while a report runs: events, to a bar on the terminal or to whoever wants them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tqdm import tqdm

from lrlib import progress

Tell = Callable[[dict], object]
PATIENCE = 0.5  # seconds between two looks


@contextmanager
def following(file: Path, tell: Tell) -> Iterator[None]:
    """Tell what the progress file of a notebook's kernel says whenever that changes."""
    done = threading.Event()
    follower = threading.Thread(target=_follow, args=(file, tell, done), daemon=True)
    follower.start()
    try:
        yield
    finally:
        done.set()
        follower.join()


def _follow(file: Path, tell: Tell, done: threading.Event) -> None:
    before, is_last = None, False
    while not is_last:
        is_last = done.wait(PATIENCE)
        state = progress.read(str(file))
        if state not in (None, before):
            tell({"state": "running", "done": state[0], "total": state[1], "what": state[2]})
            before = state


@contextmanager
def on_a_bar(name: str) -> Iterator[Tell]:
    """Events as a bar that clears itself; none where LRLIB_PROGRESS is off."""
    off = os.environ.get(progress.VARIABLE) == "off"
    with tqdm(desc=f"{name}: starting", total=1, unit="run", leave=False, disable=off) as bar:

        def tell(event: dict) -> None:
            if event.get("finished"):
                progress.say(f"goes on with {event['finished']:,} finished runs of an earlier start")
            if "total" in event:
                bar.n, bar.total = event["done"], event["total"]
                bar.set_description(f"{name}: {event['what']}")

        yield tell
