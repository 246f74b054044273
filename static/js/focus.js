// After htmx swaps a fragment: the focus comes back where it was, or to the fragment itself when
// that place is gone, and what changed is said. Also: error summaries take the focus; a hidden
// page stops asking for news.
import { announce } from "./live.js";

export function startFocus() {
  let focused = "";

  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const target = event.detail.target;
    const active = document.activeElement;
    focused = target?.contains(active) ? active.id || "#gone" : "";
  });
  document.body.addEventListener("htmx:afterSettle", (event) => {
    const fragment = document.getElementById(event.detail.target?.id) || event.detail.elt;
    if (focused && !(document.activeElement && document.activeElement !== document.body)) {
      const same = document.getElementById(focused);
      if (same) same.focus();
      else if (fragment?.hasAttribute?.("tabindex")) fragment.focus();
    }
    focused = "";
    announce(fragment?.dataset?.announce);
    takeFocus(fragment);
  });
  document.body.addEventListener("htmx:responseError", (event) => {
    const number = event.detail.xhr.getResponseHeader("X-Request-ID");
    announce(`La demande n’a pas abouti. Numéro à communiquer : ${number}`);
  });
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    if (document.hidden && event.detail.elt.hasAttribute("data-poll")) event.preventDefault();
  });
  takeFocus(document);
}

function takeFocus(root) {
  root?.querySelector?.("[data-takes-focus]")?.focus();
}
