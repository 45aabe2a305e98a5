"""The playground in a browser: it shows the library's own numbers, and asks nobody for anything."""

import functools
import http.server
import json
import math
import threading

import pytest

from lrlib.playground import answer
from lrlib.playground.explorers import drawn
from lrlib.schedules import catalogue, parse
from lrlib.schedules.presets.calls import calls
from notebooks.tools import playground
from notebooks.tools.explorers import explorers
from tests.browser import axe, browser, needs_browser

pytestmark = [pytest.mark.long, needs_browser]

SETTLED = "body[data-python=ready][data-state=answered]"
VALUES = """[...document.querySelectorAll('#steps, #base_lr, #at, .card input[type=text], textarea')]
    .map(e => e.value)"""
MOVE = """([id, value]) => {
    const slider = document.getElementById(id);
    slider.value = value;
    slider.dispatchEvent(new Event('input'));
}"""
SHOWN = """() => Object.fromEntries([...document.querySelectorAll('#numbers tbody tr')].map(
    row => [row.cells[0].textContent, [...row.cells].slice(1).map(cell => Number(cell.dataset.value))]))"""
WIDE = "[...document.querySelectorAll('body *')].filter(e => e.scrollWidth > e.clientWidth + 1 && \
    getComputedStyle(e).overflowX !== 'visible' || e.getBoundingClientRect().right > innerWidth + 1) \
    .filter(e => !e.closest('.unseen, thead, svg, option, select')).map(e => e.outerHTML.slice(0, 100))"
ASK = """texts => new Promise((done, failed) => {
    const worker = new Worker('worker.js', {type: 'module'}), found = [];
    const next = () => texts.length > found.length
        ? worker.postMessage({id: found.length, request: texts[found.length]})
        : (worker.terminate(), done(found));
    worker.onmessage = ({data}) => data.failed ? failed(data.failed) : data.ready ? next()
        : data.reply && (found.push(data.reply), next());
})"""
HOSTILE = [
    "#v=1",
    "#v=2&T=600&lr=0.1&y=log&at=&n=a&s=constant(1)",
    "#v=1&T=-5&lr=0.1&y=log&at=&n=a&s=constant(1)",
    "#v=1&T=600&lr=1e999999&y=log&at=&n=a&s=constant(1)",
    "#v=1&T=600&lr=0.1&y=<img src=x onerror=alert(1)>&at=&n=a&s=constant(1)",
    "#v=1&T=600&lr=0.1&y=log&at=&n=a",
    "#v=1&T=600&T=7&lr=0.1&y=log&at=&n=a&s=constant(1)",
    "#v=1&T=600&lr=0.1&y=log&at=&__proto__=x&n=a&s=constant(1)",
    "#v=1&T=600&lr=0.1&y=log&at=" + "&n=a&s=constant(1)" * 5,
    "#v=1&T=600&lr=0.1&y=log&at=&n=a&s=" + "x" * 30_000,
    "#%E0%A4%A=%",
    "#<script>alert(1)</script>=1",
]


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Nothing: what is asked for is read in the browser."""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The address of the built page."""
    folder = tmp_path_factory.mktemp("built") / "playground"
    playground.build(folder)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def chromium():
    with browser() as found:
        yield found


class Open:
    """The page, and what it asked for and complained of."""

    def __init__(self, chromium, address, width=1200, scheme="light", script="", **options):
        self.context = chromium.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, **options
        )
        self.requests, self.errors, self.address = [], [], address
        self.context.on("request", lambda request: self.requests.append(request.url))
        self.view = self.context.new_page()
        self.view.on("pageerror", lambda error: self.errors.append(str(error)))
        self.view.on("console", lambda message: self.errors.append(message.text))
        self.view.on("dialog", lambda dialog: (self.errors.append(dialog.message), dialog.dismiss()))
        if script:
            self.context.route("**/worker.js", lambda route: self._with(route, script))

    @staticmethod
    def _with(route, script):
        found = route.fetch()
        route.fulfill(response=found, body=script + found.text())

    def at(self, fragment=""):
        self.view.goto(self.address + fragment)
        return self.settled()

    def settled(self):
        self.view.wait_for_selector(SETTLED, timeout=60_000)
        return self

    def doing(self, action):
        """Do something, and wait until the page has answered it."""
        action(self.view)
        return self.settled()

    def shown(self):
        return self.view.evaluate(SHOWN)


@pytest.fixture
def page(chromium, built):
    """Opens the page; at the end of the test, it must have asked nobody else and complained of nothing."""
    pages = []

    def open_(**options):
        pages.append(Open(chromium, built, **options))
        return pages[-1]

    yield open_
    for each in pages:
        each.context.close()
        assert each.errors == []
        assert [url for url in each.requests if not url.startswith((built, "data:", "blob:"))] == []
        assert any(url.endswith("worker.js") for url in each.requests)


def close(found, expected):
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-12 * max(map(abs, expected)))


def test_what_is_typed_is_shown_with_the_numbers_of_the_library(page):
    open_ = page().at()
    text = "shift(linear(0, 1, 41), 1) >> between(power(cosine(1, 0, T - 40), 1.5), 0.02, 1)"
    open_.doing(lambda view: view.fill("#steps", "437")).doing(lambda view: view.fill("#base_lr", "0.03"))
    open_.doing(lambda view: view.fill("#at", "0, 100, T, 10000")).doing(
        lambda view: view.fill("#text0", text)
    )
    schedule, shown = parse(text, T=437), open_.shown()
    rates = [0.03 * schedule(t) for t in range(437)]
    close([shown["Sum of the rates"][0], shown["Mean rate"][0]], [sum(rates), sum(rates) / 437])
    first = [shown[name][0] for name in ("Update 0, the first", "Update 1", "Update 2")]
    last = [shown[name][0] for name in ("Update 434", "Update 435", "Update 436, the last")]
    close(first + last, rates[:3] + rates[-3:])
    listed = ("Update 0, listed", "Update 100, listed", "Step 437, past the run", "Step 10000, past the run")
    close([shown[name][0] for name in listed], [0.03 * schedule(t) for t in (0, 100, 437, 10_000)])


def test_every_schedule_of_the_catalogue_and_of_the_presets_is_in_the_browser_what_it_is_here(page):
    view = page().at().view
    texts = [entry.example for entry in catalogue()]
    for preset, entry in calls().items():
        for case in entry["cases"]:
            said = ", ".join(f"{k}={tuple(v) if isinstance(v, list) else v!r}" for k, v in case.items())
            texts.append(f"{preset}({said})")
    requests = [{"steps": 300, "base_lr": 0.1, "at": [500], "texts": [text]} for text in texts]
    replies = view.evaluate(ASK, [json.dumps(request) for request in requests])
    for request, reply in zip(requests, replies, strict=True):
        (found,), (expected,) = json.loads(reply)["schedules"], answer(request)["schedules"]
        assert found.keys() == expected.keys(), request
        if "error" in expected:
            assert found == expected
            continue
        ours = [found[k] for k in ("sum", "mean")] + [rate for _, rate in found["curve"] + found["at"]]
        theirs = [expected[k] for k in ("sum", "mean")] + [r for _, r in expected["curve"] + expected["at"]]
        close(ours, theirs)
        assert found["configurations"].keys() == expected["configurations"].keys(), request
        assert (found["reads"], found["note"]) == (expected["reads"], expected["note"])


def test_a_text_that_cannot_be_read_gets_the_message_of_the_parser(page):
    open_ = page().at()
    for text in ("lineer(0, 1, 5)", "cosine(1, 0, -3)", "linear(0, 1", "torch(3)", "", "<b>bold</b>"):
        open_.doing(lambda view, text=text: view.fill("#text0", text))
        with pytest.raises(ValueError) as refused:
            parse(text, T=600)
        assert open_.view.inner_text("#error0") == str(refused.value)
        assert open_.view.get_attribute("#text0", "aria-invalid") == "true"
        assert len(open_.shown()["Mean rate"]) == 1  # the other schedule is still shown
    open_.doing(lambda view: view.fill("#text0", "constant(1)"))
    assert not open_.view.is_visible("#error0")


def test_a_number_out_of_range_is_refused_by_name(page):
    view = page().at().view
    view.fill("#steps", "0")
    view.wait_for_selector("#steps-error:not([hidden])")
    assert (
        view.inner_text("#steps-error")
        == answer({"steps": 0, "base_lr": 1, "at": [], "texts": []})["errors"]["steps"]
    )


def test_a_slider_writes_its_number_into_the_text(page):
    open_ = page().at()
    view = open_.view
    view.click(".card.look0 summary")
    labels = view.locator(".card.look0 .sliders label").all_inner_texts()
    place = labels.index("cosine: end")
    open_.doing(lambda view: view.evaluate(MOVE, [f"slide0-{place}", 0.25]))
    assert view.input_value("#text0") == "linear(0, 1, 0.05*T) >> cosine(1, 0.25, T - 0.05*T)"
    open_.doing(lambda view: view.evaluate(MOVE, [f"slide0-{place + 1}", 0.5]))
    assert view.input_value("#text0") == "linear(0, 1, 0.05*T) >> cosine(1, 0.25, T - 0.5*T)"
    schedule = parse(view.input_value("#text0"), T=600)
    close(open_.shown()["Sum of the rates"][:1], [0.1 * schedule.values(600).sum()])


def test_a_link_holds_all_that_is_set(page):
    open_ = page(permissions=["clipboard-read", "clipboard-write"]).at()
    open_.doing(lambda view: view.fill("#text1", "0.5*wsd(T, 30, 0.2*T) >> constant(0.001)"))
    open_.doing(lambda view: view.fill("#steps", "777")).doing(lambda view: view.fill("#base_lr", "3e-4"))
    open_.view.fill("#name1", 'my "own" & <b>100 %</b> — 余弦')
    open_.doing(lambda view: view.select_option("#add", label="rex"))
    open_.view.check("input[value=log]")
    open_.view.click("#copy-link")
    link = open_.view.evaluate("navigator.clipboard.readText()")
    again = page()
    again.view.goto(link)
    again.settled()
    assert again.view.evaluate(VALUES) == open_.view.evaluate(VALUES)
    assert again.view.is_checked("input[value=log]")
    assert again.shown() == open_.shown() and len(again.shown()["Mean rate"]) == 3


def test_a_link_that_holds_nothing_is_said_and_an_example_is_shown(page):
    open_ = page().at(HOSTILE[0])
    for fragment in (*HOSTILE, HOSTILE[0]):
        assert open_.view.inner_text("#message").startswith("This link cannot be used: "), fragment
        assert open_.shown()["Mean rate"] == pytest.approx([0.05, 0.05], rel=1e-3)
        open_.at("#v=1&T=9&lr=1&y=linear&at=&n=a&s=constant(1)")
        open_.view.wait_for_selector("#message", state="hidden")
        assert open_.settled().shown()["Mean rate"] == [1]
        open_.at(fragment)
        open_.view.wait_for_selector("#message", state="visible")
        open_.settled()


def test_the_first_example_is_there_before_python_is(page):
    open_ = page(script="await new Promise(() => {});")
    open_.view.goto(open_.address)
    open_.view.wait_for_selector("#numbers td")
    assert open_.shown()["Mean rate"] == pytest.approx([0.05, 0.05], rel=1e-3)


def test_a_browser_that_cannot_wait_within_a_call_gets_the_same_answers(page):
    quick = page().at()
    slow = page(script="delete WebAssembly.Suspending;").at()
    for open_ in (quick, slow):
        open_.doing(lambda view: view.fill("#text0", "rex(1, 0, T)"))
    assert slow.shown() == quick.shown()


def test_what_the_first_answer_shows_is_what_python_answers(page):
    view = page().at().view
    examples = view.evaluate("fetch('examples.json').then(found => found.json())")
    assert examples["first"] == json.loads(json.dumps(answer(playground.request(examples["comparisons"][0]))))


def test_every_comparison_can_be_read(built):
    for comparison in playground.examples("")["comparisons"]:
        found = answer(playground.request(comparison))
        assert found["errors"] == {} and not [each for each in found["schedules"] if "error" in each]


def test_the_link_of_a_lesson_opens_its_comparison(page):
    open_, texts = page(), "[...document.querySelectorAll('textarea')].map(e => e.value)"
    for (_, link), comparison in zip(
        (pair for pairs in playground.links().values() for pair in pairs),
        playground.examples("")["comparisons"],
        strict=True,
    ):
        open_.at(link)
        open_.view.wait_for_selector("#message", state="hidden")
        assert open_.view.evaluate(texts) == [each["text"] for each in comparison["schedules"]]
        assert open_.view.input_value("#steps") == comparison["steps"]


def test_outside_the_site_no_lesson_is_led_to(page):
    assert page().at().view.locator(".card a:visible").count() == 0


def test_the_lines_of_a_library_are_shown_and_copied(page):
    open_ = page(permissions=["clipboard-read", "clipboard-write"]).at()
    open_.view.click("#tab-optax")
    assert "warmup_cosine_decay_schedule(0 * 0.1, 0.1, 30, 600)" in open_.view.inner_text("#panel pre")
    open_.view.click("#panel button")
    assert "warmup_cosine_decay_schedule" in open_.view.evaluate("navigator.clipboard.readText()")
    open_.view.press("#tab-optax", "ArrowRight")
    assert "CosineDecay" in open_.view.inner_text("#panel")


def test_the_curves_are_read_with_the_keyboard(page):
    view = page().at().view
    view.focus("#chart")
    view.keyboard.press("Home")
    view.keyboard.press("ArrowRight")
    assert view.get_attribute("#chart", "aria-valuetext") == "update 1: cosine 0.00333333, line 0.00333333"


@pytest.mark.parametrize("width", [390, 1200])
def test_the_explorers_of_the_lessons_are_live(page, width):
    open_ = page(width=width, bypass_csp=True).at("explorers.html")
    view = open_.view
    for number, lesson in explorers().items():
        open_.doing(lambda view, number=number: view.select_option("#lesson", number))
        start = {name: value for name, (_, _, value) in lesson["ranges"].items()}
        assert view.inner_text("#figure-title") == drawn(lesson["source"], start)["title"]
        name, (low, _, _) = next(iter(lesson["ranges"].items()))
        slid = math.log10(low) if low > 0 and name not in lesson["whole"] else low
        open_.doing(lambda view, name=name, slid=slid: view.evaluate(MOVE, [f"slide-{name}", slid]))
        expected = drawn(lesson["source"], {**start, name: low})
        assert view.inner_text("#figure-title") == expected["title"]
        assert view.locator("#chart .curve path").count() == len(expected["curves"])
        assert view.evaluate(WIDE) == []
    assert [(each["id"], each["nodes"][0]["html"]) for each in violations(open_)] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1200])
def test_nothing_is_cut_off_and_nothing_keeps_people_out(page, width, scheme):
    open_ = page(width=width, scheme=scheme, bypass_csp=True).at()
    for number in (3, 5):  # four schedules, one of them wrong; a long preset
        open_.doing(lambda view, number=number: view.select_option("#example", str(number)))
    open_.doing(lambda view: view.fill("#text0", "linear(0, 1, " + "1" * 60 + ") >> nothing_of_the_kind(1)"))
    for summary in open_.view.locator("summary").all():
        if summary.evaluate("e => !e.parentElement.open"):
            summary.click()
    for tab in ("hf", "torch"):
        open_.view.click(f"#tab-{tab}")
        assert open_.view.evaluate(WIDE) == []
        assert open_.view.evaluate("document.documentElement.scrollWidth") <= width
    assert [(each["id"], each["nodes"][0]["html"]) for each in violations(open_)] == []


def test_a_page_whose_python_does_not_start_says_so(page, built):
    view = page(script="postMessage({failed: 'no such thing'}); await new Promise(() => {});").view
    view.goto(built)
    view.wait_for_selector("body[data-python=failed]")
    assert "Python could not be started here: no such thing." in view.inner_text("#stage")


def test_a_page_that_is_opened_as_a_file_says_what_to_do(chromium):
    view = chromium.new_page()
    for name in ("index.html", "explorers.html"):
        view.goto((playground.PAGE / name).as_uri())
        assert "python -m http.server" in view.inner_text("#stage")
    view.close()


def test_what_is_cut_off_or_keeps_people_out_would_be_noticed(page):
    open_ = page(width=390, bypass_csp=True).at()
    spoil = """document.querySelector('main').insertAdjacentHTML('beforeend',
        '<p style="width:50rem">wide</p><input type="text"><p style="color:#ccc;background:#fff">pale</p>')"""
    open_.view.evaluate(spoil)
    assert len(open_.view.evaluate(WIDE)) == 1
    assert {"label", "color-contrast"} <= {each["id"] for each in violations(open_)}


def violations(open_):
    open_.view.add_script_tag(content=axe())
    found = open_.view.evaluate("axe.run().then(found => found.violations)")
    return [each for each in found if each["impact"] != "minor"]
