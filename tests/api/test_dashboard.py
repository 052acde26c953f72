"""The dashboard in a real browser, over the API and a real V2."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import delete, insert

from settlement_platform.config import Settings
from settlement_platform.contracts.v2 import (
    Anomaly,
    JobDeployment,
    MerchantMaster,
    Transaction,
)
from settlement_platform.metrics.anomalies_open import JOB
from settlement_platform.stack.dashboard import make_dashboard

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Served, V2Rows

JANUARY = "?from_date=2026-01-01&to_date=2026-02-01"
SWITCHES = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
SHIFTED = """() => new Promise((done) => {
  let moved = 0;
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) moved += one.value;
  }).observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => done(moved)));
})"""
"""How far things moved that were drawn already: 0 is nothing, 1 a whole window."""


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page, built from these sources."""
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    make_dashboard(settings)
    return settings.dashboard_dir


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium of the machine."""
    program = shutil.which("chromium")
    assert program, "Chromium is not installed: run 'apt-get install chromium'"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=list(SWITCHES))
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty window. Whatever a script of the page complains of fails the test."""
    opened = browser.new_page(viewport={"width": 1480, "height": 1000}, color_scheme="light")
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    opened.close()
    assert not errors


@pytest.fixture
def address(v2: V2Rows, v2_owner_dsn: str, dashboard: Path, served: Served) -> Iterator[str]:
    """Where the dashboard is, over V2 with four captured payments, three of them settled."""
    v2.cells(
        attempted_count=9, attempted_paise=99_99, captured_count=4, captured_paise=12_34_567_89,
        settled_count=3, settled_paise=9_00_000_00,
    )  # fmt: skip
    v2.as_of(age_seconds=1)
    with served(v2_owner_dsn, dashboard_dir=dashboard) as (opened, _):
        yield opened


def tile(page: Page, name: str) -> Any:
    """A tile by the name that it shows."""
    return page.get_by_role("region", name=name, exact=True)


def test_the_tiles_show_the_numbers_of_the_api(page: Page, address: str) -> None:
    page.goto(address + JANUARY)
    expect(tile(page, "Settled")).to_contain_text("₹9.00 L")
    expect(tile(page, "Settled")).to_contain_text("3 payments · ₹9,00,000.00")
    expect(tile(page, "Unsettled")).to_contain_text("1 payment · ₹3,34,567.89")
    expect(tile(page, "Funnel")).to_contain_text("75.00 % of captured")
    expect(page.get_by_role("region")).to_have_count(9)
    expect(page.locator(".age")).to_contain_text("live")


def test_a_number_moves_without_a_reload_and_nothing_else_does(
    page: Page, address: str, v2: V2Rows
) -> None:
    page.goto(address + JANUARY)
    expect(tile(page, "Settled")).to_contain_text("3 payments")
    page.evaluate("performance.clearResourceTimings()")
    before = page.evaluate(SHIFTED)
    v2.cells(captured_count=1, captured_paise=1, settled_count=1, settled_paise=1)
    expect(tile(page, "Settled")).to_contain_text("4 payments · ₹9,00,000.01")
    assert page.evaluate(SHIFTED) - before < 0.001


def test_filters_are_in_the_address_and_survive_a_reload(
    page: Page, address: str, v2: V2Rows
) -> None:
    v2.cells(merchant_id="M002", captured_count=2, captured_paise=2_00, settled_count=2)
    page.goto(address + JANUARY)
    page.get_by_label("Merchant").fill("M002")
    page.get_by_label("Merchant").press("Enter")
    expect(tile(page, "Settled")).to_contain_text("2 payments")
    page.reload()
    expect(page).to_have_url(re.compile("merchant_id=M002"))
    expect(page.get_by_label("Merchant")).to_have_value("M002")
    expect(tile(page, "Settled")).to_contain_text("2 payments")
    page.go_back()
    expect(tile(page, "Settled")).to_contain_text("5 payments")


def test_a_merchant_is_found_by_a_part_of_its_name(page: Page, address: str, v2: V2Rows) -> None:
    at = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)
    merchant = {
        "merchant_id": "M7", "merchant_name": "Anand Sweets", "settlement_cycle_days": 2,
        "rolling_reserve_bps": 500, "updated_at": at, "source_lsn": 1, "source_committed_at": at,
    }  # fmt: skip
    v2.execute(insert(MerchantMaster).values(merchant))
    try:
        page.goto(address + JANUARY)
        page.get_by_label("Merchant").press_sequentially("M1, sweet")
        suggested = page.locator("datalist option")
        expect(suggested).to_have_attribute("value", "M1, M7")
        expect(suggested).to_have_text("Anand Sweets")
    finally:
        v2.execute(delete(MerchantMaster))


def test_a_number_opens_to_its_rows_and_back_closes_them(page: Page, address: str) -> None:
    page.goto(address + JANUARY)
    tile(page, "Settled").get_by_role("button", name="₹9.00 L").click()
    opened = page.get_by_role("dialog")
    # The cells of this test have no payments under them, and the page says so.
    expect(opened).to_contain_text("The rows come to 0 payments")
    expect(opened).to_contain_text("please report this")
    page.keyboard.press("Escape")
    expect(opened).to_have_count(0)
    expect(page).not_to_have_url(re.compile("explain"))


@pytest.fixture
def anomaly(v2: V2Rows) -> Iterator[None]:
    """A job that looks for anomalies, and one that it found."""
    at = dt.datetime(2026, 1, 5, 6, 30, tzinfo=dt.UTC)
    v2.execute(insert(JobDeployment).values(job_name=JOB, spec_hash="h", flink_job_id="j"))
    v2.execute(
        insert(Anomaly).values(
            rule="gmv_deviation", subject="M001", window_start_at=at, merchant_id="M001",
            window_end_at=at + dt.timedelta(hours=1), holds=True, unit="paise", observed=21001122,
            expected=6508283, score=3.41, source_lsn=1, source_events=1, source_committed_at=at,
            evidence={"payments": 180, "median_paise": "6508283"},
        )
    )  # fmt: skip
    yield
    v2.execute(delete(Anomaly))
    v2.execute(delete(JobDeployment).where(JobDeployment.job_name == JOB))


@pytest.mark.usefixtures("anomaly")
def test_open_anomalies_are_counted_and_open_to_their_evidence(page: Page, address: str) -> None:
    page.goto(address + JANUARY)
    row = tile(page, "Failures and exceptions").get_by_text("Anomalies open").locator("..")
    row.get_by_role("button", name="1", exact=True).click()
    opened = page.get_by_role("dialog")
    expect(opened).to_contain_text("₹2,10,011.22")
    opened.get_by_text("GMV not as usual").click()
    expect(opened.get_by_text("₹65,082.83").last).to_be_visible()
    assert Axe().run(page).violations_count == 0
    page.keyboard.press("Escape")
    expect(opened).to_have_count(0)
    page.goto(f"{address}{JANUARY}&merchant_id=M002&anomalies=open")
    expect(opened).to_contain_text("Nothing is unusual.")


def test_the_way_leads_from_a_number_to_one_payment_and_back(
    page: Page, address: str, v2: V2Rows
) -> None:
    at = dt.datetime(2026, 1, 5, 6, 30, tzinfo=dt.UTC)
    payment = {
        "transaction_id": "T/1", "merchant_id": "M9", "amount_paise": 5_00,
        "payment_method": "UPI", "transaction_date": at.date(), "source_type": "SABPAISA_STREAM",
        "status": "PENDING", "created_at": at, "source_lsn": 77, "gateway_lsn": 0,
        "source_committed_at": at,
    }  # fmt: skip
    v2.execute(insert(Transaction).values(payment))
    try:
        page.goto(f"{address}{JANUARY}&merchant_id=M9&explain=attempted")
        expect(page.get_by_role("dialog")).to_contain_text("come to the same")
        page.get_by_role("button", name="T/1").click()
        opened = page.get_by_role("dialog", name="Payment T/1")
        expect(opened).to_contain_text("V2 knew it first as")
        expect(opened).to_contain_text("₹5.00")
        expect(opened).to_contain_text("LSN 77")
        assert Axe().run(page).violations_count == 0
        page.keyboard.press("Escape")
        expect(opened).to_have_count(0)
        expect(page.get_by_role("dialog")).to_contain_text("come to the same")
    finally:
        v2.execute(delete(Transaction))


def test_numbers_that_nobody_answers_for_are_marked(
    page: Page, v2: V2Rows, v2_owner_dsn: str, dashboard: Path, served: Served
) -> None:
    v2.cells(captured_count=4, captured_paise=4_00)
    v2.as_of(age_seconds=40)
    with served(v2_owner_dsn, dashboard_dir=dashboard) as (opened, server):
        page.goto(opened + JANUARY)
        expect(page.locator(".age")).to_contain_text("stale")
        server.should_exit = True
        expect(page.get_by_role("alert")).to_contain_text("The API gives no answer")
        expect(page.get_by_role("alert")).to_contain_text("those of the last answer")
        expect(tile(page, "Unsettled")).to_contain_text("4 payments")


def test_what_the_api_refuses_is_said_in_its_words(page: Page, address: str) -> None:
    page.goto(f"{address}?from_date=2026-02-01&to_date=2026-01-01")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_role("alert")).not_to_contain_text("The API answered")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1480, 390])
@pytest.mark.parametrize("also", ["", "&explain=settled"])
def test_axe_finds_no_barrier(
    browser: Browser, address: str, scheme: Any, width: int, also: str
) -> None:
    size: Any = {"width": width, "height": 900}
    page = browser.new_page(viewport=size, color_scheme=scheme)
    page.goto(address + JANUARY + also)
    # Behind an open dialog nothing has a role.
    expect(page.locator("section.tile")).to_have_count(9)
    if also:
        expect(page.get_by_role("dialog")).to_contain_text("please report this")
    found = Axe().run(page)
    page.close()
    assert found.violations_count == 0, found.generate_report()


def test_a_past_instant_stands_still_and_leads_back(page: Page, address: str) -> None:
    then = (dt.datetime.now(dt.UTC) - dt.timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    page.goto(f"{address}{JANUARY}&as_of={then}")
    expect(page.get_by_role("status")).to_contain_text("As it stood on")
    expect(tile(page, "Settled")).to_contain_text("3 payments")
    page.get_by_role("button", name="Back to now").click()
    expect(page).not_to_have_url(re.compile("as_of"))
    expect(page.locator(".age")).to_contain_text("live")
