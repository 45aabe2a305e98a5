"""diffusers.optimization: what `get_scheduler` offers beside what it has from transformers."""

from lrlib import rules as r
from lrlib import schedules as s
from lrlib.schedules.presets.pieces import registered


@registered
def constant():
    """get_constant_schedule: 1."""
    return s.constant(1)


@registered
def piecewise_constant(step_rules: r.Text):
    """get_piecewise_constant_schedule: "1:10,0.1:20,0.01" is 1 before update 10, 0.1 before 20.

    A number after a colon is a step of the run and not a length. Rules may come in any order; of two with the
    same step the later one counts. Digits are 0..9.
    """
    *rules, last = step_rules.split(",")
    try:
        if not step_rules.isascii() or "_" in step_rules:
            raise ValueError
        pairs = [each.split(":") for each in rules]
        values = {int(step): float(value) for value, step in pairs}
        final = float(last)
    except ValueError:
        allowed = "such as '1:10,0.1:20,0.01', the last without a step"
        raise r.refused("step_rules", allowed, step_rules) from None
    steps = sorted(step for step in values if step > 0)
    return s.piecewise_constant(steps, [*(values[step] for step in steps), final])
