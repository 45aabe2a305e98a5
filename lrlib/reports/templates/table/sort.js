const body = document.querySelector("table tbody"), words = document.querySelector("#words");
const buttons = [...document.querySelectorAll(".filter button")];
document.querySelectorAll("table thead th").forEach((head, column) => head.querySelector("button")?.addEventListener("click", () => {
  const way = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
  document.querySelectorAll("table thead th").forEach(other => other.removeAttribute("aria-sort"));
  head.setAttribute("aria-sort", way === 1 ? "ascending" : "descending");
  const key = row => row.children[column].dataset.key;
  const number = text => text.trim() === "" ? NaN : Number(text);
  const order = (a, b) => number(a) - number(b) || a.localeCompare(b, "en");
  [...body.rows].sort((a, b) => way * order(key(a), key(b))).forEach(row => body.append(row));
}));
const show = () => {
  const wanted = buttons.filter(b => b.getAttribute("aria-pressed") === "true").map(b => b.dataset.word);
  const said = words.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const row of body.rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = (wanted.length && !wanted.includes(row.dataset.word)) || !said.every(word => text.includes(word));
  }
};
words.addEventListener("input", show);
buttons.forEach(button => button.addEventListener("click", () => {
  button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
  show();
}));
