// Asks the browser for a passkey: to make one, or to sign in by one. Forms marked data-passkey hold the address that
// gives the options; what the browser answers goes into the form, which is sent as any other.

const fromText = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const toText = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

function readOptions(options) {
  const read = { ...options, challenge: fromText(options.challenge) };
  if (read.user) read.user = { ...read.user, id: fromText(read.user.id) };
  for (const list of ["excludeCredentials", "allowCredentials"])
    if (read[list]) read[list] = read[list].map((item) => ({ ...item, id: fromText(item.id) }));
  return read;
}

function written(credential) {
  const { response } = credential;
  const parts = { clientDataJSON: toText(response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"])
    if (response[name]) parts[name] = toText(response[name]);
  return JSON.stringify({
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: parts,
  });
}

async function ask(form) {
  const sent = await fetch(form.dataset.passkey, { method: "POST", body: new FormData(form) });
  if (!sent.ok) throw new Error(sent.status);
  const { publicKey } = await sent.json();
  const options = { publicKey: readOptions(publicKey) };
  const credential = await (publicKey.user
    ? navigator.credentials.create(options)
    : navigator.credentials.get(options));
  form.elements.credential.value = written(credential);
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const fault = form.querySelector("[role=alert]");
  if (!window.PublicKeyCredential) continue;
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    if (form.elements.credential.value) return;
    event.preventDefault();
    fault.hidden = true;
    try {
      await ask(form);
      form.submit();
    } catch {
      // The person said no, took too long, or the device has no passkey for this address.
      fault.hidden = false;
    }
  });
}
