// A Node service on openid-client 6: sign-in, refresh, sign-out. A recipe to copy from, and a fixture of the tests.

import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import * as client from "openid-client";

const env = process.env;
const ISSUER = env.ISSUER ?? "http://localhost:8000";
const HOST = env.HOST ?? "127.0.0.1";
const PORT = Number(env.PORT ?? 8113);
const BASE_URL = env.BASE_URL ?? `http://${HOST}:${PORT}`;
const CLIENT_ID = env.CLIENT_ID ?? "recipe_openid_client";
const COOKIE = "recipe_openid_client";

const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];
const onThisMachine = ISSUER.startsWith("http:") && LOOPBACK.includes(new URL(ISSUER).hostname);
const sessions = new Map();

let discovered;
function hub() {
  discovered ??= client
    .discovery(
      new URL(ISSUER),
      CLIENT_ID,
      { id_token_signed_response_alg: "ES256" },
      client.ClientSecretBasic(env.CLIENT_SECRET),
      { execute: onThisMachine ? [client.allowInsecureRequests] : [] },
    )
    .catch((error) => {
      discovered = undefined; // the next request tries again
      throw error;
    });
  return discovered;
}

const escape = (text) => String(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

function sessionOf(request) {
  const name = /(?:^|; )recipe_openid_client=([\w-]+)/.exec(request.headers.cookie ?? "")?.[1];
  return { name, session: sessions.get(name) };
}

// Always under a new name: one from before a sign-in must be worth nothing after it.
function keep(response, oldName, session) {
  sessions.delete(oldName);
  const name = randomBytes(32).toString("base64url");
  sessions.set(name, session);
  const secure = BASE_URL.startsWith("https:") ? "; Secure" : "";
  response.setHeader("Set-Cookie", `${COOKIE}=${name}; Path=/; HttpOnly; SameSite=Lax${secure}`);
}

function redirect(response, address) {
  response.writeHead(303, { Location: String(address), "Cache-Control": "no-store" }).end();
}

function page(response, body, status = 200) {
  response.writeHead(status, { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store" });
  response.end(`<!doctype html><html lang="vi"><meta charset="utf-8"><title>Góp ý</title><h1>Hộp thư góp ý</h1>${body}`);
}

function front(request, response) {
  const { session } = sessionOf(request);
  if (!session?.person) return page(response, '<p><a id="sign-in" href="/sign-in">Đăng nhập</a></p>');
  return page(
    response,
    `<p>Xin chào, <b id="signed-in-name">${escape(session.person.name ?? session.person.sub)}</b></p>
     <form method="post" action="/refresh"><button id="refresh">Làm mới</button> <span id="refreshed">${session.refreshed}</span></form>
     <form method="post" action="/sign-out"><button id="sign-out">Đăng xuất</button></form>`,
  );
}

// OpenID Connect Core §3.1.2.1 with RFC 7636.
async function signIn(request, response) {
  const flight = {
    state: client.randomState(),
    nonce: client.randomNonce(),
    verifier: client.randomPKCECodeVerifier(),
  };
  const address = client.buildAuthorizationUrl(await hub(), {
    redirect_uri: `${BASE_URL}/callback`,
    scope: "openid profile",
    state: flight.state,
    nonce: flight.nonce,
    code_challenge: await client.calculatePKCECodeChallenge(flight.verifier),
    code_challenge_method: "S256",
  });
  keep(response, sessionOf(request).name, { flight });
  redirect(response, address);
}

async function callback(request, response) {
  const { name, session } = sessionOf(request);
  if (!session?.flight) return page(response, "<p>Trang đăng nhập đã cũ.</p>", 400);
  const { flight } = session;
  delete session.flight; // an answer works once
  const config = await hub();
  try {
    const tokens = await client.authorizationCodeGrant(config, new URL(request.url, BASE_URL), {
      pkceCodeVerifier: flight.verifier,
      expectedState: flight.state,
      expectedNonce: flight.nonce,
      idTokenExpected: true,
    });
    const person = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
    keep(response, name, { tokens, person, refreshed: 0 });
    redirect(response, "/");
  } catch (error) {
    page(response, `<p id="refused">Đăng nhập chưa thành công: <code>${escape(error.error ?? error.code)}</code></p>`, 400);
  }
}

// RFC 6749 §6. Each refresh token works once, so a second request waits for the first one's answer.
async function refresh(request, response) {
  const { name, session } = sessionOf(request);
  if (!session?.tokens) return redirect(response, "/");
  session.refreshing ??= hub()
    .then((config) => client.refreshTokenGrant(config, session.tokens.refresh_token))
    .then((renewed) => {
      session.tokens = { id_token: session.tokens.id_token, ...renewed };
      session.refreshed += 1;
    })
    .finally(() => {
      delete session.refreshing;
    });
  try {
    await session.refreshing;
  } catch {
    sessions.delete(name);
  }
  return redirect(response, "/");
}

// OpenID Connect RP-Initiated Logout 1.0 §2.
async function signOut(request, response) {
  const { name, session } = sessionOf(request);
  sessions.delete(name);
  if (!session?.tokens) return redirect(response, "/");
  const parameters = { id_token_hint: session.tokens.id_token, post_logout_redirect_uri: `${BASE_URL}/` };
  return redirect(response, client.buildEndSessionUrl(await hub(), parameters));
}

const ROUTES = {
  "GET /": front,
  "GET /sign-in": signIn,
  "GET /callback": callback,
  "POST /refresh": refresh,
  "POST /sign-out": signOut,
};

const server = createServer(async (request, response) => {
  const route = ROUTES[`${request.method} ${new URL(request.url, BASE_URL).pathname}`];
  try {
    if (route) await route(request, response);
    else page(response, "<p>Không tìm thấy trang.</p>", 404);
  } catch {
    page(response, "<p>Hệ thống đăng nhập hiện không phản hồi. Vui lòng thử lại sau ít phút.</p>", 503);
  }
});
server.listen(PORT, HOST);
process.on("SIGTERM", () => process.exit(0));
