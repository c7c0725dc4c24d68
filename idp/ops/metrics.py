"""Counters for operators, in a registry of our own: what happened how often and how fast, never to whom.

A label is a word from a short list (an endpoint's template, an outcome); one that isn't counts as `other`, so neither a
stranger's path nor an identifier can become a label, and memory stays bounded.
"""

import re
from pathlib import Path
from typing import Final, Generic, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

_OTHER: Final = "other"
_LABEL: Final = re.compile(r"[a-zA-Z0-9_./{}:*-]{1,64}\Z", re.ASCII)
_MANY_DIGITS: Final = re.compile(r"[0-9]{4}", re.ASCII)
_MOST: Final = 500  # combinations of labels per metric
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


M = TypeVar("M", Counter, Histogram)


class _Children(Generic[M]):
    """A metric's children by their labels, remembered: asking prometheus_client each time costs more than counting."""

    def __init__(self, metric: M, labels: int) -> None:
        self._metric: M = metric
        self._known: dict[tuple[str, ...], M] = {}
        self._overflow = (_OTHER,) * labels

    def __call__(self, *labels: str) -> M:
        child = self._known.get(labels)
        return self._learn(labels) if child is None else child

    def _learn(self, labels: tuple[str, ...]) -> M:
        if len(self._known) >= _MOST:
            return self._metric.labels(*self._overflow)
        safe = tuple(label if _LABEL.match(label) and not _MANY_DIGITS.search(label) else _OTHER for label in labels)
        child = self._known.get(safe)
        if child is None:
            child = self._known[safe] = self._metric.labels(*safe)
        return child


class Metrics:
    """Handed to doors and jobs by the roof; each method is one thing that happened.

    Several processes behind one port count together in a `shared` folder, empty at the start and the same that
    PROMETHEUS_MULTIPROC_DIR named before prometheus_client was imported; whichever is asked answers for all.
    """

    def __init__(self, shared: Path | None = None) -> None:
        self._shared = shared
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._requests = self._counter("http_requests", "Requests answered", "endpoint", "method", "status")
        seconds = Histogram(
            "idp_http_request_seconds", "Time to answer", ["endpoint"], buckets=_SECONDS, registry=self.registry
        )
        self._seconds = _Children(seconds, 1)
        self._sign_ins = self._counter("sign_ins", "Sign-ins by method and outcome", "method", "outcome")
        self._tokens = self._counter("token_responses", "Answers of the token endpoint", "grant_type", "outcome")
        self._throttled = self._counter("throttled", "Tries that were asked to wait", "kind")
        self._logouts = self._counter("logout_deliveries", "Back-channel logout attempts", "outcome")
        self._unavailable = self._counter("unavailable", "Answers given up because a store was away", "store")
        self._outbox = Gauge(
            "idp_outbox_depth", "Messages not delivered yet", registry=self.registry, multiprocess_mode="mostrecent"
        )

    def request(self, endpoint: str, method: str, status: int, seconds: float) -> None:
        self._requests(endpoint, method, str(status)).inc()
        self._seconds(endpoint).observe(seconds)

    def sign_in(self, method: str, outcome: str) -> None:
        """`method` as in `amr` (RFC 8176); outcome `success`, `failure`, `throttled` …"""
        self._sign_ins(method, outcome).inc()

    def token(self, grant_type: str, outcome: str) -> None:
        """Outcome `issued`, or the error code of RFC 6749 §5.2."""
        self._tokens(grant_type, outcome).inc()

    def throttled(self, kind: str) -> None:
        self._throttled(kind).inc()

    def logout_delivery(self, outcome: str) -> None:
        self._logouts(outcome).inc()

    def unavailable(self, store: str) -> None:
        self._unavailable(store).inc()

    def outbox_depth(self, messages: int) -> None:
        self._outbox.set(messages)

    def exposition(self) -> bytes:
        """The text format of Prometheus."""
        if self._shared is None:
            return generate_latest(self.registry)
        together = CollectorRegistry()
        MultiProcessCollector(together, path=str(self._shared))  # type: ignore[no-untyped-call] # theirs has no types
        return generate_latest(together)

    def _counter(self, name: str, meaning: str, *labels: str) -> _Children[Counter]:
        return _Children(Counter(f"idp_{name}", meaning, labels, registry=self.registry), len(labels))
