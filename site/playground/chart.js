// The curves, as SVG.

const SVG = "http://www.w3.org/2000/svg";
const MARGIN = { left: 62, right: 20, top: 12, bottom: 38 };
const DECADES = 6; // of a logarithmic axis, at most

/** A number for people: six digits, and a power of ten where it is small or large. */
export function shown(value) {
  const size = Math.abs(value);
  if (value !== 0 && (size < 1e-4 || size >= 1e9)) return value.toExponential(5).replace(/\.?0*e/, "e").replace("e+", "e");
  return Number(value.toPrecision(6)).toString();
}

const element = (name, attributes, ...children) => {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
};

/** A short line in the look of curve k. */
export const swatch = (k) =>
  element("svg", { class: `swatch curve look${k}`, viewBox: "0 0 40 12", "aria-hidden": "true" }, element("path", { d: "M1 6H39" }));

/** Round numbers from 0 or below to `high` or above, about `n` of them. */
function ticks(low, high, n) {
  if (high <= low) high = low + (Math.abs(low) || 1);
  const rough = (high - low) / n;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough * 0.999);
  const found = [];
  for (let k = Math.floor(low / step); k * step <= high + step * 0.999; k++) found.push(Number((k * step).toPrecision(12)));
  return found;
}

/** Round numbers of a logarithmic axis: 1, 2 and 5 of each decade, where there is room for that many. */
function logTicks(low, high, n) {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const digits = (last - first) * 3 <= n + 3 ? [1, 2, 5] : [1];
  return Array.from({ length: last - first + 1 }, (_, i) => digits.map((digit) => Number(`${digit}e${first + i}`))).flat();
}

function vertical(curves, log, range) {
  const rates = curves.flatMap((each) => each.points.map(([, rate]) => rate));
  const high = Math.max(0, ...rates.slice(0, 1), ...extremes(rates, Math.max));
  if (!log) {
    const marks = range ? ticks(...range, 5) : ticks(Math.min(0, ...extremes(rates, Math.min)), high, 5);
    return { marks, at: (rate) => (rate - marks[0]) / (marks.at(-1) - marks[0]) };
  }
  const positive = rates.filter((rate) => rate > 0);
  const top = Math.ceil(Math.log10(range?.[1] ?? (high || 1)) - 1e-9);
  const least = range ? range[0] : positive.length ? positive.reduce((a, b) => Math.min(a, b)) : 10 ** (top - 1);
  const bottom = Math.min(top - 1, Math.max(top - DECADES, Math.floor(Math.log10(least))));
  const marks = Array.from({ length: top - bottom + 1 }, (_, i) => Number(`1e${bottom + i}`));
  return { marks, at: (rate) => (rate > 0 && Math.log10(rate) < top + 1e-9 ? (Math.log10(rate) - bottom) / (top - bottom) : NaN) };
}

const extremes = (rates, which) => (rates.length ? [rates.reduce((a, b) => which(a, b))] : []);

/** Draw curves [{points: [[x, y]], k}] into a box, from x = low to high.
 * axes: {low, high, label, logX: of x, log: of y, range: of y, or what the curves need}.
 * Returns {point(x): put the cursor there, t(pixels): the whole x there}. */
export function draw(box, curves, { low, high, label, logX = false, log = false, range = null }) {
  const [width, height] = [Math.max(box.clientWidth, 240), box.clientWidth < 500 ? 260 : 340];
  const [w, h] = [width - MARGIN.left - MARGIN.right, height - MARGIN.top - MARGIN.bottom];
  const along = logX ? Math.log : Number;
  const x = (t) => MARGIN.left + (w * (along(t) - along(low))) / (along(high) - along(low) || 1);
  const axis = vertical(curves, log, range);
  const y = (rate) => MARGIN.top + h * (1 - axis.at(rate));
  const picture = element("svg", { viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true" });

  for (const mark of axis.marks) {
    picture.append(element("line", { class: "grid", x1: MARGIN.left, x2: width - MARGIN.right, y1: y(mark), y2: y(mark) }));
    picture.append(element("text", { class: "mark", x: MARGIN.left - 7, y: y(mark) + 4, "text-anchor": "end" }, shown(mark)));
  }
  for (const mark of (logX ? logTicks : ticks)(low, high, width < 500 ? 4 : 8).filter((t) => t >= low && t <= high)) {
    picture.append(element("line", { class: "grid", x1: x(mark), x2: x(mark), y1: MARGIN.top, y2: MARGIN.top + h }));
    picture.append(element("text", { class: "mark", x: x(mark), y: height - 20, "text-anchor": "middle" }, mark.toLocaleString("en")));
  }
  picture.append(element("text", { class: "mark", x: MARGIN.left + w / 2, y: height - 4, "text-anchor": "middle" }, label));
  for (const { points, k } of curves) {
    const drawn = element("g", { class: `curve look${k}` });
    drawn.append(element("path", { d: path(points, x, y, MARGIN.top + h) }));
    if (points.length <= 40) {
      for (const [t, rate] of points) {
        if (Number.isFinite(y(rate))) drawn.append(element("circle", { cx: x(t), cy: y(rate), r: 2.5 }));
      }
    }
    picture.append(drawn);
  }
  const cursor = element("line", { class: "cursor", y1: MARGIN.top, y2: MARGIN.top + h, x1: -9, x2: -9 });
  picture.append(cursor);
  box.replaceChildren(picture);
  return {
    point: (t) => [1, 2].forEach((i) => cursor.setAttribute(`x${i}`, x(t))),
    t: (at) => Math.round(low + Math.min(1, Math.max(0, (at - MARGIN.left) / w)) * (high - low)),
  };
}

/** A line through the points; where a rate has no place on a logarithmic axis, it is interrupted. */
function path(points, x, y, floor) {
  let [said, pen] = ["", false];
  for (const [t, rate] of points) {
    const at = y(rate);
    if (Number.isFinite(at)) said += `${pen ? "L" : "M"}${x(t).toFixed(2)} ${Math.min(at, floor).toFixed(2)}`;
    pen = Number.isFinite(at);
  }
  return said || "M0 0";
}
