// A double press on a shortened digest copies the whole of it; [data-copy-button] does it in one.
import { announce } from "./live.js";

export function startCopying() {
  const copy = async (text, words) => {
    try { await navigator.clipboard.writeText(text); announce(words); } catch { /* refused: nothing to do */ }
  };
  document.addEventListener("dblclick", (event) => {
    const holder = event.target.closest("[data-copy]");
    if (holder) copy(holder.dataset.copy, "Empreinte copiée");
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy-button]");
    if (button) copy(button.dataset.copyButton, "Copié");
  });
}
