"""The register of claims: what it may say, how verdicts follow, and that protocols came first."""

import dataclasses
import json
import math
import re
import subprocess

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lrlib import data, stats
from lrlib.__main__ import main
from lrlib.checkout import ROOT
from lrlib.evidence import claims
from lrlib.evidence.verdicts import VERDICTS, Measured, Protocol, verdict
from lrlib.rules import Refused
from tests import turns
from tests.evidence import ways

SCHEMA = json.loads((ROOT / "data" / "claims.schema.json").read_text(encoding="utf-8"))
FORM = jsonschema.Draft202012Validator(SCHEMA)
MEASURED = sorted(path.stem for path in claims.MEASURED.glob("*.json"))
SIDES = ("number", "above", "below", "equal")


def written():
    return yaml.safe_load(claims.REGISTER.read_text(encoding="utf-8"))


# --- the register --------------------------------------------------------------------------------


def test_the_register_has_the_form_of_its_schema():
    assert [error.message for error in FORM.iter_errors(written())] == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"id": "Not kebab"}, "does not match"),
        ({"verdict": "REPRODUCED"}, "unexpected"),
        ({"status": "recalled"}, "is not one of"),
        ({"quoted": ""}, "too short|does not match|non-empty"),
    ],
)
def test_the_schema_refuses_an_entry_that_is_none(change, says):
    entry = next(entry for part in written().values() for entry in part or ()) | change
    (error,) = (
        FORM.iter_errors({"part": [entry]})
        if len(change) == 1 and "quoted" not in change
        else [next(FORM.iter_errors({"part": [entry]}))]
    )
    assert re.search(says, error.message)


def test_every_claim_is_measured_or_says_why_it_cannot_be():
    for name, claim in claims.register().items():
        assert bool(claim.protocol.unreachable) != (name in MEASURED), name
    assert set(MEASURED) <= set(claims.register())


def test_there_are_fifty_claims_and_most_are_measured():
    assert len(claims.register()) >= 50
    assert len(MEASURED) >= len(claims.register()) / 2


def test_a_claim_names_the_notebook_that_measures_it_and_that_notebook_names_it():
    for name, claim in claims.register().items():
        if claim.notebook:
            twin = ROOT / "notebooks" / "src" / "evidence" / f"{claim.notebook}.py"
            assert re.search(rf"\b{name}\b", twin.read_text(encoding="utf-8")), (name, claim.notebook)
        assert claim.notebook or claim.protocol.unreachable, name


def test_two_claims_of_one_name_and_a_protocol_that_proves_nothing_are_refused():
    entry = next(entry for part in written().values() for entry in part or ())
    with pytest.raises(Refused, match="two claims are called"):
        claims.read(yaml.safe_dump({"a": [entry], "b": [entry]}))
    wide = {**entry["protocol"], "test": "number", "claimed": 0.8, "margin": 2, "null": 0}
    with pytest.raises(Refused, match=f"claim '{entry['id']}': margin must be above 0 and below the claimed"):
        claims.read(yaml.safe_dump({"a": [{**entry, "protocol": wide}]}))


# --- verdicts ------------------------------------------------------------------------------------


def protocol(test="number", claimed=1.0, margin=0.3, **more):
    return Protocol(("exact",), "a model", "a statistic", test, claimed, margin, **more)


def measured(low, high, n=20, **more):
    return Measured((low + high) / 2, low, high, n, **more)


@pytest.mark.parametrize(
    ("test", "claimed", "margin", "interval", "word"),
    [
        ("number", 1, 0.3, (0.8, 1.2), "REPRODUCED"),
        ("number", 1, 0.3, (0.8, 1.4), "DIRECTION ONLY"),
        ("number", 1, 0.3, (0.1, 0.4), "DIRECTION ONLY"),
        ("number", 1, 0.3, (-0.1, 1.2), "CANNOT TELL"),
        ("number", 1, 0.3, (-0.2, 0.2), "NOT REPRODUCED"),
        ("number", 1, 0.3, (-2, -1), "NOT REPRODUCED"),
        ("number", -1, 0.3, (-1.2, -0.8), "REPRODUCED"),
        ("number", -1, 0.3, (-0.5, -0.1), "DIRECTION ONLY"),
        ("above", 0, 0.1, (0.05, 0.5), "REPRODUCED"),
        ("above", 0, 0.1, (-0.05, 0.5), "CANNOT TELL"),
        ("above", 0, 0.1, (-0.05, 0.08), "NOT REPRODUCED"),
        ("above", 2, 0.1, (1.0, 1.5), "DIRECTION ONLY"),
        ("below", 0, 0.1, (-0.5, -0.05), "REPRODUCED"),
        ("below", 0, 0.1, (0.2, 0.5), "NOT REPRODUCED"),
        ("below", -2, 0.1, (-1.5, -1.0), "DIRECTION ONLY"),
        ("equal", 0, 0.1, (-0.05, 0.09), "REPRODUCED"),
        ("equal", 0, 0.1, (0.05, 0.2), "CANNOT TELL"),
        ("equal", 0, 0.1, (0.11, 0.2), "NOT REPRODUCED"),
    ],
)
def test_a_verdict_follows_from_where_the_interval_lies(test, claimed, margin, interval, word):
    assert verdict(protocol(test, claimed, margin), measured(*interval)).word == word


@given(
    st.sampled_from(SIDES), st.floats(0.1, 10), st.floats(0.01, 0.9), st.floats(-20, 20), st.floats(0, 20),
    st.floats(0, 1), st.floats(0, 1),
)  # fmt: skip
def test_a_narrower_interval_never_takes_a_verdict_back(test, claimed, share, low, width, start, stop):
    """What any values can support, fewer of them still do; only CANNOT TELL and the direction may sharpen."""
    claimed = -claimed if test == "below" else claimed
    rule = protocol(test, claimed, share * abs(claimed))
    inner = sorted((low + start * width, low + stop * width))
    wide, narrow = (verdict(rule, measured(*each)).word for each in ((low, low + width), inner))
    later = {"CANNOT TELL": set(VERDICTS), "DIRECTION ONLY": {"DIRECTION ONLY", "REPRODUCED"}}
    assert narrow in later.get(wide, {wide, "DIRECTION ONLY"} if wide == "NOT REPRODUCED" else {wide})


@given(
    st.sampled_from(SIDES[:3]), st.floats(0.1, 10), st.floats(0.01, 0.9), st.floats(-20, 20), st.floats(0, 9)
)
def test_a_mirrored_claim_with_a_mirrored_measurement_has_the_same_verdict(test, claimed, share, low, width):
    other = {"above": "below", "below": "above"}.get(test, test)
    claimed = -claimed if test == "below" else claimed
    margin = share * abs(claimed)
    here = verdict(protocol(test, claimed, margin), measured(low, low + width))
    there = verdict(protocol(other, -claimed, margin), measured(-low - width, -low))
    assert here.word == there.word


def test_few_runs_another_regime_and_what_cannot_be_reached_cannot_tell():
    good = measured(0.8, 1.2)
    assert verdict(protocol(), good).word == "REPRODUCED"
    assert verdict(protocol(), dataclasses.replace(good, n=5)).word == "CANNOT TELL"
    assert verdict(protocol(), None).word == "CANNOT TELL"
    assert verdict(protocol(unreachable="needs a cluster"), good).why == "needs a cluster"
    far = protocol(regime={"tokens": (80, 200)})
    for regime, word in (
        ({}, "CANNOT TELL"),
        ({"tokens": (5, 20)}, "CANNOT TELL"),
        ({"tokens": (50, 90)}, "REPRODUCED"),
    ):
        assert verdict(far, dataclasses.replace(good, regime=regime)).word == word


@pytest.mark.parametrize("found", [stats.compare([1.0, 2, 6], [0.0, 0, 0]), Measured(3.0, 2.0, 5.0, n=3)])
def test_whatever_has_an_interval_makes_a_measurement(found):
    measured = Measured.of(found, 10.0)
    assert measured.numbers == (pytest.approx(30.0), 10 * found.low, 10 * found.high)
    assert measured.n == 3


@pytest.mark.parametrize("change", [f.name for f in dataclasses.fields(Protocol)])
def test_a_changed_protocol_with_an_old_measurement_is_an_error(change, tmp_path, monkeypatch):
    name = MEASURED[0]
    monkeypatch.setattr(claims, "MEASURED", tmp_path)
    kept = json.loads((ROOT / "data" / "measured" / f"{name}.json").read_text())
    (tmp_path / f"{name}.json").write_text(json.dumps(kept))
    old = claims.get(name)
    assert claims.stored(name) is not None
    other = {"data": ("exact", "more"), "test": "equal", "claimed": 1e9, "margin": 1e-3, "null": -1e9,
             "level": 0.99, "regime": {"x": (0, 1)}}.get(change, "other words")  # fmt: skip
    now = dataclasses.replace(old.protocol)
    object.__setattr__(now, change, other)
    monkeypatch.setattr(claims, "register", lambda: {name: dataclasses.replace(old, protocol=now)})
    with pytest.raises(Refused, match=f"claim '{name}': its protocol is not the one"):
        claims.stored(name)


# --- measurements --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MEASURED)
def test_what_is_stored_says_what_it_was_computed_from(name):
    kept = json.loads((claims.MEASURED / f"{name}.json").read_text(encoding="utf-8"))
    assert kept["sources"] == claims.sources(claims.get(name).protocol)
    assert kept["command"] == f"python -m lrlib claims {name} --measure"
    assert kept.keys() == {"claim", "protocol", "measured", "sources", "command"}
    assert name in claims.measurers()


def needing(name, long):
    marks = [pytest.mark.long] if long else []
    wanted = {claims.DATA[each] for each in claims.get(name).protocol.data if each in claims.DATA}
    return (
        pytest.param(name, marks=marks, id=name)
        if not wanted
        else pytest.param(
            name,
            marks=[*marks, pytest.mark.skipif(not at_hand(wanted), reason="its data is not at hand")],
            id=name,
        )
    )


def at_hand(prefixes):
    folder = data.store().folder
    return all((folder / path).exists() for prefix in prefixes for path in data.paths(prefix))


SLOW = [name for name, measurer in sorted(claims.measurers().items()) if measurer.minutes]


@pytest.mark.long
@pytest.mark.parametrize("name", [needing(name, False) for name in turns.today(SLOW) if name in MEASURED])
def test_what_takes_minutes_is_measured_again(name):
    measurer = claims.measurer_of(name)
    assert measurer.function().agrees(claims.stored(name), measurer.within)


@pytest.mark.parametrize("name", [name for name in MEASURED if name not in SLOW])
def test_what_takes_seconds_is_measured_again_in_a_notebook_that_says_it_is_as_stored(name):
    path = ROOT / "notebooks" / "evidence" / f"{claims.get(name).notebook}.ipynb"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    shown = "\n".join("".join(o.get("text", o.get("data", {}).get("text/plain", ""))) for o in outputs)
    assert re.search(rf"^{name}: .*?^\(as stored\)$", shown, re.DOTALL | re.MULTILINE), name


WAYS = ways.every()
SHORT = [name for name, way in WAYS.items() if not way.long]


@pytest.mark.parametrize("name", MEASURED)
def test_every_measured_claim_has_a_second_way(name):
    assert name in WAYS


AGAIN = [name for name in MEASURED if name in {*SHORT, *turns.today(WAYS)}]


@pytest.mark.parametrize("name", [needing(name, name not in SHORT) for name in AGAIN])
def test_a_second_way_comes_to_the_same_number(name):
    way, found = WAYS[name], claims.stored(name)
    rule = claims.get(name).protocol
    most = max(rule.margin, found.high - found.low, 0.02 * abs(found.value))
    assert way.within <= most, "a second way that may be anywhere is none"
    assert math.isclose(float(way.function()), found.value, rel_tol=0, abs_tol=way.within)


def test_where_the_data_cannot_be_had_the_stored_result_is_shown_and_marked(monkeypatch, tmp_path, capsys):
    name = next(n for n in MEASURED if set(claims.get(n).protocol.data) & set(claims.DATA) and n not in SLOW)
    monkeypatch.setenv("LRLIB_DATA", str(tmp_path))
    monkeypatch.setattr(data, "_download", lambda entry, part: (_ for _ in ()).throw(Refused("no network")))
    with pytest.raises(claims.NotAtHand) as stopped:
        claims.at_hand(name)
    said = capsys.readouterr().out
    assert "cannot be had here" in said.splitlines()[0] and str(claims.judged(name).verdict) in said
    assert "(stored, not computed here)" in said
    assert stopped.value._render_traceback_() == []


# --- the command line ----------------------------------------------------------------------------


def test_claims_are_listed_filtered_and_shown(capsys):
    assert main(["claims"]) == 0
    listed = capsys.readouterr().out.splitlines()[:-2]
    assert [line.split()[0] for line in listed] == list(claims.register())
    assert main(["claims", "--verdict", "cannot tell"]) == 0
    filtered = capsys.readouterr().out.splitlines()[:-2]
    assert filtered == [line for line in listed if "CANNOT TELL" in line] and filtered
    name = MEASURED[0]
    assert main(["claims", name]) == 0
    shown, claim = capsys.readouterr().out, claims.get(name)
    for text in (claim.statement, claim.paper, claim.protocol.statistic, str(claims.judged(name).verdict)):
        assert text in shown


@pytest.mark.parametrize(
    ("known", "was"),
    [("", False), ("nothing", False), ("nothing of these runs", False), ("everything", True), ("0.99", True)],
)
def test_a_list_of_claims_marks_those_of_which_something_was_known_when_their_protocol_was_fixed(
    known, was, monkeypatch, capsys
):
    claim = claims.get(MEASURED[0])
    told = dataclasses.replace(claim, protocol=dataclasses.replace(claim.protocol, known=known))
    monkeypatch.setattr(claims, "register", lambda: {claim.id: told})
    monkeypatch.setattr(claims, "stored", lambda name: None)
    assert main(["claims"]) == 0
    line, _, legend = capsys.readouterr().out.splitlines()
    assert line.split(claim.statement)[0].endswith("*  ") == was and legend.startswith("* ")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["no-such-claim"], "unknown claim 'no-such-claim'"),
        (["--verdict", "maybe"], "unknown verdict 'maybe'"),
        (["--measure"], "--measure needs the id of a claim"),
    ],
)
def test_a_wrong_request_is_one_line(arguments, says, capsys):
    assert main(["claims", *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert says in line


def test_measuring_a_claim_that_nothing_measures_leaves_what_is_stored(capsys):
    name = next(name for name, claim in claims.register().items() if claim.protocol.unreachable)
    assert main(["claims", name, "--measure"]) == 2
    assert "has no function that measures it" in capsys.readouterr().err
    assert not (claims.MEASURED / f"{name}.json").exists()


# --- the history ---------------------------------------------------------------------------------


def git(*arguments):
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def order():
    """Commits from the first on; None where the history is not there."""
    try:
        if git("rev-parse", "--is-shallow-repository").strip() == "true":
            return None
        return git("rev-list", "--topo-order", "--reverse", "HEAD").split()
    except (OSError, subprocess.CalledProcessError):
        return None


@pytest.mark.skipif(order() is None, reason="the history is not in this copy")
def test_each_protocol_was_committed_before_its_measurement():
    place = {commit: i for i, commit in enumerate(order())}
    protocols: dict[tuple, int] = {}
    for commit in sorted(git("log", "--format=%H", "--", "data/claims.yaml").split(), key=place.get):
        for name, claim in readable(git("show", f"{commit}:data/claims.yaml")).items():
            protocols.setdefault((name, claim.protocol.digest), place[commit])
    for name in MEASURED:
        digest = json.loads((claims.MEASURED / f"{name}.json").read_text())["protocol"]
        file = f"data/measured/{name}.json"
        answers = [
            place[commit] for commit in git("log", "--format=%H", "--", file).split()
            if digest in shown(commit, file)
        ]  # fmt: skip
        if answers:  # a measurement that is not committed yet comes later in any case
            assert protocols.get((name, digest), math.inf) < min(answers), name


def shown(commit, file):
    """A file at a commit, "" where it is not."""
    try:
        return git("show", f"{commit}:{file}")
    except subprocess.CalledProcessError:
        return ""


def readable(text):
    try:
        return claims.read(text)
    except (Refused, yaml.YAMLError):
        return {}
