"""The report of one claim: what is refused, what it measures, and that it overwrites nothing."""

import json
import shutil
from dataclasses import replace

import pytest

from lrlib import data, reports
from lrlib.evidence import claims, sweeps
from lrlib.reports import claim, entry
from lrlib.rules import Refused

EXACT, SWEPT, LOGGED = "chebyshev-steps-accelerate", "linear-matches-cosine", "wsd-matches-cosine"
UNREACHABLE = next(name for name, each in claims.register().items() if each.protocol.unreachable)
SLOW = next(name for name, each in sorted(claims.measurers().items()) if each.minutes)


def again(name, profile="quick", **more):
    return claim.again(reports.asked("claim", {"claim": name, "profile": profile}).settled, **more)


@pytest.fixture
def kept(monkeypatch, tmp_path):
    """A copy of what is stored that a test may change."""
    shutil.copytree(claims.MEASURED, tmp_path / "measured")
    monkeypatch.setattr(claims, "MEASURED", tmp_path / "measured")
    return tmp_path / "measured"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"claim": "linear-matches-cosin"}, "did you mean 'linear-matches-cosine'"),
        ({"claim": ""}, "unknown claim"),
        ({"claim": "../../README"}, "unknown claim"),
        ({"profile": "fast"}, "quick, standard, full"),
    ],
)
def test_what_is_no_claim_is_refused_with_the_nearest_before_a_kernel_starts(given, says, monkeypatch):
    monkeypatch.setattr("lrlib.reports.kernel.client", None)
    with pytest.raises(Refused, match=says):
        reports.run("claim", given, "nowhere")


@pytest.mark.parametrize("name", [EXACT, SWEPT])
def test_what_takes_seconds_is_measured_now_and_is_what_is_stored(name):
    found = again(name)
    first, now, second = entry.said(found)
    assert found.agrees and now.startswith("Measured now, and the same as what is stored")
    assert first == f"{claims.judged(name).verdict}." and second.startswith(
        "A second, independent way agrees"
    )
    assert entry.results(found)["measured now"]["value"] == found.found.value


def test_a_claim_that_cannot_be_measured_here_says_why_and_is_a_verdict_all_the_same():
    found = again(UNREACHABLE, "full")
    assert claims.get(UNREACHABLE).protocol.unreachable in entry.said(found)[0]
    assert found.found is None and entry.picture(found) is None
    assert "Measured now" not in entry.answer(
        found
    ) and "What is supported: Nothing was measured here" in entry.answer(found)


def test_what_takes_minutes_is_shown_as_stored_in_quick_and_says_how_it_is_measured():
    found = again(SLOW)
    assert found.found is None and found.agrees is None
    assert "Not measured now, what is stored is shown: it takes about" in entry.answer(found)
    assert "-p profile standard" in entry.answer(found)


@pytest.mark.long
def test_standard_measures_what_takes_minutes():
    found = again(SLOW, "standard")
    assert found.agrees and entry.said(found)[-1].startswith("A second, independent way agrees")


def test_where_the_data_is_not_here_what_to_do_is_said_in_one_sentence(monkeypatch, tmp_path):
    def down(entry, part):
        raise Refused("no network")

    monkeypatch.setenv(data.VARIABLE, str(tmp_path))
    monkeypatch.setattr(data, "_download", down)
    found = again("seed-noise-at-any-size")
    (said,) = (line for line in entry.said(found) if line.startswith("Not measured now"))
    assert "its data is not here" in said and "get it from" in said and data.VARIABLE in said
    assert found.shown == claims.stored("seed-noise-at-any-size")


def test_a_stored_number_that_was_changed_is_noticed_and_left_as_it_is(kept):
    file = kept / f"{EXACT}.json"
    changed = json.loads(file.read_text())
    changed["measured"] |= {"value": 0.7, "low": 0.7, "high": 0.7}
    file.write_text(text := json.dumps(changed))
    found, said = (
        again(EXACT),
        "What is stored is another number, 0.7 (DIRECTION ONLY), and was left as it is.",
    )
    assert found.agrees is False and file.read_text() == text
    assert said in entry.said(found)[1]
    assert found.verdict.word == "REPRODUCED", "the verdict is that of what was measured now"


@pytest.mark.parametrize("change", ["protocol", "text", "nothing"])
def test_what_is_stored_and_cannot_be_used_is_said_and_left_as_it_is(kept, change):
    file = kept / f"{EXACT}.json"
    given = json.loads(file.read_text())
    texts = {"protocol": json.dumps(given | {"protocol": "0" * 16}), "text": "{", "nothing": "[]"}
    file.write_text(texts[change])
    found = again(EXACT)
    assert found.stored is None and found.found is not None and file.read_text() == texts[change]
    assert any("What is stored cannot be" in line for line in entry.said(found))


def test_files_that_are_not_those_it_was_stored_from_are_named(kept):
    file = kept / f"{SWEPT}.json"
    given = json.loads(file.read_text())
    name = next(iter(given["sources"]))
    file.write_text(json.dumps(given | {"sources": {**given["sources"], name: "0" * 64}}))
    said = "\n".join(entry.said(again(SWEPT)))
    assert f"{name} is not the one it was stored from" in said and "Nothing was overwritten" in said


def test_a_sweep_that_was_changed_is_not_measured_on(monkeypatch, tmp_path):
    folder = tmp_path / "sweeps"
    shutil.copytree(sweeps.FOLDER, folder)
    with open(folder / "rivals" / "logistic.parquet", "ab") as file:
        file.write(b"more")
    monkeypatch.setenv(sweeps.VARIABLE, str(folder))
    monkeypatch.setattr("lrlib.evidence.contests.stored", sweeps.load)
    monkeypatch.setattr("lrlib.evidence.measures.budgets.stored", sweeps.load)
    found = again(SWEPT)
    assert found.found is None and "is not the file that SHA256SUMS names" in entry.said(found)[1]


def test_a_second_way_that_comes_elsewhere_is_not_called_an_agreement():
    found = again(EXACT)
    off = replace(found, way=claim.Way(0.9, 0.01))
    assert "DOES NOT AGREE" in entry.said(off)[-1] and "DOES NOT AGREE" not in entry.said(found)[-1]


def test_parts_on_another_scale_do_not_flatten_the_picture():
    assert set(claims.stored(EXACT).parts) and "steps at" not in entry.picture(again(EXACT)).alt
    assert "spirals" in entry.picture(again(SWEPT)).alt


def test_the_text_of_a_register_is_shown_and_not_read_as_markup():
    assert entry.markdown("a|b <i> $x$ `c` *d*") == r"a\|b \<i\> \$x\$ \`c\` \*d\*"


@pytest.mark.long
def test_full_trains_the_sweeps_again_elsewhere_goes_on_where_it_was_and_measures_on_them(tmp_path):
    name = "linear-scaling-exponent"
    before = {path: path.read_bytes() for path in sweeps.FOLDER.rglob("*.parquet")}
    found = again(name, "full", out=tmp_path)
    assert found.retrained and all(each.same == each.runs for each in found.retrained.values())
    assert found.agrees and "Trained again: " in entry.answer(found)
    files = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.parquet")}
    assert again(name, "full", out=tmp_path).found == found.found
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.parquet")} == files
    assert {path: path.read_bytes() for path in sweeps.FOLDER.rglob("*.parquet")} == before


def test_full_says_what_it_will_train_before_it_starts():
    assert reports.cost("claim", {"claim": SWEPT, "profile": "full"}).startswith("up to ")
    assert reports.cost("claim", {"claim": SWEPT}) == ""
    with pytest.raises(Refused, match="-p most_updates"):
        reports.asked("claim", {"claim": SWEPT, "profile": "full", "most_updates": 1000})
