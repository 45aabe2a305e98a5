"""Every log that people have is read as it was written, and what cannot be read is refused in one sentence.

Logs are written here by programs that follow the documented forms; those of real trainers are in
tests/trainers/test_logs.py.
"""

import csv
import json
import struct
import tracemalloc

import numpy as np
import pandas as pd
import pytest

from lrlib.doctor import events, readers
from lrlib.doctor.log import Log
from lrlib.ledger import Ledger
from lrlib.rules import Refused
from lrlib.schedules import warmup_cosine

EVERY = 10
STEPS = np.arange(0, 300, EVERY)
RATES = 3e-4 * warmup_cosine(300, 40)(STEPS)
LOSSES = 2 + np.exp(-STEPS / 60)


def table(path, names, columns, mark=","):
    with path.open("w", newline="") as file:
        csv.writer(file, delimiter=mark).writerows([names, *zip(*columns, strict=True)])


def plain_csv(path):
    table(path, ["step", "lr", "loss"], [STEPS, RATES, LOSSES])


def other_names(path):
    table(path, ["Iteration", "Learning Rate", "val_loss", "train/loss"], [STEPS, RATES, LOSSES + 9, LOSSES])


def semicolons_and_decimal_commas(path):
    text = [
        [f"{value!r}".replace(".", ",") for value in column.tolist()] for column in (STEPS, RATES, LOSSES)
    ]
    table(path, ["step", "lr", "loss"], text, ";")


def tabs_with_comments(path):
    rows = [
        f"{s}\t{r!r}\t{v!r}" for s, r, v in zip(*map(np.ndarray.tolist, (STEPS, RATES, LOSSES)), strict=True)
    ]
    path.write_text("# run 7\n\nglobal_step\tlr\ttrain_loss\n" + "\n".join(rows) + "\n", encoding="utf-8-sig")


def trainer_state(path):
    history = []
    for s, r, v in zip(STEPS.tolist(), RATES.tolist(), LOSSES.tolist(), strict=True):
        history.append({"epoch": s / 100, "grad_norm": 1.5, "learning_rate": r, "loss": v, "step": s})
        if s % 100 == 0:
            history.append({"epoch": s / 100, "eval_loss": v + 1, "eval_runtime": 0.1, "step": s})
    history.append({"epoch": 3.0, "train_loss": 2.0, "train_runtime": 9.1, "step": 300, "total_flos": 1e9})
    state = {
        "best_metric": None,
        "epoch": 3.0,
        "global_step": 300,
        "log_history": history,
        "logging_steps": 10,
    }
    path.write_text(
        json.dumps(state | {"max_steps": 300, "trial_params": None, "stateful": {"a": []}}, indent=2)
    )


def lightning_metrics(path):
    """LearningRateMonitor and `self.log` write rows of their own, with empty cells; steps are shared."""
    lines = ["epoch,lr-AdamW,lr-AdamW-momentum,lr-AdamW-weight_decay,step,train_loss,val_loss"]
    for s, r, v in zip(STEPS.tolist(), RATES.tolist(), LOSSES.tolist(), strict=True):
        lines += [f",{r!r},0.9,0.01,{s},,", f"{s // 100},,,,{s},{v!r},"]
    path.write_text("\n".join([*lines, "2,,,,299,,3.0"]) + "\n")


def wandb_csv(path):
    """An index, counters of the service, and a step of the trainer that is not that of the service."""
    columns = [np.arange(30), np.arange(30) * 2, STEPS, RATES, LOSSES, STEPS * 0.1]
    table(path, ["", "_step", "train/global_step", "train/learning_rate", "train/loss", "_runtime"], columns)


def wandb_chart(path):
    """What the download of a chart holds."""
    names = ["Step", "brisk-fog-7 - train/lr", "brisk-fog-7 - train/lr__MIN", "brisk-fog-7 - train/lr__MAX"]
    table(path, names, [STEPS, RATES, RATES, RATES])


def wandb_lines(path):
    rows = zip(STEPS.tolist(), RATES.tolist(), LOSSES.tolist(), strict=True)
    lines = [
        json.dumps({"_step": s, "optim": {"lr": r}, "train": {"loss": v}, "_timestamp": 1e9})
        for s, r, v in rows
    ]
    path.write_text("\n".join(lines) + "\n")


def records_json(path):
    rows = zip(STEPS.tolist(), RATES.tolist(), LOSSES.tolist(), strict=True)
    path.write_text(json.dumps([{"_step": s, "lr": r, "loss": v, "images": [1]} for s, r, v in rows]))


def columns_json(path):
    path.write_text(pd.DataFrame({"step": STEPS, "lr": RATES, "loss": LOSSES}).to_json(double_precision=15))


def metric_history():
    """One metric after the other, as the REST interface of MLflow gives them."""
    pairs = (("val_loss", LOSSES + 1), ("lr", RATES), ("loss", LOSSES))
    return [
        {"key": key, "value": value, "timestamp": 1700000000000 + step, "step": step}
        for key, values in pairs
        for step, value in zip(STEPS.tolist(), values.tolist(), strict=True)
    ]


def mlflow_json(path):
    path.write_text(json.dumps({"metrics": metric_history()}))


def mlflow_csv(path):
    pd.DataFrame(metric_history()).to_csv(path, index=False)


def mlruns_metric(path):
    for file, values in ((path, RATES), (path.with_name("loss"), LOSSES)):
        rows = zip(STEPS.tolist(), values.tolist(), strict=True)
        file.write_text("".join(f"17000000{s:05} {v!r} {s}\n" for s, v in rows))


def nanogpt_lines(path):
    rows = zip(STEPS.tolist(), RATES.tolist(), LOSSES.tolist(), strict=True)
    lines = [f"iter {s}: loss {v!r}, time 20.15ms, mfu 3.10%, lr {r!r}" for s, r, v in rows]
    text = ["tokens per iteration will be: 491,520", "step 0: train loss 4.1, val loss 4.2", *lines]
    path.write_text("\n".join(text) + "\n")


def megatron_lines(path):
    rows = zip(STEPS.tolist(), RATES.tolist(), LOSSES.tolist(), strict=True)
    path.write_text("".join(
        f" [2026-01-02 03:04:05] iteration {s:8}/     300 | consumed samples: {s * 8:12} | elapsed time per "
        f"iteration (ms): 1234.5 | learning rate: {r!r} | global batch size:     8 | lm loss: {v!r} | loss "
        "scale: 1.0 | grad norm: 0.541 |\n" for s, r, v in rows
    ))  # fmt: skip


def coloured_lines(path):
    rows = zip(STEPS.tolist(), RATES.tolist(), LOSSES.tolist(), strict=True)
    path.write_text("".join(
        f"[rank0]:2026-01-02 03:04:05 - root - INFO - \x1b[31mstep: {s:2}  \x1b[32mloss: {v!r}  \x1b[33m"
        f"memory:  1.2GiB(3.45%)  \x1b[34mtps: 1,234  \x1b[35mlr: {r!r}\x1b[39m\n" for s, r, v in rows
    ))  # fmt: skip


def dict_lines(path):
    rows = zip(STEPS.tolist(), RATES.tolist(), LOSSES.tolist(), strict=True)
    path.write_text("\n".join(str({"loss": v, "learning_rate": r, "step": s}) for s, r, v in rows) + "\n")


def epochs_of_batches(path):
    rows = zip(STEPS.tolist(), RATES.tolist(), LOSSES.tolist(), strict=True)
    path.write_text("".join(
        f"Train: {s // 100} [{s % 100:4d}/100 ( 10%)]  Loss: {v!r} (2.1)  Time: 0.2s  LR: {r!r}  Data: 0.01\n"
        for s, r, v in rows
    ))  # fmt: skip


def a_frame_of_a_sweep(path):
    run = {"label": "cosine", "base_lr": 0.1, "seed": 0}
    made = pd.DataFrame({"step": STEPS, "intended": RATES + 1, "used": RATES, "train_loss": LOSSES, **run})
    made.to_parquet(path)


def written_again(path):
    Log(STEPS, RATES, loss=LOSSES).write(path)


def message(*parts):
    """A protobuf message of (number, value): whole numbers, floats, bytes."""
    made = b""
    for number, value in parts:
        kind = {int: 0, float: 5, np.float64: 1, bytes: 2}[type(value)]
        made += varint(number << 3 | kind)
        if kind == 2:
            made += varint(len(value)) + value
        else:
            made += varint(value) if kind == 0 else struct.pack({5: "<f", 1: "<d"}[kind], value)
    return made


def varint(value):
    return bytes([value & 0x7F | 0x80]) + varint(value >> 7) if value > 0x7F else bytes([value])


def record(content):
    length = struct.pack("<Q", len(content))
    return length + events.masked(length) + content + events.masked(content)


def event(step, tag, value, tensor=False):
    """`simple_value`, or a tensor of one float as newer writers have it."""
    kept = (8, message((1, 1), (4, struct.pack("<f", value)))) if tensor else (2, float(value))
    one = message((1, tag.encode()), kept, (9, message((1, b"x"))))
    return record(message((1, np.float64(1.7e9 + step)), (2, int(step)), (5, message((1, one)))))


def tensorboard_events(path, tensor=False):
    made = [record(message((1, np.float64(1.7e9)), (3, b"brain.Event:2")))]
    for s, r, v in zip(STEPS.tolist(), RATES.tolist(), LOSSES.tolist(), strict=True):
        made += [event(s, "train/loss", v, tensor), event(s, "lr", r, tensor), event(s, "eval/loss", 9)]
        made += [
            record(message((2, s), (5, message((1, message((1, b"picture"), (4, bytes(70_000))))))))
            * (s == 10)
        ]
    path.write_bytes(b"".join(made))


def tensorboard_tensors(path):
    tensorboard_events(path, tensor=True)


WRITERS = [plain_csv, other_names, semicolons_and_decimal_commas, tabs_with_comments, trainer_state,
           lightning_metrics, wandb_csv, wandb_chart, wandb_lines, records_json, columns_json, mlflow_json,
           mlflow_csv, mlruns_metric, nanogpt_lines, megatron_lines, coloured_lines, dict_lines,
           epochs_of_batches, a_frame_of_a_sweep, written_again, tensorboard_events,
           tensorboard_tensors]  # fmt: skip


@pytest.mark.parametrize("write", WRITERS, ids=lambda write: write.__name__)
def test_a_log_is_read_as_it_was_written_whatever_its_name(write, tmp_path):
    write(path := tmp_path / "lr")
    log = readers.read(path)
    near = {"tensorboard": 1e-7, "columns": 1e-9}.get(write.__name__.split("_")[0], 1e-14)  # digits kept
    assert log.steps.tolist() == STEPS.tolist() and log.every == EVERY and log.restarts == ()
    np.testing.assert_allclose(log.rates[:, 0], RATES, rtol=near)
    if write is wandb_chart:
        assert log.loss is None
    else:
        np.testing.assert_allclose(log.loss, LOSSES, rtol=near)
    assert log.source.startswith("lr, ") and "rates from" in log.source


def test_what_the_trainer_knows_of_its_length_is_kept(tmp_path):
    trainer_state(path := tmp_path / "x")
    assert readers.read(path).sizes["max_steps"] == 300
    megatron_lines(path)
    assert readers.read(path).sizes["max_steps"] == 300
    epochs_of_batches(path)
    assert readers.read(path).sizes["epoch_steps"] == 100


def test_every_parameter_group_is_read_and_named(tmp_path):
    path = tmp_path / "metrics.csv"
    names = ["epoch", "lr-SGD/pg1", "lr-SGD/pg2", "lr-SGD/pg1-momentum", "step"]
    table(path, names, [STEPS // 100, RATES, RATES / 10, RATES + 5, STEPS])
    log = readers.read(path)
    assert log.groups == ("lr-SGD/pg1", "lr-SGD/pg2")
    np.testing.assert_array_equal(log.rates, np.column_stack([RATES, RATES / 10]))
    assert "'lr-SGD/pg1', 'lr-SGD/pg2'" in log.source and "momentum" not in log.source
    path.write_text(
        "".join(
            f"step {s} lr [{r!r}, {r / 10!r}] loss 1\n" for s, r in zip(STEPS, RATES.tolist(), strict=True)
        )
    )
    np.testing.assert_allclose(readers.read(path).rates, np.column_stack([RATES, RATES / 10]), rtol=1e-14)


def test_a_group_that_joins_late_is_nan_before(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("step,lr/body,lr/head\n0,,0.1\n1,,0.1\n2,0.01,0.1\n")
    np.testing.assert_array_equal(readers.read(path).rates[:, 0], [np.nan, np.nan, 0.01])
    tensor = [event(s, "lr/head", 0.5) for s in range(4)] + [event(s, "lr/body", 0.25) for s in (2, 3)]
    path.write_bytes(b"".join(tensor))
    log = readers.read(path)
    assert log.steps.tolist() == [0, 1, 2, 3] and log.restarts == ()


def test_a_ledger_written_and_read_is_the_same_to_the_last_bit(tmp_path):
    rates = np.column_stack([RATES / 3, RATES / 7])
    log = Log.of(Ledger(used_by_group=rates, train_loss=LOSSES))
    again = readers.read(log.write(tmp_path / "ledger.csv"))
    assert (
        (again.steps == log.steps).all() and (again.rates == rates).all() and (again.loss == log.loss).all()
    )


def test_a_resumed_run_is_kept_in_its_order_and_what_was_logged_twice_counts_once(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("step,lr,loss\n0,0.3,\n0,0.3,5\n1,0.2,4\n2,0.1,3\n1,0.25,4\n2,0.2,3\n2,0.1,3\n")
    log = readers.read(path)
    assert log.steps.tolist() == [0, 1, 2, 1, 2, 2] and log.restarts == (3, 5)
    assert log.rates[:, 0].tolist() == [0.3, 0.2, 0.1, 0.25, 0.2, 0.1] and log.loss[0] == 5


def test_the_log_of_a_folder_is_the_newest_in_it(tmp_path):
    for name in ("checkpoint-90", "checkpoint-300"):
        (tmp_path / name).mkdir()
        trainer_state(tmp_path / name / "trainer_state.json")
    old = tmp_path / "checkpoint-90" / "trainer_state.json"
    old.write_text(old.read_text().replace("learning_rate", "learning_rat"))
    assert len(readers.read(tmp_path)) == 30 and len(readers.read(tmp_path / "checkpoint-300")) == 30
    (tmp_path / "runs" / "a").mkdir(parents=True)
    tensorboard_events(tmp_path / "runs" / "a" / "events.out.tfevents.1.host.2.0")
    assert "TensorBoard" in readers.read(tmp_path / "runs").source


def test_epochs_and_rows_stand_in_for_steps_and_that_is_said(tmp_path):
    path = tmp_path / "x"
    path.write_text("epoch,lr\n1,0.1\n2,0.05\n3,0.01\n")
    log = readers.read(path)
    assert log.steps.tolist() == [1, 2, 3] and "it counts epochs, not updates" in log.source
    printed = [{"loss": 2.0, "learning_rate": 5e-05, "epoch": 0.5}, {"learning_rate": 4e-05, "epoch": 0.7}]
    path.write_text("".join(f"{each}\n" for each in printed))
    log = readers.read(path)
    assert log.steps.tolist() == [0, 1] and "no column counts steps" in log.source


CUT = {
    "csv": ("step,lr,loss\n0,0.3,1\n1,0.2,1\n2,0.", "line 4"),
    "jsonl": ('{"step": 0, "lr": 0.3}\n{"step": 1, "lr": 0.2}\n{"step": 2, "l', "line, 3"),
    "json": (
        '{"log_history": [\n{"step": 0, "lr": 0.3},\n{"step": 1, "lr": 0.2},\n{"step": 2, "lr": 0.',
        "line 4",
    ),
}


@pytest.mark.parametrize("kind", CUT)
def test_what_a_crash_cut_off_is_left_out_and_that_is_said(kind, tmp_path):
    content, place = CUT[kind]
    (path := tmp_path / "x").write_text(content)
    log = readers.read(path)
    assert log.rates[:, 0].tolist() == [0.3, 0.2]
    assert "cut off" in log.source and place.split()[-1] in log.source


def test_event_files_that_were_cut_or_changed_are_told(tmp_path):
    tensorboard_events(path := tmp_path / "x")
    whole = path.read_bytes()
    path.write_bytes(whole[:-7])
    log = readers.read(path)
    assert len(log) == 30 and "its last record is cut off" in log.source
    at = whole.index(b"lr") + 20
    path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    with pytest.raises(Refused, match=r"x, record \d+: expected"):
        readers.read(path)


def parquet_cut_off(path):
    a_frame_of_a_sweep(path)
    path.write_bytes(path.read_bytes()[:200])


BAD = {
    "empty": (b"", "is empty"),
    "blank": (b"\n \n", "is empty"),
    "binary": (bytes(range(256)) * 20, "is binary"),
    "noise without zeros": (bytes(range(128, 256)) * 20, "is binary"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"x" * 50, "is binary"),
    "prose": (b"Dear diary,\ntoday the loss fell.\n", "there is no learning rate in it"),
    "a header alone": (b"step,lr,loss\n", "expected rows below"),
    "no rate": (b"step,loss\n0,1\n1,2\n", "no learning rate in it, only 'step', 'loss'"),
    "a rate that is never there": (b"step,lr\n0,\n1,nan\n", "no learning rate"),
    "only the base": (b"step,base_lr,min_lr\n0,0.1,0\n", "no learning rate"),
    "a word": (b"step,lr\n0,0.1\n1,high\n2,0.1\n", "line 3: expected a number in 'lr', got 'high'"),
    "infinite": (b"step,lr\n0,0.1\n1,inf\n", "line 3: expected a finite rate in 'lr'"),
    "a step below zero": (b"step,lr\n0,0.1\n-1,0.1\n", "line 3: expected a step >= 0"),
    "a ragged row": (b"step,lr\n0,0.1\n1,0.1,7\n2,0.1\n", "line 3: expected 2 cells, got '3 cells'"),
    "two of one name": (b"step,lr,lr\n0,0.1,1\n", "expected different names of columns, got 'lr' twice"),
    "two runs": (b"seed,step,used\n0,0,0.1\n0,1,0.1\n1,0,0.1\n", "line 4: expected one run, of which 'seed'"),
    "a broken line of JSON": (b'{"lr": 1}\n{"lr"\n{"lr": 1}\n', "line 2: expected a JSON record"),
    "a list of JSON": (b'{"lr": 1}\n[1]\n{"lr": 1}\n', "line 2: expected a JSON record"),
    "broken JSON": (b'[{"lr": 1},\n{"lr" 1},\n{"lr": 1}]', "line 2: expected JSON"),
    "no records": (b'{"a": 1}', "expected JSON with records"),
    "JSON without end": (b'{"a": 1', "expected JSON, and it is none"),
    "deep JSON": (b"[" * 100_000, "expected JSON"),
    "deep records": (b'[{"lr":' + b"[" * 100_000, "expected JSON"),
    "no rate in lines": (b"iter 0: loss 4.2, time 20ms\niter 1: loss 3, time 20ms\n", "no learning rate"),
    "no rate in events": (event(1, "loss", 2), "no learning rate"),
    "a metric with a word": (b"170000000001 0.1 0\n170000000002 0.1 x\n170000000002 1 3\n", "no learning"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_what_cannot_be_read_is_refused_in_one_sentence_that_says_where(kind, tmp_path):
    content, said = BAD[kind]
    (path := tmp_path / "x.log").write_bytes(content)
    with pytest.raises(Refused) as caught:
        readers.read(path)
    assert said in str(caught.value) and str(caught.value).startswith("doctor: x.log")
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 300


def test_what_is_not_there_or_no_whole_parquet_is_refused(tmp_path):
    with pytest.raises(Refused, match=r"no\.csv cannot be read"):
        readers.read(tmp_path / "no.csv")
    with pytest.raises(Refused, match="is a folder without a log"):
        readers.read(tmp_path)
    parquet_cut_off(tmp_path / "x")
    with pytest.raises(Refused, match="expected Parquet that is whole"):
        readers.read(tmp_path / "x")


@pytest.mark.parametrize("write", WRITERS, ids=lambda write: write.__name__)
def test_a_file_cut_anywhere_is_read_in_part_or_refused(write, tmp_path):
    """A negative control for every reader: whatever is read of it was in the file."""
    write(path := tmp_path / "lr")
    whole = path.read_bytes()
    for end in np.random.default_rng(0).integers(1, len(whole), 8):
        path.write_bytes(whole[:end])
        try:
            log = readers.read(path)
        except Refused:
            continue
        known = dict(zip(STEPS.tolist(), RATES.tolist(), strict=True))
        if "no column counts steps" not in log.source:
            wrong = [s for s, r in zip(log.steps.tolist(), log.rates[:, 0], strict=True) if
                     not np.isclose(r, known.get(s, -1), rtol=1e-6, atol=0)]  # fmt: skip
            assert len(wrong) <= 1 and wrong in ([], log.steps[-1:].tolist())


MUCH = "a long text that nobody needs " * 40
LINES = {
    "csv": ("step,lr,loss,note\n", "{0},{1!r},2.5,{2}\n"),
    "lines": ("start\n", "iter {0}: loss 2.5, time 20.15ms, lr {1!r}, {2}\n"),
    "jsonl": ("", '{{"step": {0}, "lr": {1!r}, "loss": 2.5, "other": "{2}"}}\n'),
    "json": ('{"log_history": [\n', '{{"step": {0}, "lr": {1!r}, "loss": 2.5, "other": "{2}"}},\n'),
}


@pytest.mark.parametrize("kind", LINES)
def test_a_large_file_is_read_without_holding_it(kind, tmp_path):
    start, line = LINES[kind]
    count = 10_000
    with (path := tmp_path / "x").open("w") as file:
        file.write(start)
        file.writelines(line.format(i, i / 7e6, MUCH) for i in range(count))
    tracemalloc.start()
    log = readers.read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(log) == count and log.rates[-1, 0] == (count - 1) / 7e6
    assert peak < path.stat().st_size / 2
