"""The citizens' page, as HTML and in a real browser on a telephone's screen."""

from asyncio import to_thread
from collections.abc import Iterator

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver

from tests.support.browsing import browser_of
from tests.support.marked_story import EVERY_MARK, tell
from tests.support.service import RunningService, running_service

PHONE_SCREEN = (390, 844)


@pytest.fixture(scope="module")
def browser() -> Iterator[WebDriver]:
    with browser_of(PHONE_SCREEN) as driver:
        yield driver


async def told(service: RunningService) -> str:
    """A dossier that was returned; answers its lookup code."""
    receipt = await tell(service)
    await service.settle()
    return str(receipt["lookup_code"])


def page(service: RunningService, query: str = "") -> str:
    return str(service.client.make_url(f"/tra-cuu{query}"))


def look_up(browser: WebDriver, address: str, code: str, digits: str) -> str:
    """Type and press Enter, as one does; answers what is read then."""
    browser.get(address)
    field = browser.find_element(By.ID, "code")
    field.clear()
    field.send_keys(code, Keys.TAB, digits, Keys.ENTER)
    return str(browser.find_element(By.TAG_NAME, "main").text)


async def test_the_form_is_posted_so_that_no_address_holds_a_secret(database_url: str) -> None:
    async with running_service(database_url) as service:
        answer = await service.client.get("/tra-cuu?code=7K4M-9QXR-2B8T")
        html = await answer.text()
        assert answer.status == 200
        assert answer.headers["Content-Language"] == "vi"
        assert "script" not in html
        assert 'method="post"' in html
        assert 'value="7K4M-9QXR-2B8T"' in html
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("form", "status", "words"),
    [
        ({"code": "", "phone": "0123"}, 400, "Hãy nhập mã tra cứu."),
        ({"code": "7K4M-9QXR-2B8T", "phone": "12"}, 400, "Hãy nhập đúng 4 chữ số."),
        ({"code": "7K4M-9QXR-2B8T", "phone": "0000"}, 404, "Không tìm thấy hồ sơ"),
        ({"code": "<b>x</b>", "phone": "0000"}, 404, "&lt;b&gt;x&lt;/b&gt;"),
    ],
)
async def test_what_went_wrong_is_said_in_words(
    database_url: str, form: dict[str, str], status: int, words: str
) -> None:
    async with running_service(database_url) as service:
        answer = await service.client.post("/tra-cuu", data=form)
        assert answer.status == status
        assert words in await answer.text()


async def test_a_citizen_finds_a_dossier_on_a_telephone(
    database_url: str, browser: WebDriver
) -> None:
    async with running_service(database_url) as service:
        code = await told(service)
        read = await to_thread(look_up, browser, page(service), code.lower(), "0123")
        assert "Đã trả kết quả" in read
        assert "Hồ sơ đã kết thúc." in read
        assert not any(mark in browser.page_source for mark in EVERY_MARK)
        assert code not in browser.current_url
        assert "0123" not in browser.current_url
        wide = browser.execute_script(
            "return document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
        assert wide is False
        current = browser.find_elements(By.CSS_SELECTOR, "[aria-current=step]")
        assert len(current) == 1


async def test_wrong_digits_are_told_beside_the_form_and_the_code_stays(
    database_url: str, browser: WebDriver
) -> None:
    async with running_service(database_url) as service:
        code = await told(service)
        read = await to_thread(look_up, browser, page(service), code, "9999")
        assert "Không tìm thấy hồ sơ" in read
        assert browser.find_element(By.CSS_SELECTOR, "[role=alert]").is_displayed()
        assert browser.find_element(By.ID, "code").get_attribute("value") == code


async def test_a_locked_code_says_when_to_come_back(database_url: str, browser: WebDriver) -> None:
    async with running_service(database_url) as service:
        code = await told(service)
        for _ in range(5):
            await service.client.post("/tra-cuu", data={"code": code, "phone": "9999"})
        read = await to_thread(look_up, browser, page(service), code, "0123")
        assert "60 phút" in read


async def test_the_page_speaks_english_when_asked(database_url: str, browser: WebDriver) -> None:
    async with running_service(database_url) as service:
        code = await told(service)
        await to_thread(browser.get, page(service))
        await to_thread(browser.find_element(By.CLASS_NAME, "switch").click)
        html = browser.find_element(By.TAG_NAME, "html")
        assert html.get_attribute("lang") == "en"
        read = await to_thread(look_up, browser, browser.current_url, code, "0123")
        assert "The dossier is closed." in read


async def test_the_first_tab_leads_to_the_content(database_url: str, browser: WebDriver) -> None:
    async with running_service(database_url) as service:
        await to_thread(browser.get, page(service))
        browser.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
        skip = browser.switch_to.active_element
        assert skip.get_attribute("class") == "skip"
        assert skip.is_displayed()
