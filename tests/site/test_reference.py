"""The pages of the library say of every public name what its docstring says, and how it is called."""

import ast
import importlib
import inspect
import re

import markdown_it
import pytest

from lrlib.batch import FORM
from lrlib.schedules import Schedule, presets
from notebooks.tools.site import docstrings, reference
from tests.licences import ROOT


@pytest.fixture(scope="module")
def texts():
    with pytest.MonkeyPatch.context() as at:
        at.chdir(ROOT)
        return reference.pages()


def public(part):
    """Names of functions and classes of a part that have words of their own, as Python has them."""
    module = importlib.import_module(f"lrlib.{part}")
    for name in getattr(module, "__all__", None) or [name for name in vars(module) if name[0] != "_"]:
        thing = getattr(module, name)
        is_ours = getattr(thing, "__module__", "").startswith(module.__name__)
        if is_ours and thing.__doc__ and (inspect.isfunction(thing) or inspect.isclass(thing)):
            yield name, thing


def described(text):
    """name -> names of its arguments, as a page describes them."""
    heads = re.findall(r"^:{4}\{py:\w+\} lrlib\.[\w.]*?(\w+)\((.*)\)$", text, re.MULTILINE)
    return {name: named(ast.parse(f"def f({given}): 0").body[0].args) for name, given in heads}


def named(arguments):
    listed = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return [each.arg for each in listed] + ["**"] * (arguments.kwarg is not None)


@pytest.mark.parametrize("part", reference.PARTS)
def test_every_public_name_is_there_with_its_arguments(part, texts):
    shown = described(texts[f"reference/{part}"])
    for name, thing in public(part):
        if inspect.isclass(thing) and issubclass(thing, Schedule) and name not in shown:
            continue  # a shape is described as its constructor is called, in lower case
        assert name in shown, name
        if shown[name]:  # a class may have its constructor from another
            arguments = inspect.signature(thing).parameters.values()
            several = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD
            kept = [p.name for p in arguments if p.kind not in several and p.name[0] != "_"]
            if shown[name][-1] == "**":  # which may stand for more names than one
                kept[len(shown[name]) - 1 :] = ["**"]
            assert shown[name] == kept, name


def test_every_shape_is_described_by_its_constructor(texts):
    shown = described(texts["reference/schedules"])
    assert {"cosine", "linear", "step", "clip", "warmup_cosine"} <= set(shown)
    assert shown["cosine"] == ["start", "end", "steps"]
    assert "polynomial(start, end, steps, power=1)" in texts["reference/schedules"]


def test_every_folder_that_readers_are_told_of_has_pages():
    table = (ROOT / "README.md").read_text(encoding="utf-8").split("## What is where")[1]
    folders = set(re.findall(r"`lrlib/(\w+)`", table)) - {"classroom"}  # which is used by command alone
    assert len(folders) > 8 and folders <= {part.split(".")[0] for part in reference.PARTS}


def test_the_form_of_a_file_that_a_command_reads_is_shown(texts):
    assert f"\n{FORM.rstrip()}\n```" in texts["reference/batch"]


@pytest.mark.parametrize(
    ("word", "path"),
    [
        ("compare", "stats.compare"),
        ("stats.ranking", "stats.ranking"),
        ("lrlib.train.sweep()", "train.sweep"),
        ("sweeps.load", "evidence.sweeps.load"),
        ("evidence.sweeps.load", "evidence.sweeps.load"),
        ("ScheduleLR", "optim.ScheduleLR"),
        ("power", None),
        ("step()", None),
        ("read", None),
    ],
)
def test_a_word_leads_to_what_its_page_may_mean_by_it_and_nowhere_else(word, path, monkeypatch):
    monkeypatch.chdir(ROOT)
    found = {part: list(reference._public(part)) for part in reference.PARTS}
    link = reference._links("stats", found)(word)
    assert link == (path and f"{{py:obj}}`{word} <lrlib.{path}>`")


def test_every_preset_is_named(texts):
    assert set(re.findall(r"^- `([\w.]+)`:", texts["reference/presets"], re.MULTILINE)) == set(
        presets.names()
    )


def said(markdown):
    """The letters and digits that a reader of a page sees."""
    html = markdown_it.MarkdownIt("commonmark").render(markdown)
    return re.sub(r"[\W_]", "", re.sub(r"<[^>]+>|&\w+;|:class: [\w-]+", "", html))


def docs():
    """Every docstring of the parts, with the names that it may explain."""
    for part in reference.PARTS:
        for each in reference._public(part):
            yield pytest.param(each, id=each.path)


@pytest.mark.parametrize("each", [*docs()])
def test_nothing_that_a_docstring_says_is_lost(each):
    text = ast.get_docstring(each.node)
    shown = docstrings.markdown(text, reference._names(each.node))
    assert said(shown) == re.sub(r"[\W_]", "", text.replace("<", " ").replace("&", " "))


def test_a_formula_stands_on_its_own_and_prose_is_joined():
    text = "Cosine.\n\nlr(t) / base_lr = a * b\n" + "word " * 19 + "x\nand more.\n\n>>> 1\n1"
    shown = docstrings.markdown(text)
    assert ":class: formula-text\n\nlr(t) / base_lr = a * b\n```" in shown
    assert "x and more." in shown and "```{code-block} pycon\n\n>>> 1\n1\n```" in shown


def test_items_are_those_of_the_signature():
    shown = docstrings.markdown(
        "losses, level: of a run. also: an error. Note: this.", {"losses", "level", "also"}
    )
    assert shown == "- **`losses, level`**: of a run.\n- **`also`**: an error. Note: this."


def test_characters_that_mean_something_in_markdown_are_only_characters():
    assert (
        docstrings.prose("a*b*c <x> [0, 1] $y_1$ *cannot tell*")
        == r"a\*b\*c \<x\> \[0, 1\] \$y\_1\$ *cannot tell*"
    )
