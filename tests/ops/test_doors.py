"""What an operator sees over HTTP, and what a stranger doesn't."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from time import process_time

import httpx
import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from idp.kernel.secret import Secret
from idp.ops.access import AccessRecord
from idp.ops.health import Probe, Readiness, routes
from idp.ops.metrics import Metrics


async def well() -> None:
    return None


async def ill() -> None:
    raise ConnectionError("postgresql://idp:s3cret@db/idp")


async def silent() -> None:
    await asyncio.Event().wait()


class Node:
    """A provider with nothing but the operators' doors, and a few others to be counted."""

    def __init__(self, probes: dict[str, Probe] | None = None, token: Secret | None = None) -> None:
        self.metrics = Metrics()
        self.readiness = Readiness(probes or {})
        self.written: list[bytes] = []
        shown = [Route("/i/{interaction_id}/login", page, methods=["GET"]), Route("/broken", broken)]
        others = [*shown, Mount("/static", routes=[Route("/{name}", page)])]
        app = Starlette(routes=[*routes(self.readiness, self.metrics, token), *others])
        self.app = AccessRecord(app, self.metrics, self.written.append)

    @property
    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.written]

    def client(self, address: str = "127.0.0.1") -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(address, 5))
        return httpx.AsyncClient(transport=transport, base_url="http://idp.example")


async def page(_request: Request) -> Response:
    return PlainTextResponse("ok")


async def broken(_request: Request) -> Response:
    raise RuntimeError("079201012345")


@pytest.fixture
async def node() -> Node:
    return Node()


@pytest.fixture
async def client(node: Node) -> AsyncIterator[httpx.AsyncClient]:
    async with node.client() as client:
        yield client


async def test_a_living_process_says_so(client: httpx.AsyncClient) -> None:
    answer = await client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert answer.headers["cache-control"] == "no-store"


async def test_a_node_is_ready_when_every_part_is() -> None:
    async with Node({"storage": well, "cache": well}).client() as client:
        answer = await client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "checks": {"storage": "ok", "cache": "ok"}}


async def test_a_failing_part_is_named_but_its_reason_stays_inside() -> None:
    async with Node({"storage": ill, "cache": well}).client() as client:
        answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "not_ready", "checks": {"storage": "failed", "cache": "ok"}}
    assert "s3cret" not in answer.text


async def test_a_silent_part_does_not_keep_the_balancer_waiting() -> None:
    readiness = Readiness({"storage": silent}, patience_s=0.01)
    assert await readiness.checks() == {"storage": "failed"}


async def test_a_node_that_goes_down_says_so_first_and_stays_alive() -> None:
    node = Node({"storage": well})
    node.readiness.drain()
    async with node.client() as client:
        assert (await client.get("/readyz")).status_code == 503
        assert (await client.get("/healthz")).status_code == 200


async def test_metrics_are_for_this_machine(node: Node) -> None:
    async with node.client() as inside, node.client("203.0.113.9") as outside, node.client("testclient") as odd:
        assert (await inside.get("/metrics")).status_code == 200
        assert (await outside.get("/metrics")).status_code == 404
        assert (await odd.get("/metrics")).status_code == 404
        for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"):
            assert (await inside.get("/metrics", headers={name: "127.0.0.1"})).status_code == 404


async def test_with_a_token_only_the_token_opens_the_metrics() -> None:
    node = Node(token=Secret("scrape-me"))
    async with node.client() as client:
        assert (await client.get("/metrics")).status_code == 404
        for wrong in ("Bearer", "Bearer x", "Basic scrape-me", "scrape-me", "Bearer scrape-me2"):
            answer = await client.get("/metrics", headers={"Authorization": wrong})
            assert answer.status_code == 404
        answer = await client.get("/metrics", headers={"Authorization": "bearer scrape-me"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")


async def test_requests_are_counted_by_template_and_never_by_path(node: Node, client: httpx.AsyncClient) -> None:
    for path in ("/i/k7m2npq3rs/login?login_hint=079201012345", "/nowhere/079201012345", "/static/site.css", "/broken"):
        await client.get(path)
    await client.post("/i/k7m2npq3rs/login")
    await client.request("079201012345", "/healthz")
    text = node.metrics.exposition().decode()
    for expected in (
        'endpoint="/i/{interaction_id}/login",method="GET",status="200"',
        'endpoint="/i/{interaction_id}/login",method="POST",status="405"',
        'endpoint="unmatched",method="GET",status="404"',
        'endpoint="/healthz",method="OTHER"',
        'endpoint="/broken",method="GET",status="500"',
    ):
        assert f"idp_http_requests_total{{{expected}" in text
    assert "079201012345" not in text
    assert "k7m2npq3rs" not in text


async def test_the_access_log_has_the_template_and_a_request_id_that_the_answer_carries(
    node: Node, client: httpx.AsyncClient
) -> None:
    answer = await client.get("/i/k7m2npq3rs/login?code=abc", headers={"X-Request-Id": "chosen", "User-Agent": "Lan"})
    (line,) = node.lines
    assert line["request_id"] == answer.headers["x-request-id"] != "chosen"
    assert sorted(line) == ["event", "level", "method", "ms", "request_id", "route", "status", "time"]
    assert (line["method"], line["route"], line["status"]) == ("GET", "/i/{interaction_id}/login", 200)
    assert b"k7m2npq3rs" not in node.written[0]


async def test_fastapi_routes_are_known_by_their_template_too() -> None:
    app, metrics = FastAPI(), Metrics()
    app.add_api_route("/register/{client_id}", lambda client_id: {"client_id": client_id})
    written: list[bytes] = []
    transport = httpx.ASGITransport(AccessRecord(app, metrics, written.append))
    async with httpx.AsyncClient(transport=transport, base_url="http://idp.example") as client:
        await client.get("/register/k7m2npq3rs")
    assert json.loads(written[0])["route"] == "/register/{client_id}"


def scope_of(path: str = "/token") -> Scope:
    return {"type": "http", "method": "POST", "path": path, "headers": [], "route": Route(path, page)}


async def nothing() -> dict[str, object]:
    return {"type": "http.disconnect"}


async def swallow(_message: object) -> None:
    return None


async def test_a_caller_who_hangs_up_is_recorded_as_gone() -> None:
    async def waiting(_scope: Scope, _receive: Receive, _send: Send) -> None:
        await asyncio.Event().wait()

    written: list[bytes] = []
    record = AccessRecord(waiting, Metrics(), written.append)
    task = asyncio.create_task(record(scope_of(), nothing, swallow))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert json.loads(written[0])["status"] == 499


async def test_what_is_no_request_passes_untouched() -> None:
    seen: list[str] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope["type"])

    written: list[bytes] = []
    await AccessRecord(app, Metrics(), written.append)({"type": "lifespan"}, nothing, swallow)
    assert (seen, written) == (["lifespan"], [])


@pytest.mark.parametrize(
    "odd", ["079201012345", "lan@lamson.example", "a b", "", "đ", "x" * 65, "0912345678", 'a"b', "a\nb"]
)
def test_a_label_that_is_no_word_counts_as_other(odd: str) -> None:
    metrics = Metrics()
    metrics.sign_in("pwd", odd)
    metrics.token(odd, "issued")
    metrics.throttled(odd)
    metrics.logout_delivery(odd)
    text = metrics.exposition().decode()
    assert 'idp_sign_ins_total{method="pwd",outcome="other"} 1.0' in text
    assert 'idp_token_responses_total{grant_type="other",outcome="issued"} 1.0' in text
    assert odd == "" or odd not in text


def test_a_flood_of_labels_does_not_grow_the_registry() -> None:
    metrics = Metrics()
    for n in range(3000):
        metrics.throttled(f"k{n % 1000}{'x' * (n // 1000)}")
    lines = [line for line in metrics.exposition().decode().splitlines() if line.startswith("idp_throttled_total{")]
    assert len(lines) <= 501
    assert sum(float(line.rpartition(" ")[2]) for line in lines) == 3000


def test_what_happens_is_counted() -> None:
    metrics = Metrics()
    metrics.sign_in("pwd", "success")
    metrics.token("authorization_code", "issued")
    metrics.token("refresh_token", "invalid_grant")
    metrics.throttled("account")
    metrics.logout_delivery("delivered")
    metrics.unavailable("cache")
    metrics.outbox_depth(7)
    text = metrics.exposition().decode()
    for line in (
        'idp_sign_ins_total{method="pwd",outcome="success"} 1.0',
        'idp_token_responses_total{grant_type="authorization_code",outcome="issued"} 1.0',
        'idp_token_responses_total{grant_type="refresh_token",outcome="invalid_grant"} 1.0',
        'idp_throttled_total{kind="account"} 1.0',
        'idp_logout_deliveries_total{outcome="delivered"} 1.0',
        'idp_unavailable_total{store="cache"} 1.0',
        "idp_outbox_depth 7.0",
    ):
        assert line in text
    assert "process_resident_memory_bytes" in text


_WORKER = """
import sys
from pathlib import Path
from idp.ops.metrics import Metrics
metrics = Metrics(Path(sys.argv[1]))
metrics.request("/token", "POST", 200, 0.01)
metrics.outbox_depth(3)
print(metrics.exposition().decode())
"""


def test_several_processes_count_together(tmp_path: Path) -> None:
    env = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    command = [sys.executable, "-c", _WORKER, str(tmp_path)]
    said = [subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout for _ in range(3)]
    assert 'idp_http_requests_total{endpoint="/token",method="POST",status="200"} 3.0' in said[-1]
    assert 'idp_http_request_seconds_count{endpoint="/token"} 3.0' in said[-1]
    assert "idp_outbox_depth 3.0" in said[-1]


async def test_recording_costs_little_beside_a_request(tmp_path: Path) -> None:
    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"a", b"b")]})
        await send({"type": "http.response.body", "body": b""})

    scope = scope_of()

    async def cost(what: ASGIApp, rounds: int = 2000) -> float:
        begun = process_time()
        for _ in range(rounds):
            await what(scope, nothing, swallow)
        return (process_time() - begun) / rounds * 1e6

    with (tmp_path / "log").open("wb", buffering=0) as log:
        recorded = AccessRecord(app, Metrics(), log.write)
        best = min([await cost(recorded) - await cost(app) for _ in range(5)])
    # The budget is 10 µs on a quiet core; a busy machine gets some air.
    assert best < 40
