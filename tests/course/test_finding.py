"""A finding says what the corrected verdict says, in the direction it has, with the digits it deserves."""

import numpy as np
import pytest

from lrlib import stats
from lrlib.course.finding import found
from lrlib.rules import Refused

N = 12
NOISE = 0.02 * np.sin(np.arange(1, N + 1) ** 2)
BASE = 0.4 + 0.05 * np.cos(np.arange(N))
READINGS = {"better": "It helps.", "worse": "It hurts.", "cannot tell": "Nobody knows."}


@pytest.mark.parametrize(
    ("shift", "verdict", "word"),
    [(-0.1, "better", "lower"), (0.1, "worse", "higher"), (0.0, "cannot tell", "")],
)
def test_the_sentence_and_the_reading_follow_the_verdict(shift, verdict, word):
    losses = {"new": BASE + shift + NOISE, "old": BASE}
    result = found(losses, READINGS, reference="old")
    assert stats.ranking(losses, "old").loc["new", "verdict"] == verdict
    assert result.reading == READINGS[verdict]
    assert dict(result.others) == {k: v for k, v in READINGS.items() if k != verdict}
    assert (f"nats {word} [" in result.sentence) == bool(word)
    assert ("cannot be told from" in result.sentence) == (verdict == "cannot tell")
    means = f"({losses['new'].mean():.3f} against {BASE.mean():.3f})"
    assert means in result.sentence


def test_both_limits_are_told_as_sizes_small_before_large_also_when_the_loss_is_lower():
    result = found({"new": BASE - 0.1 + NOISE, "old": BASE}, reference="old")
    c = stats.compare(BASE - 0.1 + NOISE, BASE)
    assert f"ends {-c.mean:.3f} nats lower [{-c.high:.3f}, {-c.low:.3f}] than old" in result.sentence


def test_a_name_with_a_comma_is_quoted_so_that_the_sentence_can_be_read():
    losses = {"hold, then fall": BASE - 0.1 + NOISE, "linear(1, 0, T)": BASE}
    result = found(losses, reference="linear(1, 0, T)")
    assert (
        result.sentence.startswith("'hold, then fall' ends ") and "than linear(1, 0, T) (" in result.sentence
    )
    title = stats.headline(stats.ranking(losses, "linear(1, 0, T)"))
    assert title == "linear(1, 0, T) ends higher than 'hold, then fall'"


def test_no_limit_that_excludes_zero_is_printed_as_zero():
    skewed = BASE + 0.1 * np.exp(np.linspace(-3, 2, N))
    skewed += 0.004 - stats.compare(skewed, BASE).low
    c = stats.compare(skewed, BASE)
    assert c.verdict == "worse" and 0.003 < c.low < 0.01 * c.high
    said = found({"new": skewed, "old": BASE}, reference="old").sentence
    assert f"[{c.low:.3f}, {c.high:.3f}]" in said


def test_the_words_follow_the_correction_for_all_that_is_compared():
    faint = BASE + NOISE + 0.014
    assert stats.compare(faint, BASE).verdict == "worse"
    assert "ends" in found({"faint": faint, "old": BASE}, reference="old").sentence
    many = {"faint": faint, "old": BASE, **{f"other {i}": BASE + NOISE * (-1) ** i for i in range(8)}}
    said = found(many, reference="old", about="faint")
    assert "faint cannot be told from old" in said.sentence and said.reading == ""


def test_a_sentence_about_one_of_many_leaves_the_others_to_the_table():
    many = {"new": BASE - 0.1 + NOISE, "old": BASE, "other": BASE + 0.1 + NOISE}
    alone, both = (
        found(many, READINGS, reference="old", about=a).sentence for a in ("new", ("other", "new"))
    )
    assert alone.startswith("new ends") and "other" not in alone
    assert both.split("; ")[0].startswith("other ends") and alone in both


def test_shares_that_are_right_stand_beside_the_losses():
    right = {"new": np.full(N, 0.961), "old": np.full(N, 0.931)}
    said = found({"new": BASE - 0.1 + NOISE, "old": BASE}, reference="old", right=right)
    assert "96.1 against 93.1 % right" in said.sentence


def test_other_readings_are_folded_and_the_one_that_holds_is_not():
    page = found({"new": BASE - 0.1 + NOISE, "old": BASE}, READINGS, reference="old")._repr_markdown_()
    open_part, folded = page.split("<details>")
    assert "It helps." in open_part and "It helps." not in folded
    assert all(READINGS[other] in folded for other in ("worse", "cannot tell"))


def test_the_reference_itself_has_no_reading():
    said = found({"new": BASE - 0.1 + NOISE, "old": BASE}, READINGS, reference="old", about="old")
    assert said.reading == "" and dict(said.others) == READINGS
    assert said.sentence.startswith("new ends")


def test_a_verdict_without_a_reading_and_an_unknown_name_are_refused():
    losses = {"new": BASE + NOISE, "old": BASE}
    with pytest.raises(Refused, match="found: readings must say what 'cannot tell' means"):
        found(losses, {"better": "It helps."}, reference="old")
    with pytest.raises(Refused, match="found: unknown about 'nwe'; did you mean 'new'"):
        found(losses, READINGS, reference="old", about="nwe")
