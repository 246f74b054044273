// Arrow keys in a tree of links: ↓ ↑ visible nodes, → unfold or first child, ← fold or parent.
// Each node is a list item with a .tree-row holding a button [aria-expanded] and a link.
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
  });
  document.addEventListener("keydown", (event) => {
    const row = event.target.closest?.(".tree-row");
    const tree = row?.closest(".tree");
    if (!tree || !["ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) return;
    event.preventDefault();
    const visible = [...tree.querySelectorAll(".tree-row")].filter((one) => one.offsetParent !== null);
    const here = visible.indexOf(row);
    const toggle = row.querySelector(".tree-toggle");
    const isOpen = toggle?.getAttribute("aria-expanded") === "true";
    const go = (target) => target?.querySelector("a")?.focus();

    if (event.key === "ArrowDown") go(visible[here + 1]);
    if (event.key === "ArrowUp") go(visible[here - 1]);
    if (event.key === "Home") go(visible[0]);
    if (event.key === "End") go(visible.at(-1));
    if (event.key === "ArrowRight") {
      if (toggle && !isOpen) toggle.click();
      else if (toggle) go(visible[here + 1]);
    }
    if (event.key === "ArrowLeft") {
      if (toggle && isOpen) toggle.click();
      else go(row.closest("ul")?.closest("li")?.querySelector(".tree-row"));
    }
  });
}

function unfold(toggle, open) {
  toggle.setAttribute("aria-expanded", String(open));
  const branch = document.getElementById(toggle.getAttribute("aria-controls"))
    || toggle.closest("li").querySelector("ul");
  if (branch) branch.hidden = !open;
}
