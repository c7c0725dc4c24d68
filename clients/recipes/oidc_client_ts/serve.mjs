// Hands out the page, its script, the library's browser bundle and the settings. It sees no token.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";

const env = process.env;
const ISSUER = env.ISSUER ?? "http://localhost:8000";
const HOST = env.HOST ?? "127.0.0.1";
const PORT = Number(env.PORT ?? 8114);
const BASE_URL = env.BASE_URL ?? `http://${HOST}:${PORT}`;

const require = createRequire(import.meta.url);
const bundle = require
  .resolve("oidc-client-ts")
  .replace(/dist[/\\].*$/, "dist/browser/oidc-client-ts.min.js");

const FILES = {
  "/": ["text/html; charset=utf-8", () => readFile(new URL("index.html", import.meta.url))],
  "/app.js": ["text/javascript; charset=utf-8", () => readFile(new URL("app.js", import.meta.url))],
  "/oidc-client-ts.js": ["text/javascript; charset=utf-8", () => readFile(bundle)],
  "/settings.json": [
    "application/json",
    () => JSON.stringify({ issuer: ISSUER, client_id: env.CLIENT_ID ?? "recipe_oidc_client_ts", base_url: BASE_URL }),
  ],
};
const POLICY = `default-src 'none'; script-src 'self'; img-src data:; connect-src 'self' ${new URL(ISSUER).origin}; base-uri 'none'; frame-ancestors 'none'`;

const server = createServer(async (request, response) => {
  const found = FILES[new URL(request.url, BASE_URL).pathname];
  if (!found) {
    response.writeHead(404).end();
    return;
  }
  const headers = { "Content-Type": found[0], "Content-Security-Policy": POLICY, "Cache-Control": "no-store" };
  response.writeHead(200, headers).end(await found[1]());
});
server.listen(PORT, HOST);
process.on("SIGTERM", () => process.exit(0));
