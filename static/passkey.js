// Asks the browser for a passkey and puts what it answers into the form, as JSON; everything else is the form's.
// Without this file a code from an app does the same.

const form = document.querySelector("form[data-passkey]");
const field = form.elements.namedItem("credential");
const problem = document.getElementById("no-passkey");

const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const known = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

function asked() {
  const told = JSON.parse(form.dataset.options);
  const publicKey = { ...told, challenge: bytes(told.challenge) };
  if (told.user) publicKey.user = { ...told.user, id: bytes(told.user.id) };
  if (told.excludeCredentials) publicKey.excludeCredentials = known(told.excludeCredentials);
  if (told.allowCredentials) publicKey.allowCredentials = known(told.allowCredentials);
  return { publicKey };
}

function answer(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response });
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  problem.hidden = true;
  try {
    field.value = answer(await navigator.credentials[form.dataset.passkey](asked()));
  } catch {
    problem.hidden = false; // cancelled, too late, or no passkey here
    return;
  }
  form.submit();
});
