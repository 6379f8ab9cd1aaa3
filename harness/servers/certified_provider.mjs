// A certified OpenID Connect provider: npm's `oidc-provider`, with the accounts and clients in its first argument.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const { packages, port, clients, accounts } = JSON.parse(process.argv[2]);
const entry = createRequire(`${packages}/package.json`).resolve("oidc-provider");
const { Provider } = await import(pathToFileURL(entry));
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients,
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"], groups: ["groups"] },
  scopes: ["openid", "email", "profile", "groups"],
  features: { backchannelLogout: { enabled: true }, devInteractions: { enabled: true } },
  cookies: { keys: ["only for tests"] },
  pkce: { required: () => true },
  fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined }), // the gateway of a test is on loopback
  findAccount: (context, id) => accounts[id] && { accountId: id, claims: () => ({ sub: id, ...accounts[id] }) },
});
provider.listen(port, "127.0.0.1", () => console.log("listening"));
