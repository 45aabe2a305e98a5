"""Golden vectors: learning rates that other libraries computed, one file of `data/golden/` a library.

    python -m tests.oracles.generate            # every library that can be imported here
    python -m tests.oracles.generate optax hf   # only these

The libraries are no dependencies of this project. All but Paddle install into one environment; those of the
second file without their dependencies, which their schedulers do not need and which contradict each other.
Paddle gets an environment of its own:

    python -m venv oracles
    oracles/bin/pip install -r tests/oracles/requirements.txt
    export DS_BUILD_OPS=0
    oracles/bin/pip install --no-deps --no-build-isolation -r tests/oracles/requirements-no-deps.txt
    python -m venv paddle
    paddle/bin/pip install -r tests/oracles/requirements-paddle.txt

torch is meant to be its CPU build. A library that cannot be imported is left out, and its file left as it is.

The calls are in `lrlib/schedules/presets/calls.toml`. The rate at index t is the rate in effect at update t,
counted from 0, in the loop that the library's users write: `libraries.RATES` says what that is. Values go on
for more than a quarter of the run past its end, or up to the point where the library raises an error.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

from lrlib.schedules.presets import LIBRARIES
from lrlib.schedules.presets.calls import call_text, calls
from tests.oracles.libraries import PACKAGES, RATES, RUNNERS, is_importable, names_of, version_of
from tests.oracles.transcribed import SOURCES

GOLDEN = Path(__file__).parents[2] / "data" / "golden"
BASE_LR = 0.1


def base_lr_of(preset: str, arguments: dict) -> float:
    """The rate that the multipliers are of: NeMo's T5 schedule has one of its own."""
    if preset == "nemo.t5_inverse_sqrt":
        return arguments["constant_steps"] ** -0.5
    return arguments.get("base_lr", BASE_LR)


def length_of(arguments: dict) -> int:
    """How long the run is: `total_steps`, or long enough to see what is asked for."""
    if "total_steps" in arguments:
        return arguments["total_steps"]
    if {"num_cycles", "first_cycle"} <= set(arguments):
        t_mult = arguments.get("t_mult", 2)
        return arguments["first_cycle"] * sum(t_mult**i for i in range(arguments["num_cycles"]))
    lengths = [2 * v for k, v in arguments.items() if k.endswith("_steps") and isinstance(v, int)]
    return max([40, *lengths, *arguments.get("cycles", ())])


def rates_of(preset: str, arguments: dict, n: int, precision: str = "float64") -> list[float]:
    """The library's own rates of updates 0 .. n-1. ImportError where it cannot be imported."""
    library = preset.split(".")[0]
    names = names_of(library)
    if library == "keras":
        sys.modules["keras"].config.set_floatx(precision)
    call, base_lr = call_text(preset, arguments), base_lr_of(preset, arguments)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return RUNNERS[library](names, call, base_lr, n, length_of(arguments))


def precisions_of(library: str) -> tuple[str, ...]:
    """fastai looks its position up in a float32 tensor; Keras has both, float32 by default."""
    return {"fastai": ("float32",), "keras": ("float64", "float32")}.get(library, ("float64",))


def vectors_of(library: str) -> list[dict]:
    """The golden vectors of a library."""
    mine = [name for name in calls() if name.startswith(f"{library}.")]
    cases = [(name, arguments) for name in mine for arguments in calls()[name]["cases"]]
    return [vector_of(*case, precision) for case in cases for precision in precisions_of(library)]


def vector_of(preset: str, arguments: dict, precision: str) -> dict:
    """One golden vector: what was called, how, and the rates."""
    total_steps = length_of(arguments)
    return {
        "preset": preset,
        "arguments": arguments,
        "call": call_text(preset, arguments),
        "base_lr": base_lr_of(preset, arguments),
        "T": total_steps,
        "precision": precision,
        "how": "transcribed" if preset.split(".")[0] in SOURCES else "executed",
        "values": rates_of(preset, arguments, total_steps + total_steps // 4 + 2, precision),
    }


def text_of(library: str, vectors: list[dict]) -> str:
    """A golden file: JSON with one vector a line."""
    head = {"library": library, "package": PACKAGES.get(library, library), "version": version_of(library),
            "rate": RATES[library]}  # fmt: skip
    lines = ",\n".join(json.dumps(vector, separators=(",", ":")) for vector in vectors)
    return json.dumps(head, indent=1)[:-2] + f',\n "vectors": [\n{lines}\n]}}\n'


def main(libraries: list[str]) -> None:
    for library in libraries or LIBRARIES:
        if is_importable(library):
            vectors = vectors_of(library)
            (GOLDEN / f"{library}.json").write_text(text_of(library, vectors))
            print(f"{library}: {len(vectors)} vectors, {version_of(library)}")
        else:
            print(f"{library}: cannot be imported here, its file is left as it is")


if __name__ == "__main__":
    main(sys.argv[1:])
