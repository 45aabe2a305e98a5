"""Stored sweeps: evidence that takes longer to compute than a lesson may, kept beside its definition.

`data/sweeps/NAME.toml` says what is trained. `python -m lrlib sweep NAME` trains it and writes
`data/sweeps/NAME.parquet`, a row a run, which `load` reads where it is the file that `SHA256SUMS` there says
(`sha256sum -c` reads it too). A definition has the keys

    about           one line: what it is
    task, options   the task, `tasks.get(task, **options)`
    steps           updates per run; T in the schedules
    schedules       texts, in a list or by label, which may be longer or shorter than a run
    base_lrs        grid of peak rates
    tuning_seeds    [first, one past the last]: seeds of the runs over the grid
    judging_seeds   the same, for runs at tuned peaks; without it there is only the grid, not widened
    interpolate     optional: true to judge at peaks between the points of the grid, `tuned.fitted`
    optimizer       optional: name of a class of `lrlib.train.updates` or `lrlib.adaptive`, or of torch as in
                    "torch.optim.RAdam", and its arguments; SGD when left out
    clip_norm       optional: largest norm of a gradient
    evaluations     optional: held-out losses a run; 20 when left out, 1 in a grid that tunes
    vary            optional: label -> keys in which a sweep of its own, `NAME/label`, differs from the others
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import torch

from lrlib import tasks, train
from lrlib.checkout import ROOT
from lrlib.data import written
from lrlib.evidence import defined
from lrlib.rules import Refused, StepSize, bound, check, refused, saying, unknown
from lrlib.schedules import Schedule, parse
from lrlib.tasks import Task
from lrlib.train import updates
from lrlib.train.identity import made_with
from lrlib.train.plan import labelled

FOLDER = defined.FOLDER
SUMS = "SHA256SUMS"
WORK = ROOT / "build" / "sweeps"
VARIABLE = "LRLIB_SWEEPS"  # a folder that is read instead of data/sweeps, of sweeps that were trained again
NEEDED = ("about", "task", "steps", "schedules", "base_lrs", "tuning_seeds")
ALLOWED = (
    *NEEDED,
    *("options", "judging_seeds", "interpolate", "optimizer", "clip_norm", "evaluations"),
)
EVALUATIONS = 20
OF_TORCH = "torch.optim."


@dataclass(frozen=True)
class Definition:
    """What a stored sweep trains. name: that of its file; given: what the file says."""

    name: str
    given: dict

    @property
    def about(self) -> str:
        return self.given["about"]

    @cached_property
    def task(self) -> Task:
        return tasks.get(self.given["task"], **self.given.get("options", {}))

    @property
    def steps(self) -> int:
        return self.given["steps"]

    @cached_property
    def labelled(self) -> dict[str, Schedule]:
        """Label -> schedule; the label of a text in a list is the text itself."""
        return labelled(self.given["schedules"], self.steps)

    @property
    def schedules(self) -> list[Schedule]:
        return list(self.labelled.values())

    @property
    def tuning_seeds(self) -> range:
        return range(*self.given["tuning_seeds"])

    @property
    def judging_seeds(self) -> range:
        return range(*self.given.get("judging_seeds", (0, 0)))

    @property
    def evaluations(self) -> int:
        return self.given.get("evaluations", EVALUATIONS)

    @cached_property
    def how(self) -> dict:
        clip = {key: self.given[key] for key in ("clip_norm",) if key in self.given}
        return {"optimizer": _optimizer(self.given), "any_length": True, **clip}


@dataclass(frozen=True)
class Stored:
    """A stored sweep, read. grid: the runs over the grid of peaks; judged: those at tuned peaks, or None.

    The grid of a sweep that was judged keeps only the last held-out loss of a run, and no grid keeps used
    rates: asking for them raises KeyError. Nothing keeps batch losses, or what an optimizer made of a rate,
    which are nan.
    made_with: versions of what computed it.
    """

    definition: Definition
    grid: train.Sweep
    judged: train.Sweep | None
    made_with: dict[str, str]

    @cached_property
    def tuned(self) -> train.Tuned:
        """The peaks that the tuning seeds chose."""
        return train.chosen(self.grid, len(self.grid.base_lrs) - len(self.definition.given["base_lrs"]))


def names() -> list[str]:
    """The names of all stored sweeps: NAME of a definition, or NAME/label where it varies."""
    return sorted(defined.given())


def parts(name: str) -> list[str]:
    """The stored sweeps of a definition, or the one of that name. ValueError for an unknown name."""
    return defined.parts(name, defined.given())


def definition(name: str) -> Definition:
    """The definition of that name. ValueError for an unknown name, and for a key too many or missing."""
    given = (there := defined.given()).get(name)
    if given is None:
        raise ValueError(unknown("stored sweep", name, there))
    for key in given:
        if key not in ALLOWED:
            raise ValueError(f"{name}.toml: {unknown('key', key, ALLOWED)}")
    for key in NEEDED:
        if key not in given:
            raise ValueError(f"{name}.toml: {key} is missing")
    with saying(f"{name}.toml"):
        _checked(given)
    return Definition(name, given)


def load(name: str, labels: Iterable[str] | None = None) -> Stored:
    """The stored sweep of that name.

    labels: what to call its schedules, one for each in the order of the definition; by default their texts.
    Raises ValueError for an unknown name, for another number of labels, for a file that was changed, and when
    what is stored was computed from another definition.

    >>> stored = load("linear-cosine-long", labels=["constant", "linear", "cosine"])
    >>> stored.judged.labels, stored.judged.reference
    (('constant', 'linear', 'cosine'), 'linear')
    """
    wanted = definition(name)
    folder = Path(os.environ.get(VARIABLE) or FOLDER)
    path = folder / f"{name}.parquet"
    command = f"python -m lrlib sweep {name}"
    if not path.exists():
        raise ValueError(f"{path.name} was never computed; run {command}")
    content = path.read_bytes()
    if _sums(folder).get(f"{name}.parquet") != hashlib.sha256(content).hexdigest():
        raise ValueError(f"{path.name} is not the file that {SUMS} names; get it again, or run {command}")
    table = pq.read_table(pa.BufferReader(content))
    about = {key.decode(): json.loads(value) for key, value in table.schema.metadata.items()}
    if about["definition"] != wanted.given:
        raise ValueError(f"{path.name} was computed from another {name}.toml; run {command}")
    rows = table.to_pandas()
    labels = tuple(wanted.labelled) if labels is None else tuple(labels)
    if len(set(labels)) < len(labels) or len(labels) != len(wanted.schedules):
        raise Refused(f"load: labels must be {len(wanted.schedules)} different names, got {list(labels)}")
    grid, *judged = (
        _sweep(wanted, rows[rows["part"] == part], about["task"], labels) for part in rows["part"].unique()
    )
    stored = Stored(wanted, grid, None, about["made_with"])
    tuned, between = stored.tuned, wanted.given.get("interpolate", False)
    judged = [replace(each, reference=tuned.reference, excess=tuned.excess(between)) for each in judged]
    return replace(stored, judged=judged[0] if judged else None)


def write(name: str, workers: int | str = 2, folder: Path | None = None) -> Path:
    """Train what a definition says and store it; returns the file. A stopped call is continued by the same.

    workers: as in `train.sweep`. folder: where to store it, by default `data/sweeps`. Finished chunks are
    kept under `build/sweeps`, or below `folder`. Raises ValueError for an unknown name or a definition that
    cannot be trained.
    """
    wanted = definition(name)
    fixed = json.dumps([wanted.given, made_with()], sort_keys=True)
    digest = hashlib.sha256(fixed.encode()).hexdigest()[:8]
    work = (WORK if folder is None else folder / "work") / f"{name}-{digest}"
    folder = FOLDER if folder is None else folder
    common = (wanted.task, wanted.labelled, wanted.given["base_lrs"], wanted.tuning_seeds)
    how = {"steps": wanted.steps, "workers": workers, **wanted.how}
    if wanted.judging_seeds:
        tuned = train.tune(*common, out=work / "tuning", **how)
        how = {"evaluations": wanted.evaluations, "interpolate": wanted.given.get("interpolate", False)}
        how |= {"workers": workers, "out": work / "judging"}
        judged = train.judge(wanted.task, tuned, wanted.judging_seeds, **how)
        rows = [*_rows("grid", tuned.sweep), *_rows("judged", judged, keep_used=True)]
    else:
        grid = train.sweep(*common, evaluations=wanted.evaluations, out=work / "grid", **how)
        rows = _rows("grid", grid)
    return _kept(wanted, rows, folder, name)


def _kept(wanted: Definition, rows: list[dict], folder: Path, name: str) -> Path:
    """Write the runs of a sweep as a file of that folder, and its checksum beside it."""
    about = {
        "definition": wanted.given,
        "task": {"options": wanted.task.options, "guess": wanted.task.guess},
        "made_with": {package: version(package) for package in ("torch", "numpy")},
    }
    table = pa.Table.from_pandas(pd.DataFrame(rows), preserve_index=False)
    table = table.replace_schema_metadata({key: json.dumps(value) for key, value in about.items()})
    path = folder / f"{name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    written(path, lambda part: pq.write_table(table, part, compression="zstd"))
    sums = _sums(folder) | {f"{name}.parquet": hashlib.sha256(path.read_bytes()).hexdigest()}
    lines = "".join(f"{sums[file]}  {file}\n" for file in sorted(sums))
    written(folder / SUMS, lambda part: part.write_text(lines))
    return path


def recomputed(name: str, rng: np.random.Generator, settings: int = 3, seeds: int = 2) -> pd.DataFrame:
    """Some runs of a stored sweep, drawn at random and trained again, at their rate and a trillionth above.

    Returns a row for each: part, schedule, base_lr, seed, held-out losses `stored` and `fresh`, and
    `magnified`, true when the trillionth moved the loss by more than 1e-7 of it: such a run, close to
    breaking, magnifies rounding, and two processors differ in it. Settings are drawn until `settings` of each
    part magnify nothing, or none is left. Left out are settings in which any run diverged.
    """
    stored, rows = load(name), []
    for part in filter(None, (stored.grid, stored.judged)):
        label, calm = "grid" if part is stored.grid else "judged", 0
        for s, r in rng.permutation(np.argwhere(~part.diverged.any(axis=2))):
            drawn = np.sort(rng.permutation(len(part.seeds))[:seeds])
            fresh, magnified = _again(stored.definition, part, s, r, drawn)
            for i, n in enumerate(drawn):
                rows.append({
                    "part": label,
                    "schedule": str(part.schedules[s]),
                    "base_lr": part.base_lrs[r],
                    "seed": part.seeds[n],
                    "stored": part.heldout_loss[s, r, n],
                    "fresh": fresh[i],
                    "magnified": magnified[i],
                })  # fmt: skip
            calm += not magnified.any()
            if calm == settings:
                break
    return pd.DataFrame(rows)


def _again(wanted: Definition, part: train.Sweep, s: int, r: int, drawn: Iterable[int]) -> tuple:
    """Held-out losses of a setting's drawn seeds, trained again, (seeds, evaluations), and which magnify."""
    schedule, rate, seeds = part.schedules[s], part.base_lrs[r], [part.seeds[n] for n in drawn]
    how = {"steps": part.steps, "evaluations": len(part.heldout_steps), **wanted.how}
    again = train.sweep(wanted.task, [schedule], [rate, rate * (1 + 1e-12)], seeds, **how)
    fresh, nudged = again.heldout_loss[0]
    return fresh, ~np.isclose(nudged, fresh, rtol=1e-7, atol=0).all(axis=-1)


def checksum(name: str) -> str:
    """SHA-256 of a stored sweep's file, as `SHA256SUMS` has it. ValueError where it was never computed."""
    if (found := _sums().get(f"{name}.parquet")) is None:
        raise ValueError(f"{name}.parquet was never computed; run python -m lrlib sweep {name}")
    return found


def _sums(folder: Path = FOLDER) -> dict[str, str]:
    """SHA-256 of each stored sweep, by the name of its file."""
    file = folder / SUMS
    lines = file.read_text().splitlines() if file.exists() else ()
    return {name: digest for digest, name in map(str.split, lines)}


def _checked(given: dict) -> None:
    """ValueError for what cannot be trained; a task is only looked up when it is needed."""
    steps = check("steps", StepSize, given["steps"])
    for key in {"tuning_seeds", "judging_seeds"} & set(given):
        seeds = given[key]
        if not (len(seeds) == 2 and all(isinstance(seed, int) for seed in seeds) and seeds[0] < seeds[1]):
            raise refused(key, "[first, one past the last]", seeds)
    labelled(given["schedules"], steps)
    _optimizer(given)


def _optimizer(given: dict) -> updates.Optimizer:
    options = dict(given.get("optimizer", {"name": "SGD"}))
    name = options.pop("name", "")
    if name.startswith(OF_TORCH) and hasattr(torch.optim, name.removeprefix(OF_TORCH)):
        return updates.PerModel(getattr(torch.optim, name.removeprefix(OF_TORCH)), **options)
    chosen = updates.optimizer_of(name)
    with saying("optimizer"):
        if isinstance(chosen, updates.PerModel):
            return updates.PerModel(chosen.kind, **options)
        return type(chosen)(**bound(type(chosen), (), options))


def _rows(part: str, found: train.Sweep, keep_used: bool = False) -> Iterable[dict]:
    """One row a run; the used rates, the same for every seed, stand in the row of the first."""
    used = found.used if keep_used else None
    for s, schedule in enumerate(found.schedules):
        for r, base_lr in enumerate(found.base_lrs):
            for n, seed in enumerate(found.seeds):
                yield {
                    "part": part,
                    "schedule": str(schedule),
                    "base_lr": base_lr,
                    "seed": seed,
                    "diverged": bool(found.diverged[s, r, n]),
                    "heldout_loss": found.heldout_loss[s, r, n],
                    "heldout_right": found.heldout_right[s, r, n],
                    "used": used[s, r] if keep_used and n == 0 else None,
                }


def _sweep(wanted: Definition, rows: pd.DataFrame, task: dict, labels: tuple[str, ...]) -> train.Sweep:
    texts, base_lrs, seeds = (
        tuple(rows[column].drop_duplicates().tolist()) for column in ("schedule", "base_lr", "seed")
    )
    shape = (len(texts), len(base_lrs), len(seeds))
    arrays = {
        "diverged": rows["diverged"].to_numpy().reshape(shape),
        "heldout_loss": np.stack(rows["heldout_loss"]).reshape(*shape, -1),
        **dict.fromkeys(("train_loss", "effective"), np.broadcast_to(np.nan, (*shape, wanted.steps))),
    }
    unknown = arrays["heldout_loss"] * np.nan  # to what was stored before there were shares
    arrays["heldout_right"] = np.reshape([*rows.get("heldout_right", unknown)], unknown.shape)
    used = rows["used"].dropna()
    if len(used):
        arrays["used"] = np.stack(used).reshape(*shape[:2], 1, -1)
    return train.Sweep(
        task=wanted.given["task"],
        options={k: tuple(v) if isinstance(v, list) else v for k, v in task["options"].items()},
        labels=labels,
        schedules=tuple(map(parse, texts)),
        base_lrs=base_lrs,
        seeds=seeds,
        guess=task["guess"],
        steps=wanted.steps,
        heldout_steps=train.evaluation_steps(wanted.steps, arrays["heldout_loss"].shape[-1]),
        how=wanted.how,
        _arrays=arrays,
    )
