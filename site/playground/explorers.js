import { draw, shown, swatch } from "./chart.js";
import { python } from "./python.js";

const $ = (id) => document.getElementById(id);
const lessons = await (await fetch("explorers.json")).json();
let [values, picture] = [{}, null];
const worker = python((answer) => {
  picture = answer;
  show();
});

const lesson = () => lessons[$("lesson").value];
const ask = () => worker.ask({ source: lesson().source, values });

function open() {
  values = Object.fromEntries(Object.entries(lesson().ranges).map(([name, [, , start]]) => [name, start]));
  $("read").hidden = !lesson().page; // outside the site there are no lessons to read
  if (lesson().page) $("read").href = lesson().page;
  $("sliders").replaceChildren(...Object.entries(lesson().ranges).map(slider));
  ask();
}

/** Whole numbers stay whole; what is above 0 moves on a logarithmic scale, as in the lesson. */
function slider([name, [low, high, start]]) {
  const whole = lesson().whole.includes(name);
  const log = !whole && low > 0;
  const [range, label, output] = ["input", "label", "output"].map((tag) => document.createElement(tag));
  Object.assign(range, { type: "range", id: `slide-${name}` });
  [range.min, range.max, range.step] = whole ? [low, high, 1] : log ? [Math.log10(low), Math.log10(high), "any"] : [low, high, (high - low) / 100];
  range.value = log ? Math.log10(start) : start;
  const value = () => (whole ? Math.round(range.value) : Number((log ? 10 ** range.value : Number(range.value)).toPrecision(3)));
  [label.htmlFor, label.textContent, output.textContent] = [range.id, name, shown(start)];
  range.oninput = () => {
    values[name] = value();
    output.textContent = shown(values[name]);
    range.setAttribute("aria-valuetext", output.textContent);
    ask();
  };
  const field = document.createElement("div");
  field.className = "field";
  field.append(label, range, output);
  return field;
}

/** Draw a picture into the chart whose ids begin so; returns its curves. */
function plot(ids, { curves: named, x_range: [low, high], xlabel, ylabel, log_x, log_y, y_range }) {
  const curves = Object.entries(named).map(([name, points], k) => ({ name, points, k: k % 4 }));
  $(`${ids}ylabel`).textContent = ylabel;
  draw($(`${ids}chart`), curves, { low, high, label: xlabel, logX: log_x, log: log_y, range: y_range });
  return curves;
}

function show() {
  $("figure-title").textContent = picture.title || `Lesson ${$("lesson").value}`;
  $("upper").hidden = !picture.above;
  if (picture.above) plot("above-", picture.above);
  const curves = plot("", picture);
  $("readout").replaceChildren(...curves.map(({ name, points, k }) => {
    const said = document.createElement("span");
    said.append(swatch(k), `${name}: from ${shown(points[0][1])} to ${shown(points.at(-1)[1])}`);
    return said;
  }));
}

for (const [number, { title }] of Object.entries(lessons).sort()) $("lesson").add(new Option(`${number} ${title}`, number));
const from = () => {
  const wanted = location.hash.slice(1);
  $("lesson").value = Object.hasOwn(lessons, wanted) ? wanted : Object.keys(lessons).sort()[0];
  open();
};
$("lesson").onchange = () => history.replaceState(null, "", `#${$("lesson").value}`) ?? open();
onhashchange = from;
new ResizeObserver(() => picture && show()).observe($("chart"));
from();
