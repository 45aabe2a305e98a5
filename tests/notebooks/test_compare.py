"""What counts as the same output: rounding on another machine, and nothing that a person would see."""

import base64
import functools
import io
import re
from pathlib import Path

import nbformat
import pytest
from PIL import Image

from notebooks.tools import compare, figures, form, lesson, text

LESSONS = Path(__file__).parents[2] / "notebooks" / "lessons"


def picture(size, colour):
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, format="png")
    return base64.b64encode(buffer.getvalue()).decode()


@pytest.mark.parametrize(
    "old, new",
    [
        ("loss 0.123456789", "loss 0.123456790"),
        ("1e-05", "1.0000001e-05"),
        ("-3.5 %", "-3.5000001 %"),
        ("0.0", "1e-13"),
        ("mean    0.00", "mean   -0.00"),
        ("nan inf -inf", "nan inf -inf"),
        ("<td>0.5</td>", "<td>0.5000000001</td>"),
        ("[loss] 4 lines, 20 points: 0.56886171 / 1", "[loss] 4 lines, 20 points: 0.56886086 / 1"),
    ],
)
def test_rounding_is_the_same_text(old, new):
    assert text.text_difference(old, new) is None


@pytest.mark.parametrize(
    "old, new",
    [
        ("loss 0.1234", "loss 0.1235"),
        ("loss 0.56886171", "loss 0.56886086"),
        ("[loss] 4 lines, 20 points: 0.56886171 / 1", "[loss] 4 lines, 20 points: 0.56887571 / 1"),
        ("[loss] 4 lines, 20 points: 0.5 / 1", "[loss] 4 lines, 21 points: 0.5 / 1"),
        ("1000000000", "1000000001"),
        ("1e-05", "2e-05"),
        ("0.5", "-0.5"),
        ("nan", "0.0"),
        ("inf", "-inf"),
        ("0.5 s", "0.5 m"),
        ("a 0.5", "a  0.5"),
        ("run1", "run2"),
        ("arXiv:2501.00656", "arXiv:2501.00657"),
        ("https://arxiv.org/abs/1608.03983", "https://arxiv.org/abs/1608.03984"),
        ("example.org/1234567.8", "example.org/1234567.9"),
        ("0.5", "0.5\n0.5"),
        ("off by 1.3e+02 %", "off by 130 %"),
        ("off by 130 %", "off by 130.0 %"),
        ("mean 0.50", "mean 0.5"),
        ("mean 0.00", "mean 0.000"),
        ("+0.25", "0.25"),
        ("run 07", "run 7"),
        ("0.00010000001", "1.0000001e-04"),
        ("#0072B2", "#009E73"),
    ],
)
def test_a_change_is_not_the_same_text(old, new):
    assert text.text_difference(old, new)


def test_json_is_compared_to_the_leaf():
    value = {"runs": 3, "loss": [0.25, float("nan")], "ok": True, "text": "at 0.5"}
    near = {"runs": 3, "loss": [0.25 + 1e-12, float("nan")], "ok": True, "text": "at 0.5000000001"}
    assert text.json_difference(value, near) is None
    for wrong in ({"runs": 4}, {"loss": [0.26, float("nan")]}, {"loss": [0.25]}, {"ok": 1}, {"more": 0}):
        assert text.json_difference(value, value | wrong)


def test_unreadable_picture_is_a_difference():
    white = picture((9, 9), "white")
    assert figures.figure_difference(white, white) is None
    assert figures.figure_difference(white, "bm8gcGljdHVyZQ==")
    assert figures.figure_difference(white[:-40], white)


def test_widgets_are_compared_by_their_text_only():
    def widget(model, shown):
        view = "application/vnd.jupyter.widget-view+json"
        return [nbformat.v4.new_output("display_data", {view: {"model_id": model}, "text/plain": shown})]

    stored = widget("a", "FloatSlider(value=0.1)")
    assert compare.difference(stored, widget("b", "FloatSlider(value=0.1)")) is None
    assert compare.difference(stored, widget("a", "FloatSlider(value=0.2)"))


def test_streams_are_compared_as_a_whole():
    stream = functools.partial(nbformat.v4.new_output, "stream")
    pieces = [stream(name="stdout", text="a"), stream(name="stdout", text="b")]
    assert compare.difference(pieces, [stream(name="stdout", text="ab")]) is None
    assert [piece.text for piece in pieces] == ["a", "b"]
    assert compare.difference(pieces, [stream(name="stderr", text="ab")])


REWRITTEN = {
    "one zero more": lambda number: f"{number}0",
    "with an exponent": lambda number: f"{float(number):.5e}",
    "with a plus": lambda number: f"+{number}",
    "with a zero before it": lambda number: f"0{number}",
    "with a blank before it": lambda number: f" {number}",
}


@pytest.mark.parametrize("how", REWRITTEN)
def test_no_rounded_number_of_a_lesson_may_be_written_otherwise(how):
    lines = "\n".join(lesson.printed(form.read(path)) for path in LESSONS.glob("*.ipynb")).split("\n")
    found = [
        (line, m) for line in lines for m in re.finditer(r"(?<![\w.:/+-])\d{1,3}\.\d{1,3}(?![\w.])", line)
    ]
    assert len(found) > 1000
    kept = []
    for line, match in found:
        stale = f"{line[: match.start()]}{REWRITTEN[how](match[0])}{line[match.end() :]}"
        kept += [] if text.text_difference(stale, line) else [stale]
    assert kept[:5] == []
