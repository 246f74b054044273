// A referential typed in as in a spreadsheet: [data-sheet] holds cells [data-cell]. Arrows and Enter
// move between lines, a block copied from a spreadsheet is pasted over as many cells.
export function startSheet() {
  const sheet = document.querySelector("[data-sheet]");
  if (!sheet) return;
  const before = new Map([...cells(sheet)].map((cell) => [cell, cell.value]));
  sheet.addEventListener("input", () => tell(sheet, before));
  sheet.addEventListener("change", () => tell(sheet, before));
  sheet.addEventListener("keydown", (event) => {
    const cell = event.target.closest("[data-cell]");
    const step = { ArrowUp: -1, ArrowDown: 1, Enter: event.shiftKey ? -1 : 1 }[event.key];
    if (!cell || !step || (cell.tagName === "SELECT" && event.key !== "Enter")) return;
    const next = at(sheet, place(cell).line + step, place(cell).column);
    if (event.key === "Enter" || next) event.preventDefault();
    next?.focus();
  });
  sheet.addEventListener("paste", (event) => {
    const cell = event.target.closest("[data-cell]");
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!cell || !/[\t\n]/.test(text.trim())) return;
    event.preventDefault();
    const { line, column } = place(cell);
    text.replace(/\r/g, "").replace(/\n$/, "").split("\n").forEach((row, down) => {
      row.split("\t").forEach((value, right) => {
        const target = at(sheet, line + down, column + right);
        if (target) write(target, value.trim());
      });
    });
    tell(sheet, before);
  });
  window.addEventListener("beforeunload", (event) => {
    if (!sheet.dataset.sending && changed(before).length) event.preventDefault();
  });
  sheet.addEventListener("submit", () => { sheet.dataset.sending = "1"; });
}

const cells = (sheet) => sheet.querySelectorAll("[data-cell]");
const changed = (before) => [...before].filter(([cell, value]) => cell.value !== value);

function place(cell) {
  const row = cell.closest("tr");
  return { line: [...row.parentElement.rows].indexOf(row), column: cell.closest("td").cellIndex };
}

function at(sheet, line, column) {
  const row = sheet.querySelector("tbody").rows[line];
  return row?.cells[column]?.querySelector("[data-cell]") ?? null;
}

function write(cell, value) {
  if (cell.tagName === "SELECT") {
    const option = [...cell.options].find((one) => [one.value, one.text].includes(value));
    if (option) cell.value = option.value;
  } else {
    cell.value = value;
  }
}

function tell(sheet, before) {
  const different = changed(before);
  for (const [cell, value] of before) cell.classList.toggle("is-changed", cell.value !== value);
  const removed = sheet.querySelectorAll('input[type="checkbox"]:checked').length;
  const words = [];
  if (different.length) words.push(different.length === 1 ? "1 cellule changée" : `${different.length} cellules changées`);
  if (removed) words.push(removed === 1 ? "1 ligne à retirer" : `${removed} lignes à retirer`);
  sheet.querySelector("[data-sheet-changes]").textContent = words.join(", ");
}
