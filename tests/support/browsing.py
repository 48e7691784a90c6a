"""A real browser without a window, for the tests of pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from shutil import which

from selenium import webdriver
from selenium.webdriver.remote.webdriver import WebDriver

_CALM = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def browser_of(screen: tuple[int, int]) -> Iterator[WebDriver]:
    """A browser with a screen of so many points."""
    options = webdriver.ChromeOptions()
    for argument in _CALM:
        options.add_argument(argument)
    service = webdriver.ChromeService(which("chromedriver"))
    driver = webdriver.Chrome(options=options, service=service)
    driver.set_window_size(*screen)
    try:
        yield driver
    finally:
        driver.quit()
