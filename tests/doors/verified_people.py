"""Citizens who were verified, services that may ask for it, and what these are told."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
from joserfc import jwe, jwt
from joserfc.jwk import ECKey, KeySet

from idp.identity.verification import Check, Framework, Piece, PieceKind, Verification
from idp.kernel.ids import new_id
from idp.kernel.level import Level
from idp.protocol.claim_names import wire
from tests.doors.machine_house import Service
from tests.doors.people_house import Citizen, PeopleHouse, terms_of

NUMBER = "051158000137"
KEY = ECKey.generate_key("P-256", {"kid": "e1", "use": "enc"})
ENCRYPTED: dict[str, Any] = {
    "jwks": {"keys": [KEY.as_dict(private=False)]},
    "userinfo_signed_response_alg": "ES256",
    "userinfo_encrypted_response_alg": "ECDH-ES",
    "id_token_encrypted_response_alg": "ECDH-ES",
}
DOCUMENT = {
    "document_details": {
        "type": "idcard",
        "document_number": NUMBER,
        "date_of_expiry": "2028-03-12",
        "issuer": {"country_code": "VNM"},
    }
}
ASKED: dict[str, Any] = {
    "verification": {
        "trust_framework": None,
        "assurance_level": None,
        "time": None,
        "verification_process": None,
        "evidence": [
            {
                "type": {"value": "document"},
                "document_details": {"type": None, "document_number": None},
                "check_details": [{"check_method": None, "organization": None, "check_id": None}],
            }
        ],
    },
    "claims": {"name": {"purpose": "Cấp giấy chứng nhận"}, "birthdate": None, wire("qn:pin"): None},
}


async def verified(house: PeopleHouse, citizen: Citizen, **changes: Any) -> Verification:
    """Of this citizen, at a counter, an hour ago."""
    at = house.now - timedelta(hours=1)
    done = Verification(
        id=new_id(),
        person_id=citizen.person.id,
        route="counter",
        level=Level.SUBSTANTIAL,
        framework=Framework.PROVINCE,
        at=at,
        ends_at=house.now + timedelta(days=300),
        claims={"name": "Phạm Thị Lài", "birthdate": "1958-03-12", "qn:pin": NUMBER, "religion": "không nói"},
        pieces=(Piece(PieceKind.DOCUMENT, DOCUMENT, (Check("pvp", at, "Xã Ba Tơ", "hồ sơ 17"),)),),
    )
    done = replace(done, **changes)
    async with house.hall.db.unaudited_tx() as tx:
        await tx.verifications.add(done)
    return done


def asking(asked: Any = ASKED, delivery: str = "userinfo") -> str:
    return json.dumps({delivery: {"verified_claims": asked}})


async def assured(house: PeopleHouse, *more: str, **metadata: Any) -> Service:
    """A service that may ask what is verified; `more` are further scopes that it has."""
    scopes = dict.fromkeys(("identity_assurance", *more), "consent")
    return await house.register(terms=terms_of(**scopes), **metadata)


async def told(house: PeopleHouse, tokens: dict[str, Any]) -> dict[str, Any]:
    answer = await house.userinfo(tokens["access_token"])
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    return await opened(house, answer.text)


async def opened(house: PeopleHouse, text: str) -> dict[str, Any]:
    """JSON, a signed token, or one of these inside an encrypted one."""
    if text.startswith("{"):
        plain: dict[str, Any] = orjson.loads(text)
        return plain
    if text.count(".") == 4:
        inside = jwe.decrypt_compact(text, KEY, algorithms=["ECDH-ES", "A128CBC-HS256"]).plaintext
        assert inside is not None
        return await opened(house, inside.decode())
    keys = KeySet.import_key_set((await house.http.get("/jwks")).json())
    claims: dict[str, Any] = jwt.decode(text, keys, algorithms=["ES256"]).claims
    return claims
