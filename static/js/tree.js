// Keys in a tree of links: ↓ ↑ Début Fin visible nodes, → unfold or first child, ← fold or parent,
// letters the next node that begins so, F2 describe, Inser add, Suppr delete; Ctrl X then Ctrl V ask to
// move one under another, as dragging does. Each node is a list item with a .tree-row holding a button
// [aria-expanded] and a link; what may be done to it is told by the row's data-…-url.
import { announce } from "./live.js";

const PAUSE_BETWEEN_LETTERS = 800;
const ARROWS = ["ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight", "Home", "End"];
const ACTS = { F2: "editUrl", Insert: "addUrl", Delete: "deleteUrl" };
const TAKEN = "sae-taken";

export function startTree() {
  document.addEventListener("click", (event) => {
    const toggle = event.target.closest(".tree-toggle");
    if (toggle && !toggle.hasAttribute("hx-get")) unfold(toggle, toggle.getAttribute("aria-expanded") !== "true");
  });
  document.body.addEventListener("htmx:afterSettle", (event) => {
    const toggle = event.detail.requestConfig?.elt;
    if (!toggle?.matches?.(".tree-toggle")) return;
    // The branch is there now: from here on the button only folds and unfolds it.
    toggle.removeAttribute("hx-get");
    unfold(toggle, true);
    mark();
  });
  // « Voir la suite » leaves with the focus: it goes to the first of the lines that came.
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const more = event.detail.target;
    if (!more?.matches?.(".tree li") || !more.contains(document.activeElement)) return;
    const before = more.previousElementSibling;
    document.body.addEventListener("htmx:afterSettle", () => {
      before?.nextElementSibling?.querySelector("a")?.focus();
    }, { once: true });
  });
  // First, so that a letter typed in the tree is the tree's and no task's.
  document.addEventListener("keydown", (event) => {
    const row = event.target.closest?.(".tree-row");
    const tree = row?.closest(".tree");
    if (!tree || event.altKey || event.isComposing) return;
    if (pressed(event, row, tree)) event.preventDefault();
  }, true);
}

function pressed(event, row, tree) {
  if (event.ctrlKey || event.metaKey) return { x: take, v: put }[event.key.toLowerCase()]?.(row) ?? false;
  if (ARROWS.includes(event.key)) return walk(event.key, row, tree);
  if (event.key === "Escape") return release();
  if (event.key in ACTS) {
    const address = row.dataset[ACTS[event.key]];
    if (address) location.assign(address);
    return Boolean(address);
  }
  // « ? » and « / » stay those of every page.
  if (event.key.length === 1 && /[\p{L}\p{N}]/u.test(event.key)) return find(event.key, row, tree);
  return false;
}

const rowsOf = (tree) => [...tree.querySelectorAll(".tree-row")].filter((one) => one.offsetParent !== null);
const go = (row) => row?.querySelector("a")?.focus();

function walk(key, row, tree) {
  const visible = rowsOf(tree);
  const here = visible.indexOf(row);
  const toggle = row.querySelector(".tree-toggle");
  const isOpen = toggle?.getAttribute("aria-expanded") === "true";

  if (key === "ArrowDown") go(visible[here + 1]);
  if (key === "ArrowUp") go(visible[here - 1]);
  if (key === "Home") go(visible[0]);
  if (key === "End") go(visible.at(-1));
  if (key === "ArrowRight") {
    if (toggle && !isOpen) toggle.click();
    else if (toggle) go(visible[here + 1]);
  }
  if (key === "ArrowLeft") {
    if (toggle && isOpen) toggle.click();
    else go(row.closest("ul")?.closest("li")?.querySelector(".tree-row"));
  }
  return true;
}

let typed = "";
let typing = 0;
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();

function find(letter, row, tree) {
  clearTimeout(typing);
  typing = setTimeout(() => { typed = ""; }, PAUSE_BETWEEN_LETTERS);
  typed += plain(letter);
  const visible = rowsOf(tree);
  const here = visible.indexOf(row);
  // One letter goes on to the next; several say the same node more closely.
  const from = typed.length === 1 ? here + 1 : here;
  const order = [...visible.slice(from), ...visible.slice(0, from)];
  go(order.find((one) => plain(one.querySelector("a")?.textContent ?? "").startsWith(typed)));
  return true;
}

function take(row) {
  if (!row.dataset.moveUrl) return false;
  const title = row.querySelector("a").textContent.trim();
  sessionStorage.setItem(TAKEN, JSON.stringify({ url: row.dataset.moveUrl, unit: row.dataset.unit }));
  mark();
  announce(`« ${title} » est prise. Ctrl V sur sa destination, Échap pour renoncer.`);
  return true;
}

function put(row) {
  const taken = JSON.parse(sessionStorage.getItem(TAKEN) || "null");
  if (!taken || !row.dataset.unit || row.dataset.unit === taken.unit) return false;
  sessionStorage.removeItem(TAKEN);
  location.assign(`${taken.url}?vers=${row.dataset.unit}`);
  return true;
}

function release() {
  if (!sessionStorage.getItem(TAKEN)) return false;
  sessionStorage.removeItem(TAKEN);
  mark();
  announce("Rien n’est pris.");
  return true;
}

function mark() {
  const taken = JSON.parse(sessionStorage.getItem(TAKEN) || "null");
  for (const row of document.querySelectorAll(".tree-row[data-unit]")) {
    row.classList.toggle("is-taken", row.dataset.unit === taken?.unit);
  }
}

function unfold(toggle, open) {
  toggle.setAttribute("aria-expanded", String(open));
  const branch = document.getElementById(toggle.getAttribute("aria-controls"))
    || toggle.closest("li").querySelector("ul");
  if (branch) branch.hidden = !open;
}
