"""The command lines of these tools: whatever a person can cause is told in one line, without a traceback."""

import argparse
import logging
import os
import sys
from pathlib import Path

import yaml

from lrlib import process

NOTEBOOKS = Path("notebooks")


def parser(name, about):
    """The parser of `python -m notebooks.tools.NAME`; about: the module's docstring."""
    prog = f"python -m notebooks.tools.{name}"
    return argparse.ArgumentParser(prog=prog, description=about.split("\n")[0], allow_abbrev=False)


def only(parser, what):
    """Add `--only PART ...`."""
    parser.add_argument("--only", nargs="+", metavar="PART", help=f"{what} whose name contains PART")


def run(main):
    """Run a command and exit: with its status, 2 for what is refused or cannot be read, 130 when stopped."""
    process.handle(_stop)
    if sys.stdout:
        sys.stdout.reconfigure(errors="backslashreplace")
    status = _status(main)
    process.answered()
    sys.exit(status)


def _stop(*_):
    """At once, also while an event loop waits for something else: asyncio replaces Python's own handler."""
    raise KeyboardInterrupt


def _status(main):
    try:
        if not (NOTEBOOKS / "src").is_dir():
            raise FileNotFoundError(f"there is no {NOTEBOOKS / 'src'} here: run this from the project's root")
        status = main()
        print(end="", flush=True)
        return status
    except KeyboardInterrupt:
        logging.getLogger("asyncio").setLevel(logging.CRITICAL)
        return _told("stopped; what was written before stays", 130)
    except BrokenPipeError:  # the reader of a pipe, such as `head`, has seen enough
        return _told("", 0)
    except (OSError, ValueError, SyntaxError, yaml.YAMLError) as error:
        return _told(f"error: {' '.join(str(error).split())[:500]}", 2)


def _told(line, status):
    if sys.stdout:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # it may be what failed
    print(line, end="\n" if line else "", file=sys.stderr)
    return status
