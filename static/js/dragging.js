// A unit of the tree dragged onto another asks to be moved there: the page that follows says what
// would be done, and waits for a yes. With the keyboard, « Déplacer » on the unit's page does it.
import { announce } from "./live.js";

export function startDragging() {
  let dragged = null;
  const row = (event) => event.target.closest?.("[data-unit]");
  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("[data-move-url]");
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.textContent.trim());
    announce("Déposez sur la destination.");
  });
  document.addEventListener("dragover", (event) => {
    const target = row(event);
    if (!dragged || !target || target === dragged) return;
    event.preventDefault();
    target.classList.add("is-target");
  });
  document.addEventListener("dragleave", (event) => row(event)?.classList.remove("is-target"));
  document.addEventListener("dragend", () => {
    dragged = null;
    for (const one of document.querySelectorAll(".is-target")) one.classList.remove("is-target");
  });
  document.addEventListener("drop", (event) => {
    const target = row(event);
    if (!dragged || !target || target === dragged) return;
    event.preventDefault();
    window.location.assign(`${dragged.dataset.moveUrl}?vers=${target.dataset.unit}`);
  });
}
