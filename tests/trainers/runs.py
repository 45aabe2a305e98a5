"""One small training run in a real trainer, in a process of its own that may be killed half way.

python -m tests.trainers.runs TRAINER FOLDER CASE [--resume] [--die-after UPDATES]

"fsdp" is torch's own: modules sharded by `fully_shard`, and `torch.distributed.checkpoint`, in one process.
The model has two parameter groups, and every update accumulates the gradients of two batches. A hook on the
optimizer writes what each update used to FOLDER/used.jsonl, as it happens: rates, weight decays, first betas.
"""

import argparse
import json
import os
import signal
from contextlib import ExitStack
from pathlib import Path

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from lrlib.ledger import Ledger
from lrlib.optim import ParamSchedule, ScheduleLR
from lrlib.optim.hooks import innermost
from lrlib.schedules import constant, cosine, linear, sgdr, warmup_cosine

UPDATES, EPOCH, ACCUMULATE, BATCH = 24, 12, 2, 4
SAVED = {  # the update after which a run is saved; Lightning resumes data between epochs
    "transformers": 10,
    "accelerate": 10,
    "lightning": EPOCH,
    "opacus": 10,
    "fsdp": 10,
}
BASES = {"lr": (0.1, 0.03), "weight_decay": (0.2, 0.0), "betas[0]": (0.9, 0.8)}
CASES = {
    "one schedule": {"lr": warmup_cosine(UPDATES, 4)},
    "one for each group": {"lr": (warmup_cosine(UPDATES, 4), sgdr(5, 2))},
    "several hyper-parameters": {
        "lr": warmup_cosine(UPDATES, 4),
        "weight_decay": cosine(1, 0, 20),
        "betas[0]": (linear(1, 0.5, UPDATES), constant(1)),
    },
}


def intended(case):
    """What each update has to use: for every update, a list of the two groups' values by name."""
    parts = {name: CASES[case].get(name, constant(1)) for name in BASES}
    by_group = {name: part if isinstance(part, tuple) else (part, part) for name, part in parts.items()}
    return [
        {name: [base * s(t) for base, s in zip(BASES[name], by_group[name], strict=True)] for name in BASES}
        for t in range(UPDATES)
    ]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.first, self.last = nn.Linear(3, 4), nn.Linear(4, 1)

    def forward(self, x, y):
        return {"loss": ((self.last(torch.tanh(self.first(x))) - y) ** 2).mean()}


def examples():
    generator = torch.Generator().manual_seed(1)
    rows = EPOCH * ACCUMULATE * BATCH
    return TensorDataset(torch.randn(rows, 3, generator=generator), torch.randn(rows, 1, generator=generator))


def optimizer_of(net):
    parts = zip((net.first, net.last), *BASES.values(), strict=True)
    return torch.optim.AdamW(
        [
            {"params": part.parameters(), "lr": lr, "weight_decay": decay, "betas": (beta, 0.99)}
            for part, lr, decay, beta in parts
        ]
    )


def scheduler_of(optimizer, case):
    if set(CASES[case]) == {"lr"}:
        return ScheduleLR(optimizer, CASES[case]["lr"])
    return ParamSchedule(optimizer, CASES[case])


class Recorder:
    """Writes what every update used, at once, and kills the process after `die_after` of them."""

    def __init__(self, folder, die_after):
        self.file, self.die_after = folder / "used.jsonl", die_after
        self.stack = ExitStack()

    def watch(self, optimizer):
        self.ledger = self.stack.enter_context(Ledger.watch(optimizer))
        innermost(optimizer).register_step_post_hook(self.saw)

    def saw(self, optimizer, args, kwargs):
        groups = optimizer.param_groups
        used = {
            "lr": self.ledger.used_by_group[-1].tolist(),
            "weight_decay": [group["weight_decay"] for group in groups],
            "betas[0]": [group["betas"][0] for group in groups],
        }
        with self.file.open("a") as file:
            print(json.dumps(used), file=file)
        if len(self.ledger.steps) == self.die_after:
            os.kill(os.getpid(), signal.SIGKILL)


def in_transformers(folder, case, recorder, resume):
    from transformers import Trainer, TrainingArguments

    net = Net()
    optimizer = optimizer_of(net)
    recorder.watch(optimizer)
    arguments = TrainingArguments(
        folder,
        max_steps=UPDATES,
        per_device_train_batch_size=BATCH,
        gradient_accumulation_steps=ACCUMULATE,
        max_grad_norm=0,
        save_steps=SAVED["transformers"],
        report_to=[],
        use_cpu=True,
        disable_tqdm=True,
    )
    rows = [{"x": x, "y": y} for x, y in examples()]
    trainer = Trainer(
        net, arguments, train_dataset=rows, optimizers=(optimizer, scheduler_of(optimizer, case))
    )
    trainer.train(resume_from_checkpoint=resume)
    return net


def in_accelerate(folder, case, recorder, resume):
    from accelerate import Accelerator

    accelerator = Accelerator(cpu=True, gradient_accumulation_steps=ACCUMULATE)
    net = Net()
    optimizer = optimizer_of(net)
    recorder.watch(optimizer)
    scheduler = scheduler_of(optimizer, case)
    batches = DataLoader(examples(), BATCH)
    net, optimizer, scheduler, batches = accelerator.prepare(net, optimizer, scheduler, batches)
    done = 0
    if resume:
        accelerator.load_state(folder / "checkpoint")
        done = SAVED["accelerate"]
    for epoch in range(done // EPOCH, UPDATES // EPOCH):
        skipped = max(done - epoch * EPOCH, 0) * ACCUMULATE
        for x, y in accelerator.skip_first_batches(batches, skipped):
            with accelerator.accumulate(net):
                accelerator.backward(net(x, y)["loss"])
                optimizer.step()
                scheduler.step()
                optimizer.zero_grad()
            if accelerator.sync_gradients:
                done += 1
                if done == SAVED["accelerate"]:
                    accelerator.save_state(folder / "checkpoint")
    return accelerator.unwrap_model(net)


def in_lightning(folder, case, recorder, resume):
    import lightning

    class Module(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.net = Net()

        def training_step(self, batch, index):
            return self.net(*batch)["loss"]

        def configure_optimizers(self):
            optimizer = optimizer_of(self.net)
            recorder.watch(optimizer)
            scheduler = scheduler_of(optimizer, case)
            return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

    module = Module()
    trainer = lightning.Trainer(
        max_steps=UPDATES,
        accumulate_grad_batches=ACCUMULATE,
        callbacks=[
            lightning.pytorch.callbacks.ModelCheckpoint(
                folder, "saved", every_n_train_steps=SAVED["lightning"]
            )
        ],
        accelerator="cpu",
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    path = folder / "saved.ckpt" if resume else None
    trainer.fit(module, DataLoader(examples(), BATCH), ckpt_path=path, weights_only=True)
    return module.net


def in_opacus(folder, case, recorder, resume):
    from opacus import PrivacyEngine

    net, optimizer, _ = PrivacyEngine().make_private(
        module=(plain := Net()),
        optimizer=optimizer_of(plain),
        data_loader=DataLoader(examples(), BATCH),
        noise_multiplier=0.0,
        max_grad_norm=1e6,
        poisson_sampling=False,
    )
    recorder.watch(optimizer)
    scheduler = scheduler_of(optimizer, case)
    parts = {"net": plain, "optimizer": optimizer, "scheduler": scheduler}
    done = 0
    if resume:
        for name, state in torch.load(folder / "checkpoint.pt", weights_only=True).items():
            parts[name].load_state_dict(state)
        done = SAVED["opacus"]
    for batch in batches_from(done):
        optimizer.signal_skip_step(batch % ACCUMULATE != ACCUMULATE - 1)
        net(*examples()[batch_rows(batch)])["loss"].backward()
        optimizer.step()
        optimizer.zero_grad()
        if batch % ACCUMULATE == ACCUMULATE - 1:
            scheduler.step()
            if (batch + 1) // ACCUMULATE == SAVED["opacus"]:
                saved = {name: part.state_dict() for name, part in parts.items()}
                torch.save(saved, folder / "checkpoint.pt")
    return plain


def in_fsdp(folder, case, recorder, resume):
    from torch import distributed
    from torch.distributed import checkpoint
    from torch.distributed.checkpoint.state_dict import get_state_dict, set_state_dict
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    meeting = f"file://{folder.resolve()}/{os.getpid()}"
    distributed.init_process_group("gloo", init_method=meeting, rank=0, world_size=1)
    net, mesh = Net(), init_device_mesh("cpu", (1,))
    for part in (net.first, net.last, net):
        fully_shard(part, mesh=mesh)
    optimizer = optimizer_of(net)
    scheduler = scheduler_of(optimizer, case)

    def states():
        model, of_optimizer = get_state_dict(net, optimizer)
        return {"model": model, "optimizer": of_optimizer, "scheduler": scheduler.state_dict()}

    done = 0
    if resume:
        checkpoint.load(loaded := states(), checkpoint_id=folder / "checkpoint")
        set_state_dict(net, optimizer, model_state_dict=loaded["model"], optim_state_dict=loaded["optimizer"])
        scheduler.load_state_dict(loaded["scheduler"])
        done = SAVED["fsdp"]
    recorder.watch(optimizer)  # not before: `get_state_dict` fills a new optimizer by an update at rate 0
    for batch in batches_from(done):
        (net(*examples()[batch_rows(batch)])["loss"] / ACCUMULATE).backward()
        if batch % ACCUMULATE == ACCUMULATE - 1:
            optimizer.step()
            scheduler.step()
            optimizer.zero_grad()
            if (batch + 1) // ACCUMULATE == SAVED["fsdp"]:
                checkpoint.save(states(), checkpoint_id=folder / "checkpoint")
    whole = {name: tensor.full_tensor() for name, tensor in net.state_dict().items()}
    distributed.destroy_process_group()
    (plain := Net()).load_state_dict(whole)
    return plain


def batches_from(update):
    """The numbers of the batches from an update on, where a loop is written by hand."""
    return range(update * ACCUMULATE, UPDATES * ACCUMULATE)


def batch_rows(batch):
    """The rows of a batch; the data of an epoch come round again."""
    first = batch * BATCH % len(examples())
    return slice(first, first + BATCH)


TRAINERS = {
    "transformers": in_transformers,
    "accelerate": in_accelerate,
    "lightning": in_lightning,
    "opacus": in_opacus,
    "fsdp": in_fsdp,
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("trainer", choices=TRAINERS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("case", choices=CASES)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--die-after", type=int)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    recorder = Recorder(given.folder, given.die_after)
    with recorder.stack:
        net = TRAINERS[given.trainer](given.folder, given.case, recorder, given.resume)
    torch.save(net.state_dict(), given.folder / "weights.pt")


if __name__ == "__main__":
    main()
