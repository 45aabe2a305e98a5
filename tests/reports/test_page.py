"""The page of a report, as people see it: on a phone, in the dark, on paper, by ear."""

import re
from itertools import pairwise

import nbformat
import pytest

from lrlib import reports
from lrlib.reports import asking, html
from tests.browser import browser as chromium
from tests.browser import needs_browser
from tests.plot.test_figures import SMALLEST

PHONE = {"width": 390, "height": 844}
CONTRAST = """() => {
  const channels = c => c.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = e => { for (; e; e = e.parentElement) {
    const c = channels(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c; }
    return [255, 255, 255]; };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) { const e = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || e.closest('math') || !e.getClientRects().length) continue;
    const pair = [light(channels(getComputedStyle(e).color)), light(ground(e))].sort((a, b) => b - a);
    found.push([(pair[0] + 0.05) / (pair[1] + 0.05), walker.currentNode.data.trim().slice(0, 40)]); }
  return found; }"""


@pytest.fixture(scope="module", params=reports.names())
def page(request, tmp_path_factory):
    """The page of a template as it is stored."""
    notebook = nbformat.read(asking.FOLDER / f"{request.param}.ipynb", as_version=4)
    file = tmp_path_factory.mktemp("page") / f"{request.param}.html"
    file.write_text(
        html.page(notebook, notebook.cells[0].source.split("\n")[0].lstrip("# ")), encoding="utf-8"
    )
    return file


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened:
        yield opened


def test_the_code_is_in_one_fold_after_everything_else(page):
    text = page.read_text(encoding="utf-8")
    assert len(re.findall("<details", text)) == 1 and "<details open" not in text
    shown, fold = text.split("<details")
    assert "import" in fold and "".join(fold.split("</details>")[1].split()) == "</main></body></html>"
    assert "from lrlib import reports" not in shown


def test_a_page_says_its_language_and_title_and_loads_nothing(page):
    text = page.read_text(encoding="utf-8")
    assert '<html lang="en">' in text and re.search(r"<title>[^<]{10,}</title>", text)
    assert not re.search(r"""src\s*=\s*["']?(?:https?:)?//|<link[^>]*href=["']?(?:https?:)?//""", text)
    assert "<script" not in text and "@import" not in text and "url(" not in text


def test_what_is_handed_over_to_programs_is_not_on_the_page(page):
    assert "handed over" not in page.read_text(encoding="utf-8").split("<details")[0]


def test_every_head_of_a_table_has_a_scope(page):
    heads = re.findall(r"<th\b[^>]*>", page.read_text(encoding="utf-8"))
    assert all('scope="col"' in head or 'scope="row"' in head for head in heads)


def test_headings_go_down_one_level_at_a_time_from_a_single_one(page):
    levels = [int(level) for level in re.findall(r"<h([1-6])\b", page.read_text(encoding="utf-8"))]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


@needs_browser
def test_a_phone_shows_all_of_it_without_scrolling_sideways(page, browser):
    view = browser.new_page(viewport=PHONE)
    view.goto(page.as_uri())
    assert view.evaluate("document.scrollingElement.scrollWidth") <= PHONE["width"]
    wide = view.eval_on_selector_all(
        "p, li, h1, h2, caption",
        "all => all.filter(e => e.getBoundingClientRect().right > innerWidth).map(e => e.outerHTML)",
    )
    assert wide == []
    view.close()


@needs_browser
def test_on_a_phone_figures_can_be_read_in_frames_that_fade_where_there_is_more_of_them(page, browser):
    view = browser.new_page(viewport=PHONE)
    view.goto(page.as_uri())
    for figure in view.locator("img").all():
        width, natural = figure.evaluate("each => [each.width, each.naturalWidth]")
        assert width / natural * SMALLEST >= 11
        frame = figure.locator("xpath=..")
        assert frame.evaluate("each => getComputedStyle(each).overflowX") == "auto"
        fades = "each => getComputedStyle(each).getPropertyValue('--edge')"
        assert (frame.evaluate(fades) != "0px") == (natural > PHONE["width"])
        frame.evaluate("each => { each.scrollLeft = 1000 }")
        view.wait_for_timeout(100)
        assert frame.evaluate(fades) == "0px"
    view.close()


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_can_be_read_in_the_light_and_in_the_dark(page, browser, scheme):
    view = browser.new_page(color_scheme=scheme)
    view.goto(page.as_uri())
    view.evaluate("document.querySelector('details.code').open = true")
    found = view.evaluate(CONTRAST)
    dark = view.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
    grounds = view.eval_on_selector_all("img", "all => all.map(e => getComputedStyle(e).backgroundColor)")
    view.close()
    assert dark == (scheme == "dark"), "the page follows what its reader prefers"
    assert len(found) > 20 and [text for ratio, text in found if ratio < 4.5] == []
    assert set(grounds) <= {"rgb(255, 255, 255)"}, "figures are drawn in black, on white"


@needs_browser
def test_every_figure_says_in_words_what_it_shows(page, browser):
    view = browser.new_page()
    view.goto(page.as_uri())
    texts = view.eval_on_selector_all("img", "all => all.map(e => e.alt)")
    view.close()
    assert all(len(text) > 30 and re.search(r"\d", text) for text in texts)


@needs_browser
def test_on_paper_no_figure_is_cut_and_the_code_stays_away(page, browser):
    view = browser.new_page(viewport={"width": 794, "height": 1123}, color_scheme="dark")
    view.goto(page.as_uri())
    view.emulate_media(media="print")
    cut = view.eval_on_selector_all(
        "img, tr", "all => all.filter(e => getComputedStyle(e).breakInside != 'avoid').length"
    )
    tall = view.eval_on_selector_all("img", "all => all.filter(e => e.height > 960).length")
    code = view.locator("details.code").is_visible()
    ground = view.evaluate("getComputedStyle(document.body).backgroundColor")
    paper = view.pdf(format="A4")
    view.close()
    assert (cut, tall, code, ground) == (0, 0, False, "rgb(255, 255, 255)")
    assert paper.startswith(b"%PDF") and b"/Page" in paper
