"""Cells run one after the other as in a notebook, and what they show, in bounds, as a notebook stores it."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.history import HistoryManager
from IPython.core.interactiveshell import InteractiveShell

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
SHOWN = ("text/plain", "image/png")  # what cannot run in the browser of who looks at it
MOST = 100  # outputs of a cell
PICTURE = 1_000_000  # characters of one


@dataclass
class Shown:
    """The outputs of a cell: at most so many characters, and how many there were."""

    most: int
    outputs: list[dict] = field(default_factory=list)
    characters: int = 0

    def add(self, kind: str, **content) -> None:
        if len(self.outputs) < MOST:
            self.outputs.append({"output_type": kind, **content})

    def text(self, text: str) -> str:
        """As much of it as there is room for."""
        room = max(0, self.most - self.characters)
        self.characters += len(text)
        return text[:room]

    def stream(self, name: str, text: str) -> None:
        text = self.text(text)
        last = self.outputs[-1] if self.outputs else {}
        if last.get("name") == name:
            last["text"] += text
        elif text:
            self.add("stream", name=name, text=text)

    def data(self, given: dict) -> dict:
        shown = {}
        for kind in SHOWN:
            value = given.get(kind)
            if isinstance(value, bytes):
                value = base64.b64encode(value).decode()
            if isinstance(value, str) and kind == "text/plain":
                shown[kind] = self.text(value)
            elif isinstance(value, str) and len(value) <= PICTURE:
                shown[kind] = value
        return shown


class Stream:
    """A standard stream whose text goes to the outputs of the cell that runs."""

    encoding, errors, closed = "utf-8", "strict", False

    def __init__(self, name: str, ran: Ran):
        self.name, self.ran = name, ran

    def write(self, text) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self.ran.shown.stream(self.name, text)
        return len(text)

    def writelines(self, lines) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return {"stdout": 1, "stderr": 2}[self.name]


class Publisher(DisplayPublisher):
    """Shows what `display` is given among the outputs of the cell."""

    def publish(self, data, metadata=None, source=None, **_):
        shown = self.shell.ran.shown
        shown.add("display_data", data=shown.data(data), metadata={})

    def clear_output(self, wait=False):
        self.shell.ran.shown.outputs.clear()


class Hook(DisplayHook):
    """Shows the value of a cell's last line among its outputs."""

    def write_output_prompt(self):
        pass

    def write_format_data(self, format_dict, md_dict=None):
        shown = self.shell.ran.shown
        data = shown.data(format_dict)
        shown.add("execute_result", data=data, metadata={}, execution_count=self.prompt_count)

    def finish_displayhook(self):
        pass


class Shell(InteractiveShell):
    """IPython without a terminal."""

    ran: Ran

    def enable_gui(self, gui=None):
        pass

    def ask_exit(self):
        pass

    def _showtraceback(self, etype, evalue, stb):
        shown = self.ran.shown
        lines = [COLOURS.sub("", line) for line in (stb if isinstance(stb, list) else [str(stb)])]
        text = shown.text("\n".join(lines))
        value = shown.text(self.get_exception_only((etype, evalue, None)).partition(": ")[2].strip())
        shown.add("error", ename=etype.__name__, evalue=value, traceback=text.split("\n"))


class Ran:
    """What ran so far: names and their values, and the outputs of the cell that runs."""

    def __init__(self, most: int):
        HistoryManager.enabled = False
        self.most, self.shown = most, Shown(most)
        self.shell = Shell.instance(
            display_pub_class=Publisher, displayhook_class=Hook, colors="nocolor", banner1=""
        )
        self.shell.ran = self

    @property
    def names(self) -> dict:
        return self.shell.user_ns

    def cell(self, source: str) -> dict:
        """Run a cell: its outputs, and how many characters they had."""
        self.shown = Shown(self.most)
        self.shell.run_cell(source, store_history=True)
        return {"outputs": self.shown.outputs, "characters": self.shown.characters}


@contextmanager
def shell(most: int) -> Iterator[Ran]:
    """A shell for cells that may show so many characters each; the standard streams are its own meanwhile."""
    ran = Ran(most)
    with redirect_stdout(Stream("stdout", ran)), redirect_stderr(Stream("stderr", ran)):
        yield ran
