// Keys: / search, j k move, x choose, Entrée open (the link's own), ? list, « g d » go to a task.
// Single keys can be turned off (<html data-keys="off">, WCAG 2.1 criterion 2.1.4).
const PAUSE_BETWEEN_KEYS = 1200;

const isTyping = (target) =>
  target.isContentEditable ||
  (target.matches("input, textarea, select") && !target.matches("[type=checkbox], [type=radio]"));

function rows() {
  return [...document.querySelectorAll("[data-row]")].filter((row) => row.offsetParent !== null);
}

const linkOf = (row) => row.querySelector(".row-link, [data-row-link], a[href]");

function move(step) {
  const every = rows();
  if (!every.length) return;
  const here = every.findIndex((row) => row.contains(document.activeElement));
  const next = here < 0 ? (step > 0 ? 0 : every.length - 1) : here + step;
  const target = every[Math.min(Math.max(next, 0), every.length - 1)];
  const link = linkOf(target);
  if (link) link.focus();
  target.scrollIntoView({ block: "nearest" });
}

function choose() {
  const row = document.activeElement?.closest("[data-row]");
  row?.querySelector("input[type=checkbox][data-choice]")?.click();
}

async function showKeys(address) {
  let dialog = document.getElementById("raccourcis");
  if (!dialog) {
    const answer = await fetch(address, { headers: { "X-Fragment": "shortcuts" } });
    if (!answer.ok) { location.assign(address); return; }
    dialog = document.createElement("dialog");
    dialog.id = "raccourcis";
    dialog.className = "dialog";
    dialog.setAttribute("aria-labelledby", "raccourcis-titre");
    dialog.innerHTML =
      '<div class="panel-head"><h2 id="raccourcis-titre">Raccourcis clavier</h2>' +
      '<form method="dialog" class="panel-tools"><button class="btn btn-sm">Fermer</button></form></div>' +
      `<div class="panel-body">${await answer.text()}</div>`;
    document.body.append(dialog);
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  }
  dialog.showModal();
}

export function startKeys() {
  let earlier = "";
  let timer = 0;
  const help = document.querySelector("[data-shortcuts]");

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-shortcuts]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    link.closest("details[data-menu]")?.removeAttribute("open");
    showKeys(link.href);
  });

  document.addEventListener("keydown", (event) => {
    if (document.documentElement.dataset.keys === "off") return;
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (isTyping(event.target) || document.querySelector("dialog[open]")) return;

    clearTimeout(timer);
    const sequence = earlier ? `${earlier} ${event.key}` : event.key;
    const link = document.querySelector(`[data-keys-sequence="${CSS.escape(sequence).replace(/\\ /g, " ")}"]`);
    const acts = {
      "/": () => {
        const box = document.querySelector("[data-search]");
        if (box?.offsetParent) { box.focus(); box.select(); }
        else document.querySelector(".search-link")?.click();
      },
      j: () => move(1),
      k: () => move(-1),
      x: choose,
      "?": () => help && showKeys(help.href),
    };
    if (link) { event.preventDefault(); earlier = ""; link.click(); return; }
    if (!earlier && Object.hasOwn(acts, event.key)) { event.preventDefault(); acts[event.key](); return; }
    earlier = event.key.length === 1 && !earlier ? event.key : "";
    timer = setTimeout(() => { earlier = ""; }, PAUSE_BETWEEN_KEYS);
  });
}
