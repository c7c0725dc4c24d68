// Asks the browser for a passkey and puts its answer into the form. Without this script the form is not shown.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const named = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

const answer = (credential) => {
  const said = credential.response;
  const response = { clientDataJSON: text(said.clientDataJSON) };
  if (said.attestationObject) response.attestationObject = text(said.attestationObject);
  if (said.authenticatorData) response.authenticatorData = text(said.authenticatorData);
  if (said.signature) response.signature = text(said.signature);
  if (said.userHandle) response.userHandle = text(said.userHandle);
  return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response });
};

const prepare = (form) => {
  const options = JSON.parse(form.dataset.options);
  const create = form.dataset.passkey === "create";
  const status = form.querySelector("[role=status]");
  let waiting = new AbortController();
  options.challenge = bytes(options.challenge);
  if (create) {
    options.user.id = bytes(options.user.id);
    options.excludeCredentials = named(options.excludeCredentials);
  } else {
    options.allowCredentials = named(options.allowCredentials);
  }
  const ask = async (how) => {
    waiting.abort();
    waiting = new AbortController();
    const asked = { publicKey: options, signal: waiting.signal, ...how };
    const credential = await (create ? navigator.credentials.create(asked) : navigator.credentials.get(asked));
    form.elements.credential.value = answer(credential);
    // The box stands in the form of name and password; here it counts as well.
    const shared = document.querySelector("input[type=checkbox][name=shared]");
    if (shared?.checked) form.elements.shared.value = shared.value;
    form.submit();
  };
  form.querySelector("button").addEventListener("click", () => {
    status.textContent = "";
    ask({}).catch((error) => {
      if (error.name !== "AbortError") status.textContent = status.dataset.failed;
    });
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    form.querySelector("button").click();
  });
  form.hidden = false;
  // Where the browser can, it offers passkeys in the field of the name.
  if (!create && document.querySelector("[autocomplete~=webauthn]")) {
    PublicKeyCredential.isConditionalMediationAvailable?.().then((can) => {
      if (can) ask({ mediation: "conditional" }).catch(() => {});
    });
  }
};

if (window.PublicKeyCredential) document.querySelectorAll("[data-passkey]").forEach(prepare);
