// Narrows the rows of a short table already in the page: accents and case are ignored.
import { announce } from "./live.js";

const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

export function startNarrowing() {
  for (const box of document.querySelectorAll("[data-narrow]")) {
    const table = document.getElementById(box.dataset.narrow);
    if (!table) continue;
    box.hidden = false;
    box.querySelector("input").addEventListener("input", (event) => {
      const words = folded(event.target.value).split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of table.tBodies[0].rows) {
        const text = folded(row.textContent);
        row.hidden = !words.every((word) => text.includes(word));
        if (!row.hidden) shown += 1;
      }
      announce(shown < 2 ? `${shown} entrée` : `${shown} entrées`);
    });
  }
}
