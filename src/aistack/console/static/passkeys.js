// Passkeys on the pages for signing in, which also work without this script.

const JSON_HEADERS = { "content-type": "application/json" };
const signIn = document.getElementById("passkey");
const add = document.getElementById("add-passkey");
const failed = document.getElementById("passkey-failed");
let waiting = new AbortController();

async function post(path, body) {
  const answer = await fetch(path, { method: "POST", headers: JSON_HEADERS, body: JSON.stringify(body) });
  const content = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(content.detail), { code: content.type?.split(":").pop() });
  return content;
}

async function use(mediation) {
  waiting.abort();
  waiting = new AbortController();
  const { signal } = waiting;
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(await post("/sign-in/passkey/options", {}));
  const credential = await navigator.credentials.get({ publicKey, mediation, signal });
  signal.throwIfAborted();
  const { next } = await post("/sign-in/passkey", { credential: credential.toJSON(), next: signIn.dataset.next });
  location.assign(next);
}

async function register() {
  const session = add.dataset.session;
  try {
    const options = await post("/sign-in/passkey/registration", { session });
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
    const credential = await navigator.credentials.create({ publicKey });
    const name = navigator.userAgentData?.platform || navigator.platform || "";
    await post("/sign-in/passkey/register", { session, name, credential: credential.toJSON() });
    location.assign("/account");
  } catch (error) {
    if (error.code === "sign-in-again") location.assign("/sign-in?again=1&next=/account");
    else throw error;
  }
}

const shown = (work) => async () => {
  failed.hidden = true;
  try { await work(); } catch (error) { failed.hidden = error.name === "AbortError" || error.name === "NotAllowedError"; }
};

if (window.PublicKeyCredential?.parseRequestOptionsFromJSON && window.isSecureContext) {
  if (signIn) {
    signIn.hidden = false;
    signIn.onclick = shown(() => use("optional"));
    if (document.querySelector("input[name=email]") && await PublicKeyCredential.isConditionalMediationAvailable?.()) {
      shown(() => use("conditional"))();
    }
  }
  if (add) {
    add.hidden = false;
    add.onclick = shown(register);
  }
}
