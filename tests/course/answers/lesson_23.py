# %% 23.1 right: a loop
def goes_off(planned, used):
    for t in range(len(planned)):
        if abs(used[t] - planned[t]) > 1e-6 * max(planned):
            return t
    return -1


# %% 23.1 right: flatnonzero, a float
def goes_off(planned, used):
    where = np.flatnonzero(abs(used - planned) / np.max(planned) > 1e-6)
    return float(where[0]) if where.size else -1.0


# %% 23.1 right: tensors
def goes_off(planned, used):
    planned, used = torch.tensor(planned), torch.tensor(used)
    off = (used - planned).abs() > 1e-6 * planned.max()
    return torch.argmax(off.int()) if off.any() else torch.tensor(-1)


# %% 23.1 right: an array of one element
def goes_off(planned, used):
    return np.append(np.flatnonzero(abs(used - planned) > 1e-6 * planned.max()), -1)[:1]


# %% 23.1 wrong: the last place
def goes_off(planned, used):
    off = np.flatnonzero(abs(used - planned) > 1e-6 * planned.max())
    return off[-1] if off.size else -1


# %% 23.1 wrong: too high only
def goes_off(planned, used):
    off = np.flatnonzero(used - planned > 1e-6 * planned.max())
    return off[0] if off.size else -1


# %% 23.1 wrong: a tolerance of the used peak
def goes_off(planned, used):
    off = np.flatnonzero(abs(used - planned) > 1e-6 * used.max())
    return off[0] if off.size else -1


# %% 23.1 wrong: the step before
def goes_off(planned, used):
    off = np.flatnonzero(abs(used - planned) > 1e-6 * planned.max())
    return off[0] - 1 if off.size else -1


# %% 23.1 wrong: how many
def goes_off(planned, used):
    return np.sum(abs(used - planned) > 1e-6 * planned.max())


# %% 23.1 wrong: the length where they never differ
def goes_off(planned, used):
    off = np.flatnonzero(abs(used - planned) > 1e-6 * planned.max())
    return off[0] if off.size else len(planned)


# %% 23.2 right: with capitals
my_room_1 = {x: name.upper() for x, name in room_1.items()}


# %% 23.2 right: from lists
my_room_1 = dict(zip(list("ABCD"), list(room_1.values()), strict=True))


# %% 23.2 right: with blanks
my_room_1 = {x: f" {name} " for x, name in room_1.items()}


# %% 23.2 wrong: turned by one
my_room_1 = dict(zip("ABCD", [*list(room_1.values())[1:], room_1["A"]], strict=True))


# %% 23.2 wrong: two swapped
my_room_1 = room_1 | {"A": room_1["B"], "B": room_1["A"]}


# %% 23.2 wrong: one for all
my_room_1 = dict.fromkeys("ABCD", "attribute")


# %% 23.2 wrong: no such exhibit
my_room_1 = room_1 | {"C": "bad luck"}


# %% 23.3 right: with capitals
my_room_2 = {x: name.upper() for x, name in room_2.items()}


# %% 23.3 right: from lists
my_room_2 = dict(zip(list("ABCD"), list(room_2.values()), strict=True))


# %% 23.3 right: with blanks
my_room_2 = {x: f" {name} " for x, name in room_2.items()}


# %% 23.3 wrong: turned by one
my_room_2 = dict(zip("ABCD", [*list(room_2.values())[1:], room_2["A"]], strict=True))


# %% 23.3 wrong: two swapped
my_room_2 = room_2 | {"A": room_2["B"], "B": room_2["A"]}


# %% 23.3 wrong: one for all
my_room_2 = dict.fromkeys("ABCD", "negative-rate")


# %% 23.3 wrong: no such exhibit
my_room_2 = room_2 | {"C": "bad luck"}


# %% 23.4 right: with capitals
my_room_3 = {x: name.upper() for x, name in room_3.items()}


# %% 23.4 right: from lists
my_room_3 = dict(zip(list("ABCD"), list(room_3.values()), strict=True))


# %% 23.4 right: with blanks
my_room_3 = {x: f" {name} " for x, name in room_3.items()}


# %% 23.4 wrong: turned by one
my_room_3 = dict(zip("ABCD", [*list(room_3.values())[1:], room_3["A"]], strict=True))


# %% 23.4 wrong: two swapped
my_room_3 = room_3 | {"A": room_3["B"], "B": room_3["A"]}


# %% 23.4 wrong: one for all
my_room_3 = dict.fromkeys("ABCD", "optimizer-only")


# %% 23.4 wrong: no such exhibit
my_room_3 = room_3 | {"C": "bad luck"}


# %% 23.5 right: the scheduler's state first
def my_restore(weight, build, optimizer_state, scheduler_state):
    optimizer = fresh_sgd(weight)
    scheduler = build(optimizer)
    scheduler.load_state_dict(scheduler_state)
    optimizer.load_state_dict(optimizer_state)
    return optimizer, scheduler


# %% 23.5 right: a list
def my_restore(weight, build, optimizer_state, scheduler_state):
    both = [fresh_sgd(weight)]
    both.append(build(both[0]))
    for part, state in zip(both, (optimizer_state, scheduler_state), strict=True):
        part.load_state_dict(state)
    return both


# %% 23.5 right: the optimizer twice
def my_restore(weight, build, optimizer_state, scheduler_state):
    optimizer = fresh_sgd(weight)
    optimizer.load_state_dict(deepcopy(optimizer_state))
    scheduler = build(optimizer)
    scheduler.load_state_dict(scheduler_state)
    optimizer.load_state_dict(optimizer_state)
    return optimizer, scheduler


# %% 23.5 wrong: only the rate and no scheduler
def my_restore(weight, build, optimizer_state, scheduler_state):
    optimizer = fresh_sgd(weight)
    scheduler = build(optimizer)
    optimizer.param_groups[0]["lr"] = optimizer_state["param_groups"][0]["lr"]
    return optimizer, scheduler


# %% 23.5 wrong: the last learning rate of the scheduler
def my_restore(weight, build, optimizer_state, scheduler_state):
    optimizer = fresh_sgd(weight)
    scheduler = build(optimizer)
    scheduler.load_state_dict(scheduler_state)
    optimizer.param_groups[0]["lr"] = scheduler.get_last_lr()[0]
    return optimizer, scheduler


# %% 23.5 wrong: one step more
def my_restore(weight, build, optimizer_state, scheduler_state):
    optimizer = fresh_sgd(weight)
    scheduler = build(optimizer)
    optimizer.load_state_dict(optimizer_state)
    scheduler.load_state_dict(scheduler_state)
    scheduler.step()
    return optimizer, scheduler


# %% 23.5 wrong: another optimizer
def my_restore(weight, build, optimizer_state, scheduler_state):
    optimizer = torch.optim.SGD([weight], lr=base_lr)
    scheduler = build(optimizer)
    scheduler.load_state_dict(scheduler_state)
    optimizer.param_groups[0]["lr"] = optimizer_state["param_groups"][0]["lr"]
    return optimizer, scheduler


# %% 23.5 wrong: the other order of the two
def my_restore(weight, build, optimizer_state, scheduler_state):
    optimizer = fresh_sgd(weight)
    scheduler = build(optimizer)
    optimizer.load_state_dict(optimizer_state)
    scheduler.load_state_dict(scheduler_state)
    return scheduler, optimizer


# %% 23.5 wrong: without the momentum of the state
def my_restore(weight, build, optimizer_state, scheduler_state):
    optimizer = fresh_sgd(weight)
    scheduler = build(optimizer)
    optimizer.load_state_dict({**optimizer_state, "state": {}})
    scheduler.load_state_dict(scheduler_state)
    return optimizer, scheduler
