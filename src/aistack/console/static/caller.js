// Who uses this page: a person who signed in, a key of this tab, or the one person of a stack without identity.

const NOBODY = { kind: "nobody", name: "", role: "", subject: "", groups: {}, is_administrator: false };
let known = null, withKey;

// `fetch` with this tab's API key.
export function keyed(path, options = {}) {
  const key = sessionStorage.getItem("key");
  return fetch(path, { ...options, headers: { ...options.headers, ...(key ? { authorization: `Bearer ${key}` } : {}) } });
}

// The caller as `/gateway/me` describes it. `kind` is "nobody" when no one is signed in. Asked once per key.
export function caller() {
  const key = sessionStorage.getItem("key");
  if (!known || key !== withKey) known = read();
  withKey = key;
  return known;
}

// Whether somebody else has signed in with this browser since this page asked.
export async function isSomeoneElse() {
  const before = await caller(), now = await read();
  return before.kind === "user" && now.subject !== "" && now.subject !== before.subject;
}

async function read() {
  const answer = await keyed("/gateway/me");
  if (answer.ok) return answer.json();
  const isRefused = answer.status === 401 || answer.status === 403; // a narrowed key gets 403
  return { ...NOBODY, identity: isRefused, kind: answer.status === 403 ? "key" : "nobody" };
}
