"""What a benchmark ran on, in one line."""

import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def about(*packages: str) -> str:
    """Processor, Python and the versions of those packages that are installed."""
    found = [f"Python {platform.python_version()}"]
    for package in packages:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            found.append(f"no {package}")
    return f"Measured on {_processor()}, one core, with {', '.join(found)}."


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
