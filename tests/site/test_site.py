"""The site as readers meet it: built without a network, seen in a browser, light and dark, on a phone.

`make long` makes the environment that it is built in; Chromium has to be there.
"""

import functools
import os
import re
import subprocess
import threading
from contextlib import suppress
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urldefrag

import pytest

from notebooks.tools import playground
from tests import browser
from tests.licences import ROOT
from tests.plot.test_figures import SMALLEST

PYTHON = ROOT / "build" / "site-venv" / "bin" / "python"
BUILD = """
import pathlib, sys
from notebooks.tools.site import build
source, built = map(pathlib.Path, sys.argv[1:])
build.PLAYGROUND = source.parent / "playground"
build.write(source)
sys.exit(build.make(source, built))
"""
PAGE, FIRST = 1_000_000, 300_000  # bytes of a page with all that it shows, and of the first page
KINDS = [
    "index.html",
    "lessons/index.html",
    "lessons/08_cosine_decay.html",
    "lessons/gallery.html",
    "evidence/register.html",
    "reports/shootout.html",
    "reference/stats.html",
    "glossary.html",
    "search.html?q=warmup",
]
CUT_OFF = """() => {
  const inside = "a.whole, pre, .table-wrapper, .formula, details:not([open])", faults = [];
  for (const each of document.querySelectorAll("article *")) {
    const scrolls = each.parentElement.closest(inside), box = each.getBoundingClientRect();
    const isOut = box.width && (box.right > innerWidth + 1 || box.left < -1);
    if (isOut && !scrolls) faults.push(each.outerHTML.slice(0, 90));
  }
  return document.documentElement.scrollWidth > innerWidth ? ["the page scrolls sideways"] : faults;
}"""
HIDDEN = """() => [...document.querySelectorAll("a.whole, pre, .table-wrapper, .formula")].filter(box =>
  box.scrollWidth > box.clientWidth && getComputedStyle(box).overflowX != "auto").length"""
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not PYTHON.exists(), reason="`make site` has made no environment: no site was built"),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of a site that was built by a Python without a network."""
    folder = tmp_path_factory.mktemp("site")
    with suppress(subprocess.CalledProcessError):  # where Python for the browser cannot be fetched
        playground.build(folder / "playground")
    offline = {**os.environ, "PYTHONPATH": f"{ROOT / 'notebooks/tools/offline'}{os.pathsep}{ROOT}"}
    command = [PYTHON, "-c", BUILD, folder / "src", folder / "site"]
    done = subprocess.run(command, cwd=ROOT, env=offline, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "site"


@pytest.fixture(scope="module")
def served(site):
    """The address at which this machine serves the site."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *about):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=site)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture
def visit(served):
    """A function that opens a page of the site in a browser of a width and a colour scheme."""
    if browser.CHROMIUM is None:
        pytest.skip("no Chromium is installed: no page was opened")
    with browser.browser() as chromium:

        def opened(page, width=1280, scheme="light"):
            context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
            seen = browser.Seen(context.new_page())
            seen.view.on("request", lambda r: seen.requests.append(r.url))
            seen.view.on("pageerror", lambda e: seen.errors.append(str(e)))
            seen.view.on("console", lambda m: seen.errors.append(m.text))
            seen.view.goto(served + page)
            return seen

        yield opened


def pages(site):
    return sorted(site.rglob("*.html"))


def addresses(html):
    """What a page links to or loads, without what its code shows as text."""
    return [address.replace("&amp;", "&") for address in re.findall(r'\b(?:href|src)="([^"]*)"', html)]


def test_every_link_leads_to_a_page_and_to_a_place_in_it(site):
    texts = {page: page.read_text() for page in pages(site)}
    places = {page: set(re.findall(r'\bid="([^"]+)"', text)) for page, text in texts.items()}
    dead = []
    for page, text in texts.items():
        for address in set(addresses(text)):
            file, place = map(unquote, urldefrag(address))
            aim = (page.parent / file.split("?")[0]).resolve() if file else page
            is_outside = re.match(r"[a-z]+:", address)
            place = "" if aim.parent.name == "playground" else place  # there it says what is set
            if not is_outside and (
                not aim.is_file() or (place and aim in places and place not in places[aim])
            ):
                dead.append((page.name, address))
    assert len(texts) > 70 and not dead


def test_no_page_loads_anything_from_elsewhere(site):
    for page in pages(site):
        loaded = re.findall(r"<(?:script|img|link|source|iframe)\b[^>]*>", page.read_text())
        assert not [tag for tag in loaded if re.search(r'="(?:https?:)?//', tag)], page
    for file in [*site.rglob("*.css"), *site.rglob("*.js")]:
        assert not re.search(r"@import|url\(\s*['\"]?(?:https?:)?//", file.read_text()), file


def weight(page):
    """Bytes of a page with the styles, scripts and pictures that it loads."""
    text = page.read_text()
    loaded = re.findall(r'<(?:script|img|link)\b[^>]*\b(?:src|href)="([^"]+)"', text)
    files = {(page.parent / address.split("?")[0]).resolve() for address in loaded}
    return len(text.encode()) + sum(
        file.stat().st_size for file in files if file.suffix != ".html" and file.is_file()
    )


def test_no_page_is_heavy(site):
    heavy = {page.name: weight(page) for page in pages(site) if weight(page) >= PAGE}
    assert not heavy and weight(site / "index.html") < FIRST


def test_no_page_says_where_it_was_built(site):
    for page in pages(site):
        assert str(ROOT) not in page.read_text() and str(site.parent) not in page.read_text()


def test_on_a_phone_nothing_is_cut_off_or_asked_for_elsewhere(site, visit, served):
    seen = visit("index.html", width=390)
    for page in pages(site):
        seen.view.goto(served + page.relative_to(site).as_posix())
        assert (page.name, seen.view.evaluate(CUT_OFF)) == (page.name, [])
        assert (page.name, seen.view.evaluate(HIDDEN)) == (page.name, 0)
    assert not seen.errors
    assert {url for url in seen.requests if not url.startswith((served, "data:"))} == set()


def test_search_finds_the_lesson_on_warmup_first(visit):
    seen = visit("search.html?q=warmup")
    seen.view.wait_for_selector("ul.search li:nth-child(11)")  # they come one after the other
    assert seen.view.text_content("ul.search li a") == "11 Warm-up"
    assert not seen.errors


def test_a_formula_is_drawn_and_every_figure_comes(visit):
    view = visit("lessons/08_cosine_decay.html").view
    assert view.locator(".formula math mfrac").count() >= 1
    view.evaluate("for (const each of document.images) each.loading = 'eager'")
    view.wait_for_function("[...document.images].every(each => each.complete)")
    assert view.evaluate("[...document.images].map(each => each.naturalWidth)") == [720] * 6


def test_an_explorer_keeps_its_place_between_the_cells_that_show_the_same(visit):
    view = visit("lessons/08_cosine_decay.html").view
    assert view.get_attribute(".explorer", "data-sliders") == "T, floor"
    before = "[...document.querySelectorAll('figure')].filter(each => each.compareDocumentPosition("
    before += "document.querySelector('.explorer')) & Node.DOCUMENT_POSITION_FOLLOWING).length"
    assert view.is_visible(".explorer") and view.evaluate(before) >= 2


def test_a_lesson_leads_to_its_sliders_and_comparison_and_these_lead_back(site, served, visit):
    if not (site / "playground").exists():
        pytest.skip("Python for the browser could not be fetched: the site has no playground")
    seen, settled = visit("lessons/08_cosine_decay.html", width=390), "[data-state=answered]"
    seen.view.click(".live a:has-text('Move these sliders')")
    seen.view.wait_for_selector(f"body[data-python=ready]{settled}", timeout=60_000)
    before = seen.view.inner_text("#readout")
    seen.view.press("#slide-floor", "End")
    seen.view.wait_for_function("was => document.getElementById('readout').innerText !== was", arg=before)
    assert "08" in seen.view.locator("#lesson option:checked").inner_text()
    seen.view.click("text=Read this lesson")
    assert seen.view.url == f"{served}lessons/08_cosine_decay.html"
    seen.view.click(".live a:has-text('In the playground')")
    seen.view.wait_for_selector(f"body[data-python=ready]{settled}", timeout=60_000)
    texts = [area.input_value() for area in seen.view.locator("textarea").all()]
    expected = next(each for each in playground.examples("")["comparisons"] if each["lesson"] == "08")
    assert texts == [each["text"] for each in expected["schedules"]]
    assert seen.view.locator("#chart .curve path").count() == len(texts)
    assert seen.view.locator("#read1 a").all_inner_texts() == ["11 Warm-up", "07 Linear to zero"]
    state = seen.view.url
    seen.view.click("#read1 a:has-text('07')")
    assert seen.view.url == f"{served}lessons/07_linear_to_zero.html"
    seen.view.go_back()
    assert seen.view.url == state
    seen.view.wait_for_selector(f"body[data-python=ready]{settled}", timeout=60_000)
    assert [area.input_value() for area in seen.view.locator("textarea").all()] == texts
    seen.view.click("text=Back to the course")
    assert seen.view.url == f"{served}index.html"
    assert not seen.errors
    assert {url for url in seen.requests if not url.startswith((served, "data:", "blob:"))} == set()


def test_an_answer_is_hidden_until_it_is_opened_and_stands_beside_the_guess(visit):
    view = visit("lessons/08_cosine_decay.html").view
    answer = view.locator("details.answer").first
    assert not answer.locator("pre").is_visible()
    view.fill('input[name="my_prediction"]', "0.7")
    view.reload()
    assert view.input_value('input[name="my_prediction"]') == "0.7"
    answer.locator("summary").click()
    assert answer.locator("pre").is_visible() and "0.7" in answer.locator(".guessed").text_content()


@pytest.mark.parametrize(
    "page", ["lessons/08_cosine_decay.html", "lessons/gallery.html", "reports/shootout.html"]
)
def test_on_a_phone_figures_can_be_read_before_any_tap(page, visit):
    view = visit(page, width=390).view
    shown = "[...document.querySelectorAll('figure img')].filter(each => each.checkVisibility())"
    widths = view.evaluate(f"{shown}.map(each => each.width / each.getAttribute('width'))")
    assert widths and min(widths) * SMALLEST >= 11


def test_a_figure_fades_where_there_is_more_of_it_and_is_seen_whole_by_a_tap(visit):
    view = visit("lessons/08_cosine_decay.html", width=390).view
    frame = view.locator("a.whole").first
    assert frame.get_attribute("class") == "whole after"
    frame.evaluate("each => { each.scrollLeft = 1000 }")
    view.wait_for_selector("a.whole.before:not(.after)")
    frame.click()
    assert 300 < view.evaluate("document.querySelector('dialog[open] img').clientWidth") <= 390
    view.keyboard.press("Escape")
    view.wait_for_selector("dialog", state="detached")


def test_on_a_desktop_a_figure_stands_whole_in_its_page(visit):
    view = visit("lessons/08_cosine_decay.html").view
    assert view.locator("a.whole").count() == 6
    view.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    view.wait_for_function("!document.querySelector('a.before, a.after')")


def test_on_a_phone_a_printed_sentence_is_read_without_moving_it(visit):
    view = visit("lessons/24_stop_save_resume_choose.html", width=390).view
    lines = view.locator(".output.sentences:visible pre")
    assert lines.count() > 3
    assert lines.evaluate_all("all => all.every(each => each.scrollWidth <= each.clientWidth)")
    columns = view.locator(".output:not(.sentences):visible pre")
    assert columns.evaluate_all("all => all.every(each => getComputedStyle(each).whiteSpace == 'pre')")


def test_what_was_folded_fits_the_screen_once_it_is_opened(visit):
    view = visit("lessons/17_adam_and_the_effective_rate.html", width=390).view
    answer = view.locator("details.answer:has(a.whole)").first
    answer.locator("summary").click()
    answer.locator("a.whole.after").wait_for()


def test_the_dark_is_dark_and_can_be_chosen(visit):
    ground = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)"
    assert max(visit("index.html", scheme="dark").view.evaluate(ground)) < 60
    view = visit("index.html").view
    assert min(view.evaluate(ground)) > 200
    for _ in range(3):
        view.locator("button.theme-toggle:visible").first.click()
        if max(view.evaluate(ground)) < 60:
            break
    else:
        pytest.fail("no click made the page dark")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
@pytest.mark.parametrize("page", KINDS)
def test_axe_finds_nothing_serious(page, width, scheme, visit):
    view = visit(page, width, scheme).view
    view.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    view.evaluate("dispatchEvent(new Event('resize'))")
    view.add_script_tag(content=browser.axe())
    found = view.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    serious = {
        each["id"]: each["nodes"][0]["html"] for each in found if each["impact"] in ("serious", "critical")
    }
    assert not serious
