// Rows one chooses: [data-selection] holds boxes [data-choice], a bar [data-selection-bar] with
// [data-selection-count], « tous les N résultats » [data-choose-all] and « désélectionner ».
import { announce } from "./live.js";

export function startSelection() {
  document.addEventListener("change", (event) => {
    const holder = event.target.closest("[data-selection]");
    if (!holder) return;
    if (event.target.matches("[data-choose-page]")) {
      for (const box of boxes(holder)) box.checked = event.target.checked;
    }
    if (event.target.matches("[data-choice], [data-choose-page]")) show(holder, { aloud: true });
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-choose-all], [data-choose-none]");
    const holder = button?.closest("[data-selection]");
    if (!holder) return;
    const all = button.hasAttribute("data-choose-all");
    for (const box of boxes(holder)) box.checked = all;
    show(holder, { everything: all, aloud: true });
  });
  for (const holder of document.querySelectorAll("[data-selection]")) show(holder);
  document.body.addEventListener("htmx:afterSettle", () => {
    for (const holder of document.querySelectorAll("[data-selection]")) show(holder);
  });
}

const boxes = (holder) => holder.querySelectorAll("[data-choice]");

function show(holder, { everything = false, aloud = false } = {}) {
  const every = [...boxes(holder)];
  const chosen = every.filter((box) => box.checked);
  for (const box of every) box.closest("[data-row]")?.classList.toggle("is-selected", box.checked);
  const scope = holder.querySelector("[data-selection-scope]");
  if (scope) scope.value = everything ? "tous" : "";
  const page = holder.querySelector("[data-choose-page]");
  if (page) {
    page.checked = chosen.length > 0 && chosen.length === every.length;
    page.indeterminate = chosen.length > 0 && chosen.length < every.length;
  }
  const bar = holder.querySelector("[data-selection-bar]");
  const height = bar?.offsetHeight;
  bar?.classList.toggle("is-live", chosen.length > 0);
  bar?.classList.toggle("is-idle", !chosen.length);
  // The line just ticked stays under the pointer.
  if (aloud && bar) window.scrollBy({ top: bar.offsetHeight - height, behavior: "instant" });
  const count = holder.querySelector("[data-selection-count]");
  if (!count) return;
  const total = Number(count.dataset.total);
  const number = (quantity) => quantity.toLocaleString("fr-FR");
  const words = everything
    ? `Les ${number(total)} résultats sont choisis`
    : chosen.length === 0 ? "Aucune ligne choisie"
    : chosen.length === 1 ? "1 ligne choisie" : `${number(chosen.length)} lignes choisies`;
  if (aloud) announce(words);
  count.textContent = words;
  for (const button of holder.querySelectorAll("[data-needs-choice]")) button.disabled = !chosen.length;
}
