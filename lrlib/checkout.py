"""Where the checkout is: notebooks and data lie beside the library in its repository, and in no wheel."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


class NoCheckout(OSError):
    """A file or folder of the repository is needed, and lrlib does not run from a checkout of it."""


def needed(path: Path) -> Path:
    """The same path, of the checkout. NoCheckout, saying what to do, where it does not exist.

    >>> needed(ROOT / "notebooks" / "reports").name
    'reports'
    """
    if path.exists():
        return path
    raise NoCheckout(
        f"there is no {path}: it is part of lrlib's repository, not of the installed package; "
        "clone the repository and run this in it; its README says how to install"
    )
