"""Lesson 26, moving a tuned peak: the rate of a layer in muP, and a rate moved over batch and length."""

import numpy as np

from lrlib.course.exercises import Exercise, declared


def keeps_the_step(f):
    """A hidden unit moves by inputs times rate: as far at any width."""
    steps = [width * f("hidden", 0.01, width, 64) for width in (64, 128, 1024)]
    return None if np.allclose(steps, steps[0]) else "width times rate is not the same at all widths."


@declared("26.1")
def a_layer_in_mup():
    def rate(layer, base_lr, width, base):
        return base_lr if layer == "input" else base_lr * base / width

    layers = ("input", "hidden", "output")
    return Exercise(
        expected=rate,
        cases=[
            (layer, 0.02, w, b) for layer in layers for w, b in ((256, 64), (64, 64), (32, 64), (500, 100))
        ],
        mistakes={
            "That is for every layer: the input layer adds up over pixels, at any width.": (
                lambda layer, lr, width, base: lr * base / width
            ),
            "The other way round: a wider network needs a lower rate.": (
                lambda layer, lr, width, base: lr if layer == "input" else lr * width / base
            ),
            "Only the output layer: a hidden unit adds up over the width, too.": (
                lambda layer, lr, width, base: lr * base / width if layer == "output" else lr
            ),
            "That is the table's column of SGD.": (
                lambda layer, lr, width, base: (
                    lr * {"input": width / base, "hidden": 1, "output": base / width}[layer]
                )
            ),
        },
        second=keeps_the_step,
    )


def comes_back(f):
    there = f(0.3, 16, 200, 64, 900, 100)
    back = f(there, 64, 900, 16, 200, 100)
    return None if np.isclose(back, 0.3) else "there and back again is another rate."


@declared("26.2")
def over_batch_and_length():
    def moved(rate, batch, steps, new_batch, new_steps, B_crit, power=0.5):
        before, after = min(batch, B_crit) / steps, min(new_batch, B_crit) / new_steps
        return rate * (after / before) ** power

    return Exercise(
        expected=moved,
        cases=[
            (0.3, 16, 200, 64, 200, 100),
            (0.3, 16, 200, 16, 800, 100),
            (0.3, 32, 200, 256, 25, 100),
            (0.5, 256, 100, 32, 800, 64),
            (0.1, 128, 100, 256, 100, 64),
        ],
        mistakes={
            "Rows above the critical batch count for nothing.": lambda lr, b, t, nb, nt, crit: (
                lr * (nb / b * t / nt) ** 0.5
            ),
            "The batch that was tuned may be above the critical one, too.": lambda lr, b, t, nb, nt, crit: (
                lr * (min(nb, crit) / b * t / nt) ** 0.5
            ),
            "That is the linear rule: take the square root.": lambda *given: moved(*given, power=1),
            "The other way round.": lambda *given: moved(*given, power=-0.5),
            "The length is left out.": lambda lr, b, t, nb, nt, crit: (
                lr * (min(nb, crit) / min(b, crit)) ** 0.5
            ),
        },
        second=comes_back,
    )
