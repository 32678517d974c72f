"""One Chromium for all browser tests; a service of its own for each way of going the circle."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.chromium import ARGUMENTS
from tests.browser.eyes import WIDE, Eyes
from tests.browser.serving import Service, serving
from tests.browser.window import Window
from tests.conftest import fresh
from tests.post.smtp_stub import Certificates

Opens = Callable[[str], Window]
LONGEST = 15_000


@pytest.fixture(scope="session")
def chromium(browser_binary: str) -> Iterator[Browser]:
    """A real browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_binary, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module", params=[True, False], ids=["with scripts", "without scripts"])
def scripts(request: pytest.FixtureRequest) -> bool:
    """Whether the browser runs scripts."""
    return bool(request.param)


@pytest.fixture(scope="module")
def service(
    templates: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
    chromium: Browser,
) -> Iterator[Service]:
    """A service on a database of its own. `chromium` comes first: without a browser there is nothing to serve."""
    folder = tmp_path_factory.mktemp("service")
    with serving(fresh("sqlite", templates, folder, request), folder, Certificates(folder / "authority.pem")) as made:
        yield made


@pytest.fixture(scope="module")
def eyes(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Eyes]:
    """What is seen in a module's tests."""
    made = Eyes(chromium, request.module.__name__.rpartition(".")[2])
    yield made


def opened(browser: Browser, eyes: Eyes, service: Service, address: str, *, scripts: bool = True) -> Window:
    """A new window, as of somebody at a computer of their own."""
    context = browser.new_context(java_script_enabled=scripts, viewport=WIDE, locale="en-GB")  # type: ignore[arg-type]
    context.set_default_timeout(LONGEST)
    return Window(context.new_page(), eyes, service, address, scripts=scripts)
