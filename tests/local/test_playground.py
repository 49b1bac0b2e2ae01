"""The playground in a browser: it loads, acts as somebody, and asks this machine only."""

import re
import shutil
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from local.development import Development

pytestmark = pytest.mark.xdist_group("development server")

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip(f"no browser on the path: install one of {', '.join(NAMES)}")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield launched
        launched.close()


class Visit:
    """A page, with every request that it made and every error that it reported."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.requests: list[str] = []
        self.errors: list[str] = []
        page.on("request", self._requested)
        page.on("console", self._reported)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _requested(self, request: Request) -> None:
        self.requests.append(request.url)

    def _reported(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def open(self, path: str = "/") -> None:
        self.page.goto(self.url + path)
        expect(self.page.get_by_role("region", name="Examples")).to_be_visible()

    def act_as(self, actor: str) -> None:
        self.page.get_by_label("Act as").select_option(actor)

    def example(self, title: str) -> None:
        self.page.get_by_role("button", name=title).click()

    def execute(self) -> None:
        self.page.get_by_role("button", name="Execute query").click()

    def answers(self, text: str) -> None:
        answer = self.page.get_by_role("region", name="Result Window")
        expect(answer).to_contain_text(text)

    def editor(self, name: str) -> str:
        return self.page.get_by_role("region", name=name).inner_text()

    def sites(self) -> set[str]:
        return {urlsplit(url).netloc for url in self.requests if not url.startswith("data:")}


@pytest.fixture
def visit(browser: Browser, running: Development) -> Iterator[Visit]:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    context.set_default_timeout(15_000)
    yield Visit(context.new_page(), running.url)
    context.close()


def test_a_query_runs_and_nothing_leaves_the_machine(visit: Visit, running: Development) -> None:
    visit.open()
    visit.act_as("globex/staff")
    visit.example("An invoice and who pays it")
    visit.execute()
    visit.answers("customer@globex.example")
    expect(visit.page.locator(".outcome")).to_have_text(re.compile(r"HTTP 200 · \d+ ms"))
    assert visit.errors == []
    assert visit.sites() == {urlsplit(running.url).netloc}


def test_an_example_has_the_variables_of_the_acting_tenant(visit: Visit) -> None:
    visit.open("/?as=acme-eu/admin")
    visit.example("A user by e-mail")
    expect(visit.page.get_by_role("region", name="Variables")).to_contain_text(
        "customer@acme-eu.example"
    )
    visit.execute()
    visit.answers("CUSTOMER")
    assert visit.errors == []


def test_an_example_can_be_run_at_once(visit: Visit) -> None:
    visit.open("/?as=acme/admin")
    visit.page.evaluate("""() => {
        const button = (text) =>
            [...document.querySelectorAll("button")].find((each) =>
                `${each.ariaLabel} ${each.textContent}`.includes(text));
        button("An invoice and who pays it").click();
        setTimeout(() => button("Execute query").click(), 20);
    }""")
    visit.answers("customer@acme.example")


def test_an_example_chooses_who_may_send_it(visit: Visit) -> None:
    visit.open("/?as=globex/staff")
    visit.example("Put something into the cart")
    expect(visit.page.get_by_label("Act as")).to_have_value("globex/customer")
    assert visit.page.url.endswith("as=globex/customer")
    visit.execute()
    visit.answers('"userErrors": []')
    visit.example("Users, page by page")
    expect(visit.page.get_by_label("Act as")).to_have_value("globex/staff")
    assert visit.errors == []


def test_an_example_leaves_who_may_send_it_and_who_is_refused(visit: Visit) -> None:
    for actor in ("acme/admin", "none", "expired"):
        visit.open(f"/?as={actor}")
        visit.example("Users, page by page")
        expect(visit.page.get_by_role("region", name="Query Editor")).to_contain_text("users(")
        expect(visit.page.get_by_label("Act as")).to_have_value(actor)


def test_another_tenants_invoice_is_not_there(visit: Visit) -> None:
    visit.open("/?as=acme/admin")
    visit.example("Another tenant's invoice")
    visit.execute()
    visit.answers('"invoice": null')


@pytest.mark.parametrize(
    ("actor", "status", "message"), [("none", 401, "Unauthorized"), ("expired", 403, "Forbidden")]
)
def test_a_refusal_is_shown(visit: Visit, actor: str, status: int, message: str) -> None:
    visit.open(f"/?as={actor}")
    visit.execute()
    visit.answers(message)
    expect(visit.page.locator(".outcome.bad")).to_contain_text(f"HTTP {status}")


def test_a_header_of_the_editor_wins(visit: Visit) -> None:
    visit.open("/?as=acme/admin")
    visit.page.get_by_role("button", name="Headers").click()
    visit.page.get_by_role("region", name="Headers").click()
    visit.page.keyboard.insert_text('{"authorization": "Bearer nothing"}')
    visit.execute()
    visit.answers("Forbidden")


def test_the_platforms_endpoint_starts_with_its_own_query_and_token(visit: Visit) -> None:
    visit.open()
    visit.page.get_by_role("button", name="/platform").click()
    expect(visit.page.get_by_role("button", name="A tenant, as the platform")).to_be_visible()
    visit.execute()
    visit.answers("Acme Trading")
    assert visit.errors == []


def test_the_documentation_is_there(visit: Visit) -> None:
    visit.open()
    visit.page.get_by_role("button", name="Show Documentation Explorer").click()
    visit.page.get_by_role("link", name="Query").first.click()
    expect(visit.page.get_by_text("The caller's organisation.")).to_be_visible()


def test_the_query_builder_is_there(visit: Visit) -> None:
    visit.open()
    visit.page.get_by_role("button", name="Show GraphiQL Explorer").click()
    expect(visit.page.locator(".graphiql-explorer-root")).to_contain_text("userByEmail")
    assert visit.errors == []


def test_what_is_copied_for_the_terminal(visit: Visit, running: Development) -> None:
    visit.open("/?as=acme/admin")
    visit.example("An invoice and who pays it")
    expect(visit.page.get_by_role("region", name="Query Editor")).to_contain_text("invoice(id")
    visit.page.get_by_role("button", name="Copy as curl").click()
    expect(visit.page.get_by_role("button", name="Copied")).to_be_visible()
    copied = visit.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"curl {running.url}/graphql")
    assert "authorization: Bearer e" in copied
    assert running.demo.tenants[0].invoices[0].global_id in copied


def test_it_looks_right_when_it_is_dark(browser: Browser, running: Development) -> None:
    with browser.new_context(color_scheme="dark") as context:
        visit = Visit(context.new_page(), running.url)
        visit.open()
        colour = visit.page.evaluate(
            "getComputedStyle(document.querySelector('.bar')).backgroundColor"
        )
        assert sum(map(int, re.findall(r"\d+", colour)[:3])) < 3 * 64
