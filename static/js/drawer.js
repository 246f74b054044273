// The rail as a drawer on narrow screens. Without this file it opens through its address (#rail);
// with it, focus goes in, stays in, and comes back, and the address is left alone.
export function startDrawer() {
  const drawer = document.getElementById("rail");
  const opener = document.querySelector('[data-drawer="rail"]');
  if (!drawer || !opener) return;

  opener.setAttribute("role", "button");
  opener.setAttribute("aria-expanded", "false");
  opener.setAttribute("aria-controls", "rail");
  const behind = () => document.querySelectorAll(".top, main");
  const isOpen = () => drawer.classList.contains("is-open");

  const setOpen = (open) => {
    drawer.classList.toggle("is-open", open);
    opener.setAttribute("aria-expanded", String(open));
    for (const element of behind()) element.inert = open;
    if (open) drawer.querySelector("a").focus();
    else opener.focus();
  };
  opener.addEventListener("click", (event) => { event.preventDefault(); setOpen(true); });
  opener.addEventListener("keydown", (event) => {
    if (event.key === " ") { event.preventDefault(); setOpen(true); }
  });
  for (const closer of document.querySelectorAll("[data-drawer-close]")) {
    closer.addEventListener("click", (event) => {
      if (!isOpen()) return;
      event.preventDefault();
      setOpen(false);
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && isOpen()) setOpen(false);
  });
  // A screen turned or widened shows the rail by itself.
  matchMedia("(min-width: 768px)").addEventListener("change", () => {
    if (isOpen()) setOpen(false);
  });
}
