"""A verification as JSON, for where it is kept sealed: its row, and the case in which it stands its day."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from idp.identity.verification import Check, Framework, Piece, PieceKind, Verification
from idp.kernel.level import Level


def write(done: Verification) -> dict[str, Any]:
    """All of it that is known before it counts."""
    return {
        "id": done.id,
        "person_id": done.person_id,
        "route": done.route,
        "level": int(done.level),
        "framework": done.framework.value,
        "at": done.at.isoformat(),
        "ends_at": done.ends_at.isoformat() if done.ends_at is not None else None,
        "process": done.process,
        **seen(done),
    }


def read(document: Mapping[str, Any]) -> Verification:
    ends_at = document["ends_at"]
    return Verification(
        document["id"],
        document["person_id"],
        document["route"],
        Level(document["level"]),
        Framework(document["framework"]),
        datetime.fromisoformat(document["at"]),
        datetime.fromisoformat(ends_at) if ends_at is not None else None,
        document["process"],
        document["claims"],
        pieces(document),
    )


def seen(done: Verification) -> dict[str, Any]:
    """What was looked at and what it said: the personal part."""
    return {"claims": dict(done.claims), "pieces": [_piece(piece) for piece in done.pieces]}


def pieces(document: Mapping[str, Any]) -> tuple[Piece, ...]:
    return tuple(_read_piece(piece) for piece in document["pieces"])


def _piece(piece: Piece) -> dict[str, Any]:
    checks = [[check.method, check.at.isoformat(), check.by, check.txn] for check in piece.checks]
    return {"kind": piece.kind.value, "details": dict(piece.details), "checks": checks}


def _read_piece(piece: Mapping[str, Any]) -> Piece:
    checks = tuple(Check(method, datetime.fromisoformat(at), by, txn) for method, at, by, txn in piece["checks"])
    return Piece(PieceKind(piece["kind"]), piece["details"], checks)
