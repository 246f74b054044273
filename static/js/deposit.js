// Deposits sent in pieces (tus 1.0.0): progress, pause, resume, retry. Without this file the form
// posts the same files in one go.
import { announce } from "./live.js";

const PIECE = 32 * 1024 * 1024;
const RETRIES = [0, 1000, 3000, 5000, 10000, 20000, 30000, 60000];
const NARROW = "\u202f";

const form = document.querySelector("[data-deposit]");
if (form && window.tus?.isSupported) start(form);

function start(form) {
  const panel = form.closest("section");
  const board = panel.querySelector("[data-transfers]");
  const list = panel.querySelector("[data-transfer-list]");
  const count = panel.querySelector("[data-transfer-count]");
  const model = panel.querySelector("[data-transfer-row]");
  const picker = form.elements.packages;
  const transfers = [];

  acceptDrops(panel.querySelector("[data-drop]"), picker);

  form.addEventListener("submit", (event) => {
    if (!picker.files.length) return;
    event.preventDefault();
    const files = [...picker.files];
    board.hidden = false;
    for (const file of files) {
      const transfer = new Transfer(file, form, model, () => settle());
      transfers.push(transfer);
      list.append(transfer.row);
      transfer.start();
    }
    count.textContent = String(transfers.length);
    form.reset();
    announce(files.length > 1 ? `Envoi de ${files.length} paquets commencé` : `Envoi de ${files[0].name} commencé`);
  });

  function settle() {
    const left = transfers.filter((transfer) => transfer.isBusy);
    if (left.length) return;
    const done = transfers.filter((transfer) => transfer.address);
    announce(`${done.length} envoi${done.length > 1 ? "s" : ""} terminé${done.length > 1 ? "s" : ""}`);
    // As the plain form does: one package leads to its page.
    if (transfers.length === 1 && done.length === 1) location.assign(done[0].address);
  }

  addEventListener("beforeunload", (event) => {
    if (transfers.some((transfer) => transfer.isBusy)) event.preventDefault();
  });
  addEventListener("online", () => {
    for (const transfer of transfers) if (transfer.wasCut) transfer.start();
  });
}

function acceptDrops(zone, picker) {
  zone.querySelector("[data-drop-words]").hidden = false;
  for (const name of ["dragenter", "dragover"]) {
    zone.addEventListener(name, (event) => {
      if (![...event.dataTransfer.types].includes("Files")) return;
      event.preventDefault();
      zone.classList.add("is-over");
    });
  }
  for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => zone.classList.remove("is-over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    if (!event.dataTransfer.files.length) return;
    picker.files = event.dataTransfer.files;
    picker.dispatchEvent(new Event("change", { bubbles: true }));
    const { length } = picker.files;
    announce(`${length} fichier${length > 1 ? "s" : ""} choisi${length > 1 ? "s" : ""}`);
  });
}

/** One file on its way: its row in the list, and its upload. */
class Transfer {
  constructor(file, form, model, onSettled) {
    this.file = file;
    this.onSettled = onSettled;
    this.address = "";
    this.isBusy = false;
    this.wasCut = false;
    this.isCut = false;
    this.row = model.content.firstElementChild.cloneNode(true);
    this.part("name").textContent = file.name;
    this.bar = this.row.querySelector("progress");
    this.bar.setAttribute("aria-label", `Envoi de ${file.name}`);
    for (const [name, words] of [["pause", "Suspendre"], ["resume", "Reprendre"], ["cancel", "Abandonner"]]) {
      this.part(name).setAttribute("aria-label", `${words} ${file.name}`);
    }
    this.part("pause").addEventListener("click", () => this.pause());
    this.part("resume").addEventListener("click", () => this.start());
    this.part("cancel").addEventListener("click", () => this.cancel());
    const action = new FormData(form).get("action");
    this.upload = new window.tus.Upload(file, {
      endpoint: form.dataset.uploads,
      metadata: { filename: file.name, action },
      headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
      chunkSize: PIECE,
      retryDelays: RETRIES,
      removeFingerprintOnSuccess: true,
      // The same file sent as something else, or to another coffre, is another upload.
      fingerprint: async (file) =>
        ["sae", document.title, action, file.name, file.size, file.lastModified].join("|"),
      onUploadUrlAvailable: () => hideInterrupted(this.upload.url),
      onProgress: (sent, total) => this.progress(sent, total),
      onAfterResponse: (request, response) => {
        this.address = response.getHeader("X-Deposit-Location") || this.address;
      },
      onShouldRetry: (error, attempt) => this.shouldRetry(error, attempt),
      onSuccess: () => this.succeed(),
      onError: (error) => this.fail(error),
    });
  }

  part(name) {
    return this.row.querySelector(`[data-${name}]`);
  }

  async start() {
    this.isBusy = true;
    this.wasCut = false;
    this.began = null;
    this.show("En cours");
    this.buttons("pause", "cancel");
    if (!this.upload.url) {
      const [earlier] = await this.upload.findPreviousUploads();
      if (earlier) this.upload.resumeFromPreviousUpload(earlier);
    }
    this.upload.start();
  }

  async pause() {
    await this.upload.abort();
    this.isBusy = false;
    this.show("En pause");
    this.buttons("resume", "cancel");
    this.part("resume").focus();
  }

  async cancel() {
    this.isBusy = false;
    try { await this.upload.abort(true); } catch { /* the server expires it by itself */ }
    this.row.remove();
    announce(`Envoi de ${this.file.name} abandonné`);
  }

  // The library's own rule; between two tries, the row says that the line is cut.
  shouldRetry(error, attempt) {
    const status = error.originalResponse?.getStatus() ?? 0;
    const isTheirs = status >= 400 && status < 500 && status !== 409 && status !== 423;
    if (isTheirs || !navigator.onLine) return false;
    const wait = RETRIES[attempt];
    this.isCut = true;
    this.show("Liaison coupée", wait ? `nouvel essai dans ${duration(wait / 1000)}` : "nouvel essai");
    this.part("rest").textContent = "";
    return true;
  }

  progress(sent, total) {
    if (this.isCut) {
      this.isCut = false;
      this.began = null;
      this.show("En cours");
    }
    this.bar.max = total;
    this.bar.value = sent;
    this.part("amount").textContent = `${size(sent)} sur ${size(total)}`;
    const now = performance.now();
    this.began ??= { at: now, sent };
    const speed = (sent - this.began.sent) / (now - this.began.at);
    const percent = total ? Math.floor((100 * sent) / total) : 0;
    const rest = speed > 0 ? ` · encore ${duration((total - sent) / speed / 1000)}` : "";
    this.part("rest").textContent = `${percent}${NARROW}%${rest}`;
  }

  succeed() {
    this.isBusy = false;
    this.bar.value = this.bar.max;
    this.show("Reçu", "contrôles en cours");
    this.part("rest").textContent = "";
    const open = this.part("open");
    open.href = this.address || "/versements/";
    open.hidden = false;
    this.buttons();
    this.onSettled();
  }

  fail(error) {
    this.isBusy = false;
    this.wasCut = true;
    const words = reasonOf(error);
    this.show("Interrompu", words);
    this.buttons("resume", "cancel");
    announce(`${this.file.name} : ${words}`);
    this.onSettled();
  }

  show(state, note = "") {
    this.part("state").textContent = state;
    this.part("note").textContent = note;
  }

  buttons(...shown) {
    for (const name of ["pause", "resume", "cancel"]) this.part(name).hidden = !shown.includes(name);
  }
}

function reasonOf(error) {
  const answer = error.originalResponse;
  const status = answer?.getStatus();
  if (!answer || !status) return "la liaison est coupée ; l’envoi reprendra à son retour.";
  if (status === 403 || /\/(connexion|login)\//.test(answer.getUnderlyingObject()?.responseURL || "")) {
    return "votre session a expiré : reconnectez-vous, puis choisissez de nouveau le fichier.";
  }
  const isPlain = (answer.getHeader("Content-Type") || "").startsWith("text/plain");
  const body = isPlain ? answer.getBody().trim() : "";
  return body || `la plateforme a répondu ${status} ; réessayez dans un moment.`;
}

function hideInterrupted(url) {
  if (!url) return;
  const { pathname } = new URL(url, location.href);
  document.querySelector(`[data-upload="${CSS.escape(pathname)}"]`)?.remove();
  const waiting = document.querySelector("[data-interrupted]");
  if (waiting && !waiting.querySelector("[data-upload]")) waiting.remove();
}

function size(octets) {
  const units = ["octets", "Ko", "Mo", "Go", "To"];
  let quantity = octets;
  let rank = 0;
  while (quantity >= 1000 && rank < units.length - 1) { quantity /= 1000; rank += 1; }
  const decimals = rank && quantity < 100 ? 1 : 0;
  return `${quantity.toLocaleString("fr-FR", { maximumFractionDigits: decimals })}${NARROW}${units[rank]}`;
}

function duration(seconds) {
  if (seconds < 60) return `${Math.ceil(seconds)}${NARROW}s`;
  if (seconds < 3600) return `${Math.ceil(seconds / 60)}${NARROW}min`;
  return `${Math.floor(seconds / 3600)}${NARROW}h${NARROW}${String(Math.floor((seconds % 3600) / 60)).padStart(2, "0")}`;
}
