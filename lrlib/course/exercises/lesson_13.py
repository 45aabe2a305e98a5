"""Lesson 13, warmup-stable-decay: what a trunk and its branches cost, and in which order they are trained."""

import torch

from lrlib.course.exercises import Exercise, declared


@declared("13.1")
def the_cost_of_branches():
    return Exercise(
        expected=lambda lengths, D: max(lengths) - D + D * len(lengths),
        cases=[(list(range(a, a * k, a)), D) for a in (30, 70) for k in (3, 6) for D in (5, 20)]
        + [([400, 100, 200], 40), ([100], 10)],
        mistakes={
            "The trunk is counted once for each branch: those are separate runs.": lambda lengths, D: sum(
                lengths
            ),
            "The trunk ends where the last cooldown begins, D before the longest budget.": (
                lambda lengths, D: max(lengths) + D * len(lengths)
            ),
            "Each branch needs a cooldown of its own.": lambda lengths, D: max(lengths),
            "The list need not be sorted: the last entry may not be the longest.": (
                lambda lengths, D: lengths[-1] - D + D * len(lengths)
            ),
            "That is the trunk alone.": lambda lengths, D: max(lengths) - D,
            "Those are the cooldowns alone.": lambda lengths, D: D * len(lengths),
        },
        second=lambda f: None if f([50], 10) == 50 else "a single budget of 50 should cost 50.",
    )


def by(rows_of, moved=lambda n, fork: fork):
    def make(lengths, share):
        rows, here = [], 0
        for n in lengths:
            fork = n - round(share * n)
            rows += rows_of(here, fork, n)
            here = moved(n, fork)
        return rows

    return make


def right(here, fork, n):
    return [[here, fork, 0], [fork, n, 1]]


@declared("13.2")
def a_plan_of_branches(begin, train_on, branch, trunk, cooled, steps, share):
    """What the lesson trains with. trunk: the schedule of the trunk; cooled: from a length, that of a run."""

    def same_ends(f):
        run = begin(trunk)
        for first, last, is_branch in f([steps // 4, steps // 2], share):
            if not is_branch:
                train_on(run, int(first), int(last))
                continue
            state = {part: run[part].state_dict() for part in run}
            one, two = branch(state, cooled(int(last))), begin(cooled(int(last)))
            train_on(one, int(first), int(last)), train_on(two, 0, int(last))
            both = zip(one["model"].parameters(), two["model"].parameters(), strict=True)
            if not all(torch.equal(ours, theirs) for ours, theirs in both):
                return f"the branch to {last} is not the run from scratch."

    return Exercise(
        expected=by(right),
        cases=[([75, 150, 300, 600], 0.2), ([100, 120, 140], 0.1), ([50], 0.3), ([40, 90], 0.5)],
        mistakes={
            "The trunk starts from 0 again.": by(right, lambda n, fork: 0),
            "The trunk goes on from weights that have cooled down.": by(right, lambda n, fork: n),
            "The branch comes before its trunk.": by(lambda *row: right(*row)[::-1]),
            "A branch is marked with 1, its trunk with 0.": by(
                lambda h, fork, n: [[h, fork, 1], [fork, n, 0]]
            ),
            "A branch starts at its fork.": by(lambda h, fork, n: [[h, fork, 0], [0, n, 1]]),
            "`last` is one past the last update.": by(
                lambda h, fork, n: [[h, fork - 1, 0], [fork, n - 1, 1]]
            ),
        },
        second=same_ends,
    )
