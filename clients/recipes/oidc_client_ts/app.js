// Sign-in, refresh and sign-out in the browser with oidc-client-ts 3. A recipe to copy from, and a fixture of the tests.

const { UserManager, WebStorageStateStore, InMemoryWebStorage } = window.oidc;
const $ = (id) => document.getElementById(id);

const told = await (await fetch("/settings.json")).json();
const manager = new UserManager({
  authority: told.issuer,
  client_id: told.client_id,
  redirect_uri: `${told.base_url}/`,
  post_logout_redirect_uri: `${told.base_url}/`,
  response_type: "code",
  scope: "openid profile",
  loadUserInfo: true,
  automaticSilentRenew: false,
  monitorSession: false,
  userStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
  // Keep acr and nonce in user.profile: the library sends a nonce on request, and leaves the comparison to us.
  filterProtocolClaims: false,
});
const NONCE = "recipe nonce";

let refreshed = 0;

function show(user) {
  $("in").hidden = !user;
  $("out").hidden = Boolean(user);
  if (user) $("signed-in-name").textContent = user.profile.name ?? user.profile.sub;
}

function refuse(error) {
  manager.removeUser();
  $("refused").hidden = false;
  $("refused").textContent = `Đăng nhập chưa thành công: ${error.error ?? error.message}`;
  show(null);
}

async function start() {
  const answer = new URLSearchParams(location.search);
  if (!answer.has("state") || !(answer.has("code") || answer.has("error"))) return;
  try {
    // The library compares iss with what it was told at the beginning only where it is in the answer (RFC 9207).
    if (answer.get("iss") !== told.issuer) throw new Error("wrong_issuer");
    const user = await manager.signinRedirectCallback();
    const nonce = sessionStorage.getItem(NONCE);
    sessionStorage.removeItem(NONCE);
    if (!nonce || user.profile.nonce !== nonce) throw new Error("wrong_nonce");
    show(user);
  } catch (error) {
    refuse(error);
  } finally {
    history.replaceState(null, "", "/");
  }
}

function signIn() {
  const nonce = crypto.randomUUID();
  sessionStorage.setItem(NONCE, nonce);
  return manager.signinRedirect({ nonce });
}

$("sign-in").addEventListener("click", () => signIn().catch(refuse));
$("refresh").addEventListener("click", async () => {
  try {
    show(await manager.signinSilent());
    refreshed += 1;
    $("refreshed").textContent = String(refreshed);
  } catch (error) {
    refuse(error);
  }
});
$("sign-out").addEventListener("click", () => manager.signoutRedirect().catch(refuse));

await start();
