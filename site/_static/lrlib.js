// Predictions are kept and shown beside the answer, figures are seen whole, and everything fits the screen.

const keyOf = (field) => `guess ${location.pathname} ${field.name}`;

function keepGuesses() {
  for (const field of document.querySelectorAll(".guess input")) {
    field.value = localStorage.getItem(keyOf(field)) ?? "";
    field.addEventListener("input", () => localStorage.setItem(keyOf(field), field.value));
  }
}

function showGuessWithAnswer() {
  for (const answer of document.querySelectorAll("details.answer")) {
    const before = [...document.querySelectorAll(".guess input")].filter(
      (field) => field.compareDocumentPosition(answer) & Node.DOCUMENT_POSITION_FOLLOWING,
    );
    const field = before.at(-1);
    const line = document.createElement("p");
    line.className = "guessed";
    answer.querySelector("summary").after(line);
    answer.addEventListener("toggle", () => {
      line.textContent = field?.value ? `You expected: ${field.value}` : "";
    });
  }
}

function showWhole() {
  for (const link of document.querySelectorAll("a.whole")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const dialog = document.createElement("dialog");
      dialog.className = "whole";
      dialog.setAttribute("aria-label", "The whole figure; Escape or a click closes it");
      dialog.tabIndex = 0;
      const picture = document.createElement("img");
      picture.src = link.href;
      picture.alt = link.querySelector("img").alt;
      dialog.append(picture);
      dialog.addEventListener("click", () => dialog.close());
      dialog.addEventListener("keydown", (pressed) => {
        if (pressed.key === "Escape") dialog.close(); // Sphinx takes this key for itself
      });
      dialog.addEventListener("close", () => dialog.remove());
      document.body.append(dialog);
      dialog.showModal();
    });
  }
}

const SCROLLING = "a.whole, pre, .table-wrapper, .formula";
const SMALLEST = 0.7; // of the size of the text; a formula that is wider yet scrolls

const roomFor = (formula) => formula.closest(".formula, p, li, dd, td, h1, h2, h3").clientWidth - 2;

// Tables of text become cards where they are too wide, formulas smaller; numbers and code scroll, by keyboard too.
function fit() {
  for (const table of document.querySelectorAll("table.docutils")) {
    table.classList.remove("stacked");
    const isTooWide = table.scrollWidth > table.parentElement.clientWidth;
    table.classList.toggle("stacked", isTooWide);
  }
  for (const formula of document.querySelectorAll("math")) {
    formula.style.fontSize = "";
    const share = roomFor(formula) / formula.getBoundingClientRect().width;
    if (share < 1) formula.style.fontSize = `${Math.max(share, SMALLEST)}em`;
  }
  for (const box of document.querySelectorAll(SCROLLING)) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
    fade(box);
  }
}

function fade(box) {
  box.classList.toggle("before", box.scrollLeft > 1);
  box.classList.toggle("after", box.scrollWidth - box.clientWidth - box.scrollLeft > 1);
}

function labelCells() {
  for (const table of document.querySelectorAll("table.docutils")) {
    const heads = [...table.querySelectorAll("thead th")].map((head) => head.textContent);
    for (const row of table.querySelectorAll("tbody tr")) {
      [...row.cells].forEach((cell, i) => {
        cell.dataset.head = heads[i] ?? "";
      });
    }
  }
}

keepGuesses();
showGuessWithAnswer();
showWhole();
labelCells();
fit();
addEventListener("resize", fit);
document.addEventListener("toggle", fit, true); // what is folded has no width
for (const box of document.querySelectorAll(SCROLLING)) box.addEventListener("scroll", () => fade(box));
