// Speaks to passkeys (WebAuthn level 2) for the forms that carry data-passkey: "create", "use" after
// the password, or "enter" instead of it. Bytes travel as base64url, both ways.

const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const withBytes = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

function written(credential) {
  const { response } = credential;
  const found = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) found[name] = text(response[name]);
  }
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response: found,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

async function create({ publicKey }, form) {
  const box = form.elements.passwordless;
  const alone = box ? box.checked : false;
  return navigator.credentials.create({
    publicKey: {
      ...publicKey,
      challenge: bytes(publicKey.challenge),
      user: { ...publicKey.user, id: bytes(publicKey.user.id) },
      excludeCredentials: withBytes(publicKey.excludeCredentials),
      authenticatorSelection: {
        ...publicKey.authenticatorSelection,
        residentKey: alone ? "required" : "discouraged",
        requireResidentKey: alone,
        ...(alone ? { userVerification: "required" } : {}),
      },
    },
  });
}

async function use({ publicKey }) {
  return navigator.credentials.get({
    publicKey: {
      ...publicKey,
      challenge: bytes(publicKey.challenge),
      allowCredentials: withBytes(publicKey.allowCredentials),
    },
  });
}

async function options(form) {
  if (form.dataset.options) return JSON.parse(form.dataset.options);
  const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return (await answer.json()).request_options;
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const button = form.querySelector("[data-passkey-button]");
  const complaint = form.querySelector("[data-passkey-complaint]");
  if (!window.PublicKeyCredential) {
    if (form.dataset.passkey !== "create") form.hidden = true;
    else complaint.hidden = false;
    continue;
  }
  button.disabled = false;
  button.addEventListener("click", async (event) => {
    event.preventDefault();
    complaint.hidden = true;
    button.disabled = true;
    try {
      const asked = await options(form);
      const credential = form.dataset.passkey === "create" ? await create(asked, form) : await use(asked);
      form.elements.credential.value = JSON.stringify(written(credential));
      form.submit();
    } catch {
      // The person gave up, the key is not theirs, or the browser refused: all are said the same.
      complaint.hidden = false;
      button.disabled = false;
      button.focus();
    }
  });
}
