// The sign-in of a single-page app: code flow with PKCE in the browser, standard OpenID Connect, no library.
// Tokens live in this module's memory and nowhere else; what a redirect must survive (state, nonce, verifier) is in
// sessionStorage until it is used, once.

const told = JSON.parse(document.getElementById("told").textContent);
const FLIGHT = `flight ${told.client_id}`;
const LEAVING = `signing out ${told.client_id}`;
const SEEN = `signed in ${told.client_id}`;
const LEEWAY = 30;

let provider = null;
let tokens = null; // { access_token, refresh_token, id_token, expires_at }

const $ = (id) => document.getElementById(id);
const base64url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const unbase64url = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));
const sha256 = (text) => crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
const now = () => Date.now() / 1000;

class Refused extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

function demand(condition, code) {
  if (!condition) throw new Refused(code);
}

async function discover() {
  if (provider) return provider;
  const answer = await fetch(`${told.issuer}/.well-known/openid-configuration`);
  const found = await answer.json();
  demand(found.issuer === told.issuer, "wrong_issuer"); // OpenID Connect Discovery §4.3
  provider = found;
  return provider;
}

async function signIn(prompt) {
  const { authorization_endpoint } = await discover();
  const flight = { state: random(), nonce: random(), verifier: random(), silent: prompt === "none" };
  sessionStorage.setItem(FLIGHT, JSON.stringify(flight));
  const address = new URL(authorization_endpoint);
  const parameters = {
    response_type: "code",
    client_id: told.client_id,
    redirect_uri: told.redirect_uri,
    scope: told.scope,
    state: flight.state,
    nonce: flight.nonce,
    code_challenge: base64url(await sha256(flight.verifier)),
    code_challenge_method: "S256",
    ui_locales: told.ui_locales,
  };
  if (prompt) parameters.prompt = prompt;
  for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value);
  location.assign(address);
}

// RFC 6749 §4.1.2 and RFC 9207: only the answer to our own question, from our own provider.
async function completeSignIn(answer) {
  const flight = JSON.parse(sessionStorage.getItem(FLIGHT) ?? "null");
  sessionStorage.removeItem(FLIGHT);
  history.replaceState(null, "", location.pathname); // the code does not stay in the address
  demand(flight && answer.get("state") === flight.state, "unknown_state");
  const { authorization_response_iss_parameter_supported: promised } = await discover();
  demand(answer.get("iss") === told.issuer || (!promised && !answer.has("iss")), "wrong_issuer");
  if (answer.has("error")) {
    sessionStorage.removeItem(SEEN);
    // A silent try that found nobody is no error to show.
    throw new Refused(flight.silent ? "silent" : answer.get("error"));
  }
  await takeTokens(
    { grant_type: "authorization_code", code: answer.get("code"), redirect_uri: told.redirect_uri, code_verifier: flight.verifier },
    flight.nonce,
  );
}

async function takeTokens(parameters, nonce) {
  const { token_endpoint } = await discover();
  const answer = await fetch(token_endpoint, {
    method: "POST",
    body: new URLSearchParams({ ...parameters, client_id: told.client_id }),
  });
  const found = await answer.json();
  demand(answer.ok && found.token_type?.toLowerCase() === "bearer", found.error ?? "invalid_response");
  if (found.id_token) await checkIdToken(found.id_token, found.access_token, nonce);
  demand(found.id_token || tokens, "invalid_id_token");
  tokens = { ...tokens, ...found, expires_at: now() + (found.expires_in ?? 60) };
}

// OpenID Connect Core §3.1.3.7, with the one algorithm that our registration names.
async function checkIdToken(idToken, accessToken, nonce) {
  const [head, body, signature] = idToken.split(".");
  const header = JSON.parse(new TextDecoder().decode(unbase64url(head)));
  demand(header.alg === "ES256" && !header.crit, "invalid_id_token");
  const { jwks_uri } = await discover();
  const { keys } = await (await fetch(jwks_uri)).json();
  const jwk = keys.find((key) => key.kid === header.kid && key.kty === "EC" && key.crv === "P-256");
  demand(jwk, "invalid_id_token");
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const { kty, crv, x, y } = jwk;
  const key = await crypto.subtle.importKey("jwk", { kty, crv, x, y }, algorithm, false, ["verify"]);
  const signed = new TextEncoder().encode(`${head}.${body}`);
  demand(await crypto.subtle.verify(algorithm, key, unbase64url(signature), signed), "invalid_id_token");
  const claims = JSON.parse(new TextDecoder().decode(unbase64url(body)));
  const audience = [claims.aud].flat();
  demand(claims.iss === told.issuer && audience.includes(told.client_id), "invalid_id_token");
  demand(claims.azp ? claims.azp === told.client_id : audience.length === 1, "invalid_id_token");
  demand(claims.exp + LEEWAY > now() && claims.iat - LEEWAY < now(), "invalid_id_token");
  demand(nonce === undefined || claims.nonce === nonce, "invalid_id_token");
  const half = base64url((await sha256(accessToken)).slice(0, 16));
  demand(claims.at_hash === undefined ? nonce === undefined : claims.at_hash === half, "invalid_id_token");
  demand(!tokens?.claims || tokens.claims.sub === claims.sub, "person_changed");
  tokens = { ...tokens, claims };
}

let refreshing = null;
// One refresh at a time: a second one with the same refresh token would look like theft.
function refresh() {
  refreshing ??= takeTokens({ grant_type: "refresh_token", refresh_token: tokens.refresh_token }).finally(() => {
    refreshing = null;
  });
  return refreshing;
}

async function userinfo() {
  if (tokens.expires_at - LEEWAY < now() && tokens.refresh_token) await refresh();
  const { userinfo_endpoint } = await discover();
  const answer = await fetch(userinfo_endpoint, { headers: { Authorization: `Bearer ${tokens.access_token}` } });
  demand(answer.ok, answer.status === 401 ? "invalid_token" : "invalid_response");
  const claims = await answer.json();
  demand(claims.sub === tokens.claims.sub, "person_changed");
  return claims;
}

// OpenID Connect RP-Initiated Logout 1.0 §2, as a form, so that the hint is in no address.
async function signOut() {
  const { end_session_endpoint } = await discover();
  const form = document.createElement("form");
  form.method = "post";
  form.action = end_session_endpoint;
  const state = random();
  sessionStorage.setItem(LEAVING, state);
  const fields = {
    id_token_hint: tokens.id_token,
    client_id: told.client_id,
    post_logout_redirect_uri: told.redirect_uri,
    state,
  };
  for (const [name, value] of Object.entries(fields)) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name, value });
    form.append(field);
  }
  tokens = null;
  sessionStorage.removeItem(SEEN);
  document.body.append(form);
  form.submit();
}

function showSignedIn(claims) {
  const name = claims.name ?? claims.sub;
  const word = tokens.claims.acr?.startsWith(`${told.issuer}/loa/`) ? tokens.claims.acr.split("/").pop() : "";
  $("signed-in-name").textContent = name;
  $("greeted").textContent = name;
  $("level").dataset.level = word;
  $("level").textContent =
    $("level-words").content.querySelector(`[data-word="${CSS.escape(word)}"]`)?.textContent ?? word;
  show(true);
}

function show(signedIn) {
  $("waiting").hidden = true;
  for (const id of ["who", "sign-out", "signed-in-view"]) $(id).hidden = !signedIn;
  $("signed-out-view").hidden = signedIn;
}

function say(text) {
  $("message").textContent = text;
  $("message").hidden = !text;
}

function fail(error) {
  tokens = null;
  show(false);
  const words = told.words;
  if (error.code === "silent") return;
  $("message").dataset.code = error.code ?? "unreachable";
  if (error.code === "access_denied") say(words.denied);
  else if (error.code === "invalid_token" || error.code === "invalid_grant") say(words.session_over);
  else say(error instanceof Refused ? words.failed : words.unreachable);
}

async function start() {
  const answer = new URLSearchParams(location.search);
  try {
    if (answer.has("state") && (answer.has("code") || answer.has("error"))) {
      $("signed-out-view").hidden = true;
      $("waiting").hidden = false;
      await completeSignIn(answer);
      showSignedIn(await userinfo());
      sessionStorage.setItem(SEEN, "yes");
    } else if (answer.has("state") && answer.get("state") === sessionStorage.getItem(LEAVING)) {
      sessionStorage.removeItem(LEAVING);
      history.replaceState(null, "", location.pathname);
      say(told.words.signed_out);
    } else if (sessionStorage.getItem(SEEN)) {
      // A reload lost the tokens: ask again without a page (OpenID Connect Core §3.1.2.1, prompt=none).
      $("signed-out-view").hidden = true;
      $("waiting").hidden = false;
      await signIn("none");
    }
  } catch (error) {
    fail(error);
  }
}

// A person who signed out elsewhere finds it out on coming back to this page.
async function stillSignedIn() {
  if (document.visibilityState !== "visible" || !tokens?.claims) return;
  try {
    await userinfo();
  } catch (error) {
    if (error instanceof Refused) {
      sessionStorage.removeItem(SEEN);
      fail(error);
    }
  }
}

$("sign-in").addEventListener("click", () => signIn().catch(fail));
$("sign-out").addEventListener("click", () => signOut().catch(fail));
$("slots").addEventListener("click", (event) => {
  const time = event.target.dataset.time;
  if (time) say(`${told.words.booked} ${time}.`);
});
document.addEventListener("visibilitychange", stillSignedIn);
window.addEventListener("focus", stillSignedIn);
start();
