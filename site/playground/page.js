import { draw, shown, swatch } from "./chart.js";
import { python } from "./python.js";
import { MOST, fragment, read } from "./state.js";

const $ = (id) => document.getElementById(id);
const LIBRARIES = { torch: "PyTorch", optax: "optax", keras: "Keras", hf: "Hugging Face transformers" };

/** An element with attributes and children; text only ever becomes text. */
const make = (tag, attributes = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key in made && typeof value !== "string") made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
};

let state; // what is set: steps, base_lr, y, at, schedules [{name, text}]
let cards = []; // of each schedule: {input, error, sliders, ...}
let answer = null; // the last one
let asked = null; // the request that it answers, or is to answer
let library = "torch";
let chart = null;
let cursor = 0;

const number = (text) => (text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text);

function request() {
  const at = state.at.split(/[\s,;]+/).filter(Boolean).map((each) => (each === "T" ? number(state.steps) : number(each)));
  return { steps: number(state.steps), base_lr: number(state.base_lr), at, texts: state.schedules.map((each) => each.text) };
}

const worker = python(show);

/** Ask for what is set now. */
function ask() {
  keep();
  worker.ask(request());
}

// ---- what is set

let timer;
function keep() {
  clearTimeout(timer);
  timer = setTimeout(() => history.replaceState(null, "", fragment(state)), 500);
}

function start(given) {
  state = structuredClone(given);
  cursor = Math.floor(Number(state.steps) / 2);
  for (const id of ["steps", "base_lr", "at"]) $(id).value = state[id];
  for (const each of document.getElementsByName("y")) each.checked = each.value === state.y;
  slide();
  build();
  ask();
}

function slide() {
  for (const id of ["steps", "base_lr"]) {
    if (Number(state[id]) > 0) $(`${id}-slider`).value = Math.log10(Number(state[id]));
    $(`${id}-slider`).setAttribute("aria-valuetext", state[id]);
  }
}

function build() {
  cards = state.schedules.map(card);
  $("schedules").replaceChildren(...cards.map((each) => each.box));
  $("add").disabled = state.schedules.length >= MOST;
  $("which").replaceChildren(...state.schedules.map((each, k) => make("option", { value: String(k) }, title(k))));
}

const title = (k) => state.schedules[k].name || `Schedule ${k + 1}`;

function card(schedule, k) {
  const name = make("input", { id: `name${k}`, type: "text", maxlength: "40", autocomplete: "off" });
  const input = make("textarea", { id: `text${k}`, rows: "2", spellcheck: "false", autocapitalize: "off", autocomplete: "off", "aria-describedby": `error${k} note${k}` });
  const error = make("p", { id: `error${k}`, class: "error", role: "alert", hidden: true });
  const note = make("p", { id: `note${k}`, class: "note", hidden: true });
  const read = make("p", { id: `read${k}`, class: "note", hidden: true });
  const sliders = make("div", { class: "sliders" });
  const remove = make("button", { type: "button", "aria-label": `Remove schedule ${k + 1}` }, "Remove");
  name.value = schedule.name;
  input.value = schedule.text;
  name.oninput = () => {
    schedule.name = name.value;
    $("which").options[k].textContent = title(k);
    keep();
    if (answer) numbers();
  };
  input.oninput = () => {
    schedule.text = input.value.replace(/\n/g, " ");
    ask();
  };
  remove.hidden = state.schedules.length < 2;
  remove.onclick = () => {
    state.schedules.splice(k, 1);
    build();
    ask();
    $("text0").focus();
  };
  const box = make("div", { class: `card look${k}`, role: "group", "aria-label": `Schedule ${k + 1}` },
    make("div", { class: "head" }, swatch(k),
      make("div", { class: "field" }, make("label", { for: `name${k}` }, "Name"), name), remove),
    make("div", { class: "field" }, make("label", { for: `text${k}` }, "Schedule"), input, error, note, read),
    make("details", { open: state.schedules.length === 1 }, make("summary", {}, "Sliders for its numbers"), sliders));
  return { box, name, input, error, note, read, sliders, numerals: [] };
}

// ---- what is shown

function show(given, from) {
  for (const id of ["steps", "base_lr", "at"]) complain($(id), $(`${id}-error`), given.errors[id] ?? "");
  if (Object.keys(given.errors).length) return;
  [answer, asked] = [given, from];
  given.schedules.forEach((each, k) => {
    if (!cards[k]) return;
    complain(cards[k].input, cards[k].error, each.error ?? "");
    said(cards[k].note, each.note ?? "");
    toRead(cards[k].read, each.subjects ?? []);
    if (!each.error && state.schedules[k].text === from.texts[k]) sliders(k, each.numerals);
  });
  curves();
  numbers();
  code();
}

function said(element, text) {
  if (element.textContent !== text) element.textContent = text;
  element.hidden = !text;
}

/** Lead to the lessons on these subjects; outside the site there are none to read. */
function toRead(element, subjects) {
  const found = subjects.flatMap((each) => Object.keys(lessons).filter((number) => lessons[number].page && lessons[number].subjects.includes(each)));
  const links = [...new Set(found)].map((number) => make("a", { href: lessons[number].page }, lessons[number].title));
  element.replaceChildren("Read: ", ...links.flatMap((link, i) => (i ? [", ", link] : [link])));
  element.hidden = !links.length;
}

function complain(input, element, text) {
  said(element, text);
  input.toggleAttribute("aria-invalid", Boolean(text));
  if (text) input.setAttribute("aria-invalid", "true");
}

function sliders(k, numerals) {
  const labels = (list) => list.map((each) => each.label).join("|");
  const same = cards[k].sliders.childElementCount && labels(cards[k].numerals) === labels(numerals);
  const before = cards[k].numerals;
  cards[k].numerals = numerals;
  if (!same) {
    const rows = numerals.map((each, i) => slider(k, i, each));
    cards[k].sliders.replaceChildren(...(rows.length ? rows : [make("p", { class: "note" }, "There is no number in it.")]));
    return;
  }
  numerals.forEach((each, i) => {
    const range = cards[k].sliders.children[i].querySelector("input");
    [each.low, each.high] = [Math.min(each.value, before[i].low), Math.max(each.value, before[i].high)];
    [range.min, range.max] = [each.low, each.high];
    if (document.activeElement !== range) range.value = each.value;
    cards[k].sliders.children[i].querySelector("output").textContent = each.value;
  });
}

function slider(k, i, { label, value, low, high, whole }) {
  const fine = 10 ** Math.floor(Math.log10((high - low) / 50 || 0.01));
  const range = make("input", { type: "range", id: `slide${k}-${i}`, min: String(low), max: String(high), step: String(whole ? 1 : fine) });
  const output = make("output", { for: `slide${k}-${i}` }, String(value));
  range.value = value;
  range.oninput = () => {
    const said = whole ? String(Math.round(range.value)) : String(Number(Number(range.value).toPrecision(6)));
    output.textContent = said;
    replaced(k, i, said);
  };
  return make("div", { class: "field" }, make("label", { for: `slide${k}-${i}` }, label), range, output);
}

/** Write a number into the text, and move the places of those after it. */
function replaced(k, i, said) {
  const [card, schedule] = [cards[k], state.schedules[k]];
  const { at, until } = card.numerals[i];
  const characters = [...schedule.text];
  schedule.text = characters.slice(0, at).join("") + said + characters.slice(until).join("");
  const longer = said.length - (until - at);
  card.numerals.forEach((each, j) => {
    if (j > i) [each.at, each.until] = [each.at + longer, each.until + longer];
  });
  card.numerals[i].until += longer;
  card.input.value = schedule.text;
  ask();
}

const right = () => answer.schedules.map((each, k) => ({ ...each, k })).filter((each) => !each.error && each.k < state.schedules.length);

function curves() {
  const drawn = right().map((each) => ({ points: each.curve, k: each.k }));
  chart = draw($("chart"), drawn, { low: 0, high: asked.steps - 1, label: "update, counted from 0", log: state.y === "log" });
  const zero = drawn.some((each) => each.points.some(([, rate]) => rate <= 0));
  said($("unseen"), state.y === "log" && zero ? "Rates of 0 or below have no place on a logarithmic axis: the curve is interrupted there." : "");
  const pairs = answer.alike.filter((pair) => pair.every((k) => k < state.schedules.length));
  said($("alike"), pairs.map(([i, j]) => `${title(i)} and ${title(j)} have the same rates in this run: one curve covers the other.`).join(" "));
  $("chart").setAttribute("aria-valuemax", asked.steps - 1);
  point(Math.min(cursor, asked.steps - 1));
}

function nearest(points, t) {
  let [low, high] = [0, points.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (points[middle][0] <= t) low = middle;
    else high = middle;
  }
  return Math.abs(points[high][0] - t) < Math.abs(points[low][0] - t) ? points[high] : points[low];
}

function point(t) {
  cursor = t;
  chart.point(t);
  const found = right().map((each) => [title(each.k), ...nearest(each.curve, t), each.k]);
  const text = found.map(([name, at, rate]) => `${name} ${shown(rate)}${at === t ? "" : ` (update ${at})`}`);
  $("chart").setAttribute("aria-valuenow", t);
  $("chart").setAttribute("aria-valuetext", `update ${t}: ${text.join(", ")}`);
  $("readout").replaceChildren(`Update ${t.toLocaleString("en")}`, ...found.map(([, , , k], i) => make("span", {}, swatch(k), text[i])));
}

const columns = () => [
  ["Sum of the rates", (each) => each.sum],
  ["Mean rate", (each) => each.mean],
  ["Highest rate", (each) => each.highest[1], (each) => `at ${each.highest[0]}`],
  ["Lowest rate", (each) => each.lowest[1], (each) => `at ${each.lowest[0]}`],
  ...["first", "last"].flatMap((which) =>
    right()[0][which].map(([t], i) => [`Update ${t}${i || which === "last" ? "" : ", the first"}${which === "last" && i === right()[0].last.length - 1 ? ", the last" : ""}`, (each) => each[which][i][1]])),
  ...asked.at.map((t, i) => [t >= asked.steps ? `Step ${t}, past the run` : `Update ${t}, listed`, (each) => each.at[i][1]]),
];

function numbers() {
  const shownOnes = right();
  if (!shownOnes.length) return $("numbers").replaceChildren();
  const cell = (tag, role, text, more = {}) => make(tag, { role, ...more }, text);
  const head = make("tr", { role: "row" }, cell("th", "columnheader", "", { scope: "col" }, ""),
    ...shownOnes.map((each) => make("th", { role: "columnheader", scope: "col" }, swatch(each.k), title(each.k))));
  head.firstChild.append(make("span", { class: "unseen" }, "what"));
  const rows = columns().map(([label, value, more]) =>
    make("tr", { role: "row" }, cell("th", "rowheader", label, { scope: "row" }),
      ...shownOnes.map((each) => {
        const text = shown(value(each)) + (more ? ` ${more(each)}` : "");
        return cell("td", "cell", text, { "data-value": String(value(each)), "data-name": title(each.k), title: String(value(each)) });
      })));
  $("numbers").replaceChildren(make("thead", { role: "rowgroup" }, head), make("tbody", { role: "rowgroup" }, ...rows));
}

function code() {
  const k = Number($("which").value);
  for (const tab of $("tabs").children) {
    const on = tab.dataset.library === library;
    tab.setAttribute("aria-selected", String(on));
    tab.tabIndex = on ? 0 : -1;
  }
  $("panel").setAttribute("aria-labelledby", `tab-${library}`);
  const given = answer?.schedules[k];
  if (!given || given.error) return $("panel").replaceChildren(make("p", {}, "This schedule cannot be read: see the message below its text."));
  const { [library]: own, formula } = given.configurations;
  const parts = own ? block(own) : [make("p", {}, `No ready-made schedule of ${LIBRARIES[library]} was found that makes these rates.`)];
  if (library === "torch" && formula && own?.code !== formula.code) {
    parts.push(make("h3", {}, "As a formula"), make("p", { class: "note" }, "For LambdaLR; the same past the end, too."), ...block(formula));
  }
  $("panel").replaceChildren(...parts);
}

function block({ code: lines, name, note }) {
  const copy = make("button", { type: "button" }, "Copy");
  copy.onclick = () => copied(lines, copy);
  const checked = name === "LambdaLR" ? "" : `${name}. Computed: its rates are those of the schedule at every update of the run.`;
  return [checked ? make("p", {}, checked) : null, make("pre", { tabindex: "0", "aria-label": "Python" }, make("code", {}, lines)),
    note ? make("p", { class: "note" }, note) : null, copy].filter(Boolean);
}

async function copied(text, button) {
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Copying is not allowed here";
  }
  setTimeout(() => (button.textContent = before), 1500);
}

// ---- the controls

for (const id of ["steps", "base_lr", "at"]) {
  $(id).oninput = () => {
    state[id] = $(id).value.trim();
    slide();
    ask();
  };
}
$("steps-slider").oninput = () => set("steps", String(Math.round(Number((10 ** $("steps-slider").value).toPrecision(2)))));
$("base_lr-slider").oninput = () => set("base_lr", String(Number((10 ** $("base_lr-slider").value).toPrecision(2))));
function set(id, value) {
  $(id).value = state[id] = value;
  $(`${id}-slider`).setAttribute("aria-valuetext", value);
  ask();
}
for (const each of document.getElementsByName("y")) {
  each.onchange = () => {
    state.y = each.value;
    keep();
    if (answer) curves();
  };
}
$("which").onchange = code;
for (const tab of $("tabs").children) {
  tab.onclick = () => ((library = tab.dataset.library), code());
  tab.onkeydown = (event) => {
    const tabs = [...$("tabs").children];
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const to = { Home: 0, End: tabs.length - 1 }[event.key] ?? (tabs.indexOf(tab) + (move ?? 0) + tabs.length) % tabs.length;
    if (move === undefined && !["Home", "End"].includes(event.key)) return;
    event.preventDefault();
    library = tabs[to].dataset.library;
    code();
    tabs[to].focus();
  };
}
$("chart").onpointermove = (event) => chart && point(chart.t(event.clientX - $("chart").getBoundingClientRect().left));
$("chart").onkeydown = (event) => {
  const big = Math.max(1, Math.round(asked.steps / 20));
  const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: big, PageDown: -big, Home: -Infinity, End: Infinity }[event.key];
  if (!chart || by === undefined) return;
  event.preventDefault();
  point(Math.min(asked.steps - 1, Math.max(0, cursor + by)));
};
$("copy-link").onclick = () => {
  history.replaceState(null, "", fragment(state));
  copied(location.href, $("copy-link"));
};
$("copy-table").onclick = () => {
  const rows = [...$("numbers").rows].map((row) => [...row.cells].map((cell) => cell.dataset.value ?? cell.textContent).join("\t"));
  copied(rows.join("\n"), $("copy-table"));
};
new ResizeObserver(() => answer && curves()).observe($("chart"));

// ---- the start

const [examples, lessons] = await Promise.all(["examples.json", "lessons.json"].map(async (name) => (await fetch(name)).json()));
const opened = () => {
  const given = read(location.hash);
  said($("message"), given?.message ?? "");
  return given && !given.message ? given : null;
};

$("example").append(make("option", { value: "" }, "choose one"), ...examples.comparisons.map((each, i) => make("option", { value: String(i) }, each.title)));
$("example").onchange = () => {
  if ($("example").value) start(examples.comparisons[$("example").value]);
};
$("add").append(make("option", { value: "" }, "choose one"), ...examples.families.map(({ family, entries }) =>
  make("optgroup", { label: family }, ...entries.map((each) => make("option", { value: each.example }, each.name)))));
$("add").onchange = () => {
  if (!$("add").value || state.schedules.length >= MOST) return;
  const name = $("add").selectedOptions[0].textContent.slice(0, 40);
  state.schedules.push({ name, text: $("add").value });
  $("add").value = "";
  build();
  ask();
};
$("names").textContent = `Names that can be called: ${examples.names.join(", ")}. Schedules of other libraries: ${examples.presets.join(", ")}.`;
$("made").textContent = examples.made;
onhashchange = () => start(opened() ?? examples.comparisons[0]);

const first = opened();
start(first ?? examples.comparisons[0]);
if (!first && document.body.dataset.state !== "answered") show(examples.first, request());
