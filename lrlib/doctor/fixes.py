"""PyTorch without the fault: each is shown beside the fault that it mends."""

ONCE_AN_UPDATE = """\
for i, (inputs, targets) in enumerate(batches):
    loss = loss_fn(model(inputs), targets)
    (loss / accumulation).backward()
    if (i + 1) % accumulation == 0:
        optimizer.step()
        scheduler.step()  # once an update, here
        optimizer.zero_grad()
# Lightning: {"scheduler": scheduler, "interval": "step"}
# accelerate: accelerator.prepare(scheduler)"""
IN_ORDER = """\
scheduler = build(optimizer)  # before any update
for inputs, targets in batches:
    loss_fn(model(inputs), targets).backward()
    log(optimizer.param_groups[0]["lr"])  # used next
    optimizer.step()
    scheduler.step()
    optimizer.zero_grad()"""
IF_UPDATED = """\
scale = scaler.get_scale()
scaler.step(optimizer)
scaler.update()
if scaler.get_scale() >= scale:  # an update was made
    scheduler.step()"""
RESTORED = """\
optimizer = build_optimizer(model)  # build both,
scheduler = build_scheduler(optimizer)
state = torch.load("checkpoint.pt")  # then load both
model.load_state_dict(state["model"])
optimizer.load_state_dict(state["optimizer"])
scheduler.load_state_dict(state["scheduler"])"""
LENGTH = """\
from torch.optim import lr_scheduler

updates = epochs * (len(batches) // accumulation)
scheduler = lr_scheduler.CosineAnnealingLR(optimizer, updates)"""
ONE_SCHEDULE = """\
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR

up = LinearLR(optimizer, 0.01, 1, warmup)
down = CosineAnnealingLR(optimizer, updates - warmup)
scheduler = SequentialLR(optimizer, [up, down], [warmup])"""
EVERY_GROUP = """\
for group in optimizer.param_groups:  # every group
    group["lr"] = group["initial_lr"] * schedule(update)"""
