"""Runs of real trainers that write the log that they always write, right and with faults that people make.

python -m tests.trainers.logs TRAINER FOLDER

Every run of TRAINER is made one after the other in this process; its log lies below FOLDER/RUN. The model is
tiny, an update accumulates the gradients of two batches, and warm-up and cosine are the trainer's or torch's.
"""

import csv
import importlib.util
import math
import sys
from pathlib import Path

import torch
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader, TensorDataset

UPDATES, EPOCH, ACCUMULATE, BATCH, WARMUP, PEAK = 60, 12, 2, 4, 10, 0.02
RUNS = {
    "transformers": ("right", "horizon"),
    "lightning": ("right", "epoch", "groups"),
    "accelerate": ("right", "micro-batch"),
}


def examples():
    generator = torch.Generator().manual_seed(1)
    rows = EPOCH * ACCUMULATE * BATCH
    return TensorDataset(torch.randn(rows, 3, generator=generator), torch.randn(rows, 1, generator=generator))


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.first, self.last = torch.nn.Linear(3, 4), torch.nn.Linear(4, 1)

    def forward(self, x, y):
        return {"loss": ((self.last(torch.tanh(self.first(x))) - y) ** 2).mean()}


def warmup_cosine(t, total=UPDATES):
    """Written again here, so that the log owes nothing to lrlib."""
    if t < WARMUP:
        return t / WARMUP
    return (1 + math.cos(math.pi * min(1, (t - WARMUP) / (total - WARMUP)))) / 2


def in_transformers(folder, run):
    """horizon: the scheduler is told the number of batches, not of updates."""
    from transformers import Trainer, TrainingArguments, get_cosine_schedule_with_warmup

    arguments = TrainingArguments(
        str(folder), max_steps=UPDATES, per_device_train_batch_size=BATCH, logging_steps=5, save_steps=30,
        gradient_accumulation_steps=ACCUMULATE, learning_rate=PEAK, lr_scheduler_type="cosine",
        warmup_steps=WARMUP, report_to=[], use_cpu=True, disable_tqdm=True,
    )  # fmt: skip
    net, own = Net(), (None, None)
    if run == "horizon":
        optimizer = torch.optim.AdamW(net.parameters(), lr=PEAK)
        batches = len(DataLoader(examples(), BATCH)) * (UPDATES // EPOCH)
        own = optimizer, get_cosine_schedule_with_warmup(optimizer, WARMUP, batches)
    rows = [{"x": x, "y": y} for x, y in examples()]
    Trainer(net, arguments, train_dataset=rows, optimizers=own).train()


def in_lightning(folder, run):
    """epoch: Lightning steps a scheduler once an epoch unless it is told otherwise."""
    import lightning
    from lightning.pytorch.callbacks import LearningRateMonitor
    from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger

    class Module(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.net = Net()

        def training_step(self, batch, index):
            loss = self.net(*batch)["loss"]
            self.log("train_loss", loss)
            return loss

        def configure_optimizers(self):
            parts = [{"params": self.net.first.parameters()}, {"params": self.net.last.parameters()}]
            parts[1]["lr"] = PEAK / 4
            optimizer = torch.optim.SGD(parts if run == "groups" else self.parameters(), lr=PEAK)
            scheduler = LambdaLR(optimizer, warmup_cosine)
            if run == "epoch":
                return [optimizer], [scheduler]
            return [optimizer], [{"scheduler": scheduler, "interval": "step"}]

    loggers = [CSVLogger(folder)]
    if importlib.util.find_spec("tensorboard"):
        loggers.append(TensorBoardLogger(folder, "events"))
    trainer = lightning.Trainer(
        max_steps=UPDATES, accumulate_grad_batches=ACCUMULATE, logger=loggers, log_every_n_steps=1,
        callbacks=[LearningRateMonitor(logging_interval="step")], accelerator="cpu",
        enable_progress_bar=False, enable_model_summary=False, enable_checkpointing=False,
    )  # fmt: skip
    trainer.fit(Module(), DataLoader(examples(), BATCH))


def in_accelerate(folder, run):
    """micro-batch: the scheduler was not prepared, so it steps for every batch."""
    from accelerate import Accelerator

    tracker = "tensorboard" if importlib.util.find_spec("tensorboard") else None
    accelerator = Accelerator(
        cpu=True, gradient_accumulation_steps=ACCUMULATE, log_with=tracker, project_dir=folder / "events"
    )
    accelerator.init_trackers("run")
    net = Net()
    optimizer = torch.optim.SGD(net.parameters(), lr=PEAK)
    scheduler = LambdaLR(optimizer, warmup_cosine)
    net, optimizer, batches = accelerator.prepare(net, optimizer, DataLoader(examples(), BATCH))
    if run == "right":
        scheduler = accelerator.prepare(scheduler)
    with (folder / "log.csv").open("w", newline="") as file:
        log = csv.writer(file)
        log.writerow(["step", "loss", "lr"])
        for update, (x, y) in enumerate(batch for _ in range(UPDATES // EPOCH) for batch in batches):
            with accelerator.accumulate(net):
                loss, rate = net(x, y)["loss"], optimizer.param_groups[0]["lr"]
                accelerator.backward(loss)
                optimizer.step()
                scheduler.step()
                optimizer.zero_grad()
            if accelerator.sync_gradients:
                log.writerow([update // ACCUMULATE, f"{loss.item():.4f}", f"{rate:.4e}"])
                accelerator.log({"lr": rate, "train/loss": loss.item()}, step=update // ACCUMULATE)
    accelerator.end_training()


TRAINERS = {"transformers": in_transformers, "lightning": in_lightning, "accelerate": in_accelerate}


if __name__ == "__main__":
    for each in RUNS[sys.argv[1]]:
        (place := Path(sys.argv[2], each)).mkdir(parents=True, exist_ok=True)
        TRAINERS[sys.argv[1]](place, each)
