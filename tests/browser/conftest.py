"""A service of its own for each module, and eyes on every page that is passed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from playwright.sync_api import Browser

from tests.browser.eyes import WIDE, Eyes
from tests.browser.serving import Service, serving
from tests.browser.window import Window
from tests.conftest import fresh
from tests.post.smtp_stub import Certificates

Comes = Callable[..., Window]
Serves = Callable[..., AbstractContextManager[Service]]
LONGEST = 15_000


BOTH_WAYS = pytest.mark.parametrize(
    "scripts", [True, False], ids=["scripts", "no scripts"], indirect=True, scope="module"
)
"""What is gone through in a browser that runs scripts, and in one that does not."""


@pytest.fixture(scope="module")
def scripts(request: pytest.FixtureRequest) -> bool:
    """Whether browsers run scripts: they do, unless a test says otherwise."""
    return bool(getattr(request, "param", True))


@pytest.fixture(scope="module")
def serves(
    chromium: Browser,
    templates: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Serves:
    """Starts a service. Asks for the browser first: without one there is nothing to serve."""

    def start(*, sender: bool = True, **settings: str) -> AbstractContextManager[Service]:
        folder = tmp_path_factory.mktemp("service")
        database_url = fresh("sqlite", templates, folder, request)
        return serving(database_url, folder, Certificates(folder / "authority.pem"), sender=sender, **settings)

    return start


@pytest.fixture(scope="module")
def service(serves: Serves, scripts: bool) -> Iterator[Service]:
    """A service on a database of its own, for each module and each kind of browser."""
    with serves() as made:
        yield made


@pytest.fixture(scope="session")
def seen() -> dict[bool, set[tuple[str, ...]]]:
    """The states of pages that were looked at, with scripts and without: once is enough."""
    return {True: set(), False: set()}


@pytest.fixture(scope="module")
def eyes(
    chromium: Browser, scripts: bool, seen: dict[bool, set[tuple[str, ...]]], request: pytest.FixtureRequest
) -> Eyes:
    """What is seen in a module's tests."""
    name = request.module.__name__.rpartition(".")[2].removeprefix("test_")
    return Eyes(chromium, name if scripts else f"{name} without scripts", seen[scripts])


@pytest.fixture
def comes(chromium: Browser, eyes: Eyes, service: Service, scripts: bool) -> Iterator[Comes]:
    """Somebody with a browser of their own, by their address, let in or not; at the end no page had anything wrong."""
    contexts = []

    def come(address: str = "", to: Service = service, *, let_in: bool = False) -> Window:
        context = chromium.new_context(java_script_enabled=scripts, viewport=WIDE)  # type: ignore[arg-type]
        context.set_default_timeout(LONGEST)
        contexts.append(context)
        window = Window(context.new_page(), eyes, to, address, scripts=scripts)
        if let_in:
            window.let_in()
        return window

    yield come
    for context in contexts:
        context.close()
    faults, eyes.faults = eyes.faults, []
    assert faults == []
