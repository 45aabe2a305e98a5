"""Other parameters are those at the low ends, and a lesson that breaks under them is named."""

import nbformat
import pytest

from lrlib.reports import parameters
from notebooks.tools import kernels, twins, vary

DECLARED = """\
steps: int = 300  # updates, 100..2000
seed: int = 0  # seed, 0..9
noise: float = 0.0  # fraction, 0..0.5
rate: float = 0.1  # rate, 1e-3..2
only: int = 3  # fixed, 3..3
fast: bool = False  # whether
task: str = "a"  # which: one of a, b
rates: list[float] = [0.1, 0.2, 0.4, 0.8]  # peaks, 3 or more, rising, 0.01..2
shape: str = "constant(1)"  # a schedule text
size: int = 5  # (a only), 2..9
"""
SLIDERS = """\
import ipywidgets as widgets


class Explorer:
    def __init__(self, draw, **sliders):
        self.sliders = sliders
        self.image = widgets.Image(value=draw(**{name: s.value for name, s in sliders.items()}))
        for slider in sliders.values():
            slider.observe(lambda change: self.redraw(draw), names="value")

    def redraw(self, draw):
        self.image.value = draw(**{name: slider.value for name, slider in self.sliders.items()})


def explorer(draw):
    return Explorer(
        draw,
        n=widgets.IntSlider(min=1, max=9, value=5, description="n"),
        rate=widgets.FloatLogSlider(min=-2, max=0, value=0.1, description="rate"),
    )
"""


def notebook(*sources):
    """A notebook whose cells show what their comment says: `f(1)  #> 3`; others are Markdown."""
    head = nbformat.v4.new_code_cell(
        "steps: int = 300  # updates, 100..2000", metadata={"tags": ["parameters"]}
    )
    made = nbformat.v4.new_notebook(cells=[head], metadata=twins.METADATA)
    for source in sources:
        if source.startswith("#"):
            made.cells.append(nbformat.v4.new_markdown_cell(source))
            continue
        code, _, said = source.partition("  #> ")
        output = nbformat.v4.new_output("stream", name="stdout", text=said)
        made.cells.append(nbformat.v4.new_code_cell(code, outputs=[output] if said else []))
    return made


def test_every_parameter_gets_another_value_that_is_allowed():
    cell = nbformat.v4.new_code_cell(DECLARED, metadata={"tags": ["parameters"]})
    declared = parameters.declared(nbformat.v4.new_notebook(cells=[cell]))
    assert vary.others(declared) == {
        "steps": 100,
        "seed": 1,
        "noise": 0.05,
        "rate": 0.001,
        "fast": True,
        "task": "b",
        "rates": [0.1, 0.2, 0.4],
    }


SHOWN = "print(f'{steps / 7:.2f}')  #> 42.86"
GOOD = [SHOWN, "# Title\n\nA third is 0.33; the printed line says it.", SLIDERS]
BROKEN = {
    "a cell that raises": (["assert steps > 100, 'too short'"], "AssertionError: too short in the cell"),
    "a warning": (
        ["import warnings", "warnings.warn('careful')"],
        "a warning in the cell that starts with `wa",
    ),
    "a number of the text": ([SHOWN, "# Title\n\nIt is 42.86."], "the text says 42.86, which was printed"),
    "a dead kernel": (["import os", "os._exit(1)"], "DeadKernelError"),
    "a slider that does nothing": (
        [SLIDERS, "explorer(lambda n, rate: bytes(n))"],
        "the slider rate moves nothing",
    ),
    "a slider that breaks at its end": (
        [SLIDERS, "explorer(lambda n, rate: bytes(n + int(1 / (1.0 - rate))))"],
        "ZeroDivisionError",
    ),
}


def run(folder, *sources):
    nbformat.write(notebook(*sources), folder / "01_small.ipynb")
    return vary.run(folder / "01_small.ipynb")


def test_a_good_lesson_passes(tmp_path):
    given, faults = run(tmp_path, *GOOD, "explorer(lambda n, rate: f'{n} {rate}'.encode())")
    assert given == {"steps": 100} and not faults


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_lesson_is_noticed(tmp_path, name):
    sources, said = BROKEN[name]
    _, faults = run(tmp_path, *sources)
    assert len(faults) == 1 and said in faults[0]


def test_the_command_names_what_failed_and_leaves_the_notebooks_as_they_are(tmp_path, monkeypatch, capfd):
    lessons = tmp_path / "notebooks" / "lessons"
    lessons.mkdir(parents=True)
    nbformat.write(notebook("print(steps)  #> 300"), lessons / "01_good.ipynb")
    nbformat.write(notebook("1 / (steps - 100)"), lessons / "02_bad.ipynb")
    before = {path: path.read_bytes() for path in lessons.iterdir()}
    monkeypatch.chdir(tmp_path)
    for variable, value in kernels.environment(parallel=True).items():
        monkeypatch.setenv(variable, value)  # and so put back afterwards
    assert vary.main([]) == 1
    said = capfd.readouterr().out
    assert "passed with steps=100" in said and "ZeroDivisionError" in said and "1 of 2 lessons" in said
    assert {path: path.read_bytes() for path in lessons.iterdir()} == before
    assert vary.main(["--only", "good"]) == 0
    assert vary.main(["--only", "nothing"]) == 1
