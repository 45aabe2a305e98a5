// What is set on the page, and how a link holds it. Everything that comes from a link is checked here.

export const MOST = 4;
const LONGEST = { fragment: 20000, text: 10000, name: 40, at: 400 };
const ONCE = ["v", "T", "lr", "y", "at"];

export const fragment = (state) => {
  const said = new URLSearchParams({ v: "1", T: state.steps, lr: state.base_lr, y: state.y, at: state.at });
  for (const { name, text } of state.schedules) {
    said.append("n", name);
    said.append("s", text);
  }
  return `#${said}`;
};

/** The state that a link holds, or {message} for one that holds none; null where there is no state at all. */
export function read(hash) {
  const text = hash.replace(/^#/, "");
  if (!text.includes("=")) return null;
  try {
    return checked(text);
  } catch (error) {
    return { message: `This link cannot be used: ${error.message}. Here is an example instead.` };
  }
}

function checked(text) {
  if (text.length > LONGEST.fragment) throw new Error(`it is longer than ${LONGEST.fragment} characters`);
  const given = new URLSearchParams(text);
  for (const key of new Set(given.keys())) {
    if (!ONCE.includes(key) && key !== "n" && key !== "s") throw new Error(`it says "${key.slice(0, 20)}", unknown here`);
    if (ONCE.includes(key) && given.getAll(key).length > 1) throw new Error(`it says "${key}" twice`);
  }
  if (given.get("v") !== "1") throw new Error("it was not made by this version of the page");
  const [names, texts] = [given.getAll("n"), given.getAll("s")];
  if (!texts.length || texts.length > MOST) throw new Error(`it holds ${texts.length} schedules, and 1 to ${MOST} are shown`);
  if (names.length !== texts.length) throw new Error("its schedules and their names do not fit");
  if (texts.some((each) => each.length > LONGEST.text)) throw new Error("one of its schedules is too long");
  return {
    steps: matching(given, "T", /^\d{1,7}$/),
    base_lr: matching(given, "lr", /^\d{0,20}(\.\d{0,20})?(e[+-]?\d{1,3})?$/i),
    y: matching(given, "y", /^(linear|log)$/),
    at: (given.get("at") ?? "").slice(0, LONGEST.at),
    schedules: texts.map((each, i) => ({ name: names[i].slice(0, LONGEST.name), text: each })),
  };
}

function matching(given, key, pattern) {
  const value = given.get(key) ?? "";
  if (!value || !pattern.test(value)) throw new Error(`its ${key} is "${value.slice(0, 20)}"`);
  return value;
}
