"""The register of claims as a page: what it shows, in a browser without a network."""

import dataclasses
from html import unescape

import pytest

from lrlib.__main__ import main
from lrlib.evidence import claims, verdicts
from lrlib.reports import register
from tests.browser import needs_browser, opened


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return register.write(tmp_path_factory.mktemp("page") / "claims.html")


def test_the_page_says_of_each_claim_what_is_quoted_and_what_the_measurement_supports(file):
    shown = unescape(file.read_text(encoding="utf-8"))
    for name in claims.register():
        found = claims.judged(name)
        assert f'id="{name}"' in shown
        for text in (found.claim.statement, found.claim.quoted, found.sentence, found.verdict.why):
            assert text in shown, (name, text)


def test_page_and_tables_say_beside_a_measurement_what_was_known_when_its_protocol_was_fixed(file):
    tables = "".join(register.table(part).data for part in {c.part for c in claims.register().values()})
    for shown, before in (
        (unescape(file.read_text(encoding="utf-8")), "known beforehand: "),
        (tables, "*Known beforehand:* "),
    ):
        told = [claim.protocol.known for claim in claims.register().values() if claim.protocol.known]
        assert shown.count(before) == len(told) > 0
        assert all(before + known in shown for known in told)


def test_text_that_looks_like_html_is_shown_as_text(monkeypatch):
    name, claim = next(iter(claims.register().items()))
    sly = dataclasses.replace(
        claim, statement="<script>alert(1)</script>", quoted='"><img src=x onerror=alert(1)>'
    )
    monkeypatch.setattr(claims, "register", lambda: {name: sly})
    page = register.page()
    assert "<script>alert" not in page and "<img" not in page and "&lt;script&gt;" in page


def test_a_file_that_cannot_be_written_is_one_line(tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    assert main(["claims", "--page", str(tmp_path / "file" / "page.html")]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_picture_has_the_interval_where_the_verdict_has_it():
    for name in claims.register():
        found = claims.judged(name)
        if (drawn := register.picture(found)) is None:
            continue
        (start, stop), (low, high) = drawn["claimed"], drawn["interval"]
        assert 0 <= low <= drawn["value"] <= high <= drawn["width"] and start <= stop
        if found.verdict.word == verdicts.REPRODUCED:
            assert start - 0.2 <= low and high <= stop + 0.2, name
        if found.verdict.word == verdicts.NOT_REPRODUCED and found.claim.protocol.test in ("number", "equal"):
            assert high <= start + 0.2 or stop - 0.2 <= low, name


@needs_browser
def test_the_table_sorts_and_filters_in_a_browser_without_a_network(file):
    with opened(file) as seen:
        view = seen.view
        rows = "rows => rows.filter(r => !r.hidden).map(r => [r.id, r.dataset.word])"
        everything = view.eval_on_selector_all("#claims tbody tr", rows)
        view.get_by_role("button", name="verdict").first.click()
        ordered = [word for _, word in view.eval_on_selector_all("#claims tbody tr", rows)]
        view.locator('.filter button[data-word="CANNOT TELL"]').click()
        open_ones = view.eval_on_selector_all("#claims tbody tr", rows)
        view.fill("#words", "no claim has these words xyzzy")
        none = view.eval_on_selector_all("#claims tbody tr", rows)
        view.set_viewport_size({"width": 390, "height": 800})
        wide = view.evaluate("document.documentElement.scrollWidth")
    assert not seen.errors and not seen.outside
    assert [name for name, _ in everything] == list(claims.register())
    assert ordered == sorted(ordered, key=verdicts.VERDICTS.index)
    assert open_ones and {word for _, word in open_ones} == {"CANNOT TELL"}
    assert none == [] and wide <= 390
