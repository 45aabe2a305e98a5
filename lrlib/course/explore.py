"""Explorers: sliders that redraw a picture. They hold nothing that a static cell does not also show."""

from __future__ import annotations

from collections.abc import Callable
from math import log10

import ipywidgets as widgets

from lrlib.plot import Picture


class Explorer:
    """Sliders above a picture. Shows as widgets where a kernel runs, and as a line of text elsewhere."""

    def __init__(self, draw: Callable[..., Picture], sliders: dict[str, widgets.Widget]):
        self.draw, self.sliders = draw, sliders
        as_drawn = {"align_self": "flex-start", "max_width": "100%"}  # a box would stretch it, and blur it
        self.image = widgets.Image(format="png", layout=as_drawn)
        self.box = widgets.VBox([widgets.HBox(list(sliders.values())), self.image])
        for slider in sliders.values():
            slider.observe(lambda change: self.redraw(), names="value")
        self.redraw()

    def redraw(self) -> None:
        """Draw with the present values of the sliders."""
        values = {name: slider.value for name, slider in self.sliders.items()}
        self.image.value = self.draw(**values).png()

    def __repr__(self) -> str:
        return f"Explorer of {', '.join(self.sliders)}: run this cell in JupyterLab to move the sliders."

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {**self.box._repr_mimebundle_(), "text/plain": repr(self)}


def explorer(draw: Callable[..., Picture], **ranges: tuple[float, float, float]) -> Explorer:
    """Sliders for the arguments of `draw`, each given as (low, high, start); whole numbers stay whole.

    draw: keyword arguments, one a slider -> the Picture to show. Ranges of floats move on a log scale when
    low > 0, since that is how rates are chosen. A range is widened to its start where that lies outside.

    >>> from lrlib import plot
    >>> from lrlib.schedules import linear
    >>> def draw(end, steps):
    ...     return plot.schedules(linear(1, end, steps), 100, f"To {end} in {steps}", "A line.")
    >>> explorer(draw, end=(0.0, 1.0, 0.1), steps=(10, 200, 100))
    Explorer of end, steps: run this cell in JupyterLab to move the sliders.
    """
    return Explorer(draw, {name: _slider(name, *limits) for name, limits in ranges.items()})


def _slider(name: str, low: float, high: float, start: float) -> widgets.Widget:
    low, high = min(low, start), max(high, start)
    common = {"description": name, "value": start, "continuous_update": False}
    if all(isinstance(x, int) for x in (low, high, start)):
        return widgets.IntSlider(min=low, max=high, **common)
    if low > 0:
        return widgets.FloatLogSlider(base=10, min=log10(low), max=log10(high), step=0.05, **common)
    return widgets.FloatSlider(min=low, max=high, step=(high - low) / 50, **common)
