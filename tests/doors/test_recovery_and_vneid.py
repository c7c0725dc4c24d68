"""What VNeID may do to an account that is locked, or being recovered: sign in, and neither link nor raise it."""

from datetime import timedelta

from idp.audit import kinds
from idp.authn.recovery_rules import Recovery, State
from idp.flows import not_me
from idp.flows.not_me_link import Claim
from idp.kernel.ids import new_id
from idp.kernel.level import Level
from tests.doors.people_house import PASSWORD
from tests.doors.recovering import begin
from tests.doors.vneid_house import LAI, VneidHouse

DAY = timedelta(days=1)


async def test_no_level_is_raised_while_somebody_recovers_the_account(vneid_town: VneidHouse) -> None:
    lai, browser = await vneid_town.citizen(LAI.number, level=Level.LOW), vneid_town.browser()
    begun, now = new_id(), vneid_town.now
    async with vneid_town.hall.db.unaudited_tx() as tx:
        await tx.recoveries.begin(
            Recovery(begun, lai.person.id, State.RUNNING, now, now + DAY, now + 8 * DAY, b"theirs"), ("phone", "paper")
        )
    page = await vneid_town.by_vneid(browser, await browser.get("/account"), LAI)
    page = await browser.submit(page, "password", password=PASSWORD)
    assert "Có người đang khôi phục" in page.text
    assert await vneid_town.events(kinds.PERSON_LEVEL_RAISED) == []
    page = await browser.get("/account/recovery")
    assert "Đã hủy khôi phục" in (await browser.submit(page, "csrf")).text, "VNeID is more than a password"
    await browser.get("/logout")
    other = vneid_town.browser()
    await vneid_town.by_vneid(other, await other.get("/account"), LAI)
    assert len(await vneid_town.events(kinds.PERSON_LEVEL_RAISED)) == 1


async def test_a_locked_account_is_linked_with_nobody(vneid_town: VneidHouse) -> None:
    """Its password is put aside: to VNeID it must not look like an account that nobody uses."""
    lai, browser = await vneid_town.citizen(LAI.number), vneid_town.browser()
    vneid_town.pass_time(days=1)
    await not_me.act(vneid_town.hall, Claim(lai.person.id, "sign_in", vneid_town.now), vneid_town.now)
    page = await vneid_town.by_vneid(browser, await browser.get("/account"), LAI)
    assert page.status == 403
    assert "bị khóa thay đổi" in page.text
    assert await vneid_town.events(kinds.UPSTREAM_LINKED) == []
    assert browser.cookie("session") is None


async def test_a_sign_in_with_vneid_is_the_telephone_as_a_root(vneid_town: VneidHouse) -> None:
    lai, browser = await vneid_town.citizen(LAI.number, more_logins=("lai.pham@thu.example.vn",)), vneid_town.browser()
    first = await vneid_town.by_vneid(browser, await browser.get("/account"), LAI)
    await browser.submit(first, "password", password=PASSWORD)
    lost = vneid_town.browser()
    page = await begin(lost, lai.login)
    vneid_town.pass_time(minutes=1)
    page = await lost.get(page.link("/sign-in"))
    page = await vneid_town.by_vneid(lost, page, LAI)
    assert "Đã chứng minh: điện thoại" in page.text
    stranger = vneid_town.browser()
    page = await begin(stranger, "khong.co@thu.example.vn")
    page = await vneid_town.by_vneid(stranger, await stranger.get(page.link("/sign-in")), LAI)
    assert "chưa chứng minh được gì" in page.text, "somebody else's sign-in proves nothing"
