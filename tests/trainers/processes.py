"""accelerate with two processes on one machine: python -m tests.trainers.processes {on,off} FOLDER

"on" is accelerate's default, which steps the scheduler once per process and update; "off" builds
`Accelerator(step_scheduler_with_optimizer=False)`. Each process writes the rates it used to FOLDER/RANK.json.
"""

import json
import sys
from pathlib import Path

import torch
from accelerate import Accelerator, debug_launcher

from lrlib.ledger import Ledger
from lrlib.optim import ScheduleLR
from tests.trainers.runs import ACCUMULATE, CASES, UPDATES


def train(with_optimizer, folder):
    accelerator = Accelerator(
        cpu=True, gradient_accumulation_steps=ACCUMULATE, step_scheduler_with_optimizer=with_optimizer
    )
    net = torch.nn.Linear(2, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    scheduler = ScheduleLR(optimizer, CASES["one schedule"]["lr"])
    net, prepared, scheduler = accelerator.prepare(net, optimizer, scheduler)
    with Ledger.watch(optimizer) as ledger:
        for _ in range(UPDATES * ACCUMULATE):
            with accelerator.accumulate(net):
                accelerator.backward(net(torch.ones(1, 2)).sum())
                prepared.step()
                if with_optimizer or accelerator.sync_gradients:
                    scheduler.step()
                prepared.zero_grad()
    (folder / f"{accelerator.process_index}.json").write_text(json.dumps(ledger.used.tolist()))


if __name__ == "__main__":
    debug_launcher(train, (sys.argv[1] == "on", Path(sys.argv[2])), num_processes=2)
