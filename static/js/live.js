// Says something to readers who do not see it change.
export function announce(words) {
  const live = document.getElementById("live");
  if (!live || !words) return;
  live.textContent = "";
  // A region read again only when its text changes: empty first, filled in the next turn.
  setTimeout(() => { live.textContent = words; }, 50);
}
