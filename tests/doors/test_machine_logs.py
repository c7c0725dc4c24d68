"""What the endpoints for programs write into the log: why a request failed, and no secret, token, code or person."""

import logging

import pytest

from tests.doors.machine_house import House


async def test_failures_are_explained_without_a_secret_or_a_person(
    small_house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    service, other = await small_house.service(), await small_house.service()
    code, grant = await small_house.code(service.client)
    tokens = (await small_house.redeem(service, code)).json()
    await small_house.userinfo(tokens["access_token"])
    await small_house.introspect(service, tokens["refresh_token"])
    await small_house.refresh(other, tokens["refresh_token"])
    await small_house.redeem(service, code)
    await small_house.userinfo(tokens["access_token"])
    await small_house.userinfo(tokens["access_token"][:-2])
    await small_house.http.post("/token", data={"grant_type": "x"}, auth=(service.client.client_id, "mật-khẩu-sai"))
    written = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("idp"))
    assert f"other_client: grant {grant.id} revoked" in written
    assert "wrong secret" in written
    secrets = [code.reveal(), service.secret.reveal(), "mật-khẩu-sai", *(str(value) for value in tokens.values())]
    people = ["Nguyễn", "Tuyết", "anh.tuyet", "84905000218", grant.sub]
    for hidden in [*(secret for secret in secrets if len(secret) > 20), *people]:
        assert hidden not in written
