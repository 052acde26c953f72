"""The dashboard's files, as the API serves them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from conftest import Client

pytestmark = pytest.mark.anyio
NO_V2 = "postgresql://nobody@127.0.0.1:9/nothing"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A folder as a build leaves it."""
    (tmp_path / "built" / "assets").mkdir(parents=True)
    (tmp_path / "built" / "index.html").write_text("<title>Settlement</title>")
    (tmp_path / "built" / "assets" / "index-a1B_2.js").write_text("1;")
    (tmp_path / "secret.txt").write_text("secret")
    return tmp_path / "built"


async def _get(client_of: Client, folder: Path, path: str) -> httpx.Response:
    async with client_of(NO_V2, dashboard_dir=folder) as client:
        return await client.get(path)


async def test_the_page_comes_without_v2_and_is_asked_for_each_time(
    client_of: Client, built: Path
) -> None:
    page = await _get(client_of, built, "/")
    assert page.status_code == 200
    assert "Settlement" in page.text
    assert page.headers["cache-control"] == "no-cache"
    assert "default-src 'self'" in page.headers["content-security-policy"]


async def test_a_file_of_the_build_is_kept_for_ever(client_of: Client, built: Path) -> None:
    script = await _get(client_of, built, "/assets/index-a1B_2.js")
    assert (script.status_code, script.text) == (200, "1;")
    assert "immutable" in script.headers["cache-control"]
    assert "javascript" in script.headers["content-type"]


@pytest.mark.parametrize(
    "path",
    [
        "/assets/nothing.js",
        "/assets/%2e%2e",
        "/assets/..%2f..%2fsecret.txt",
        "/assets/%2e%2e%2findex.html",
        "/assets/index",
        "/assets/a%00.js",
        "/assets/",
    ],
)
async def test_no_other_file_is_served(client_of: Client, built: Path, path: str) -> None:
    answer = await _get(client_of, built, path)
    assert answer.status_code == 404
    assert "secret" not in answer.text


async def test_a_page_that_is_not_built_says_how_to_build_it(
    client_of: Client, tmp_path: Path
) -> None:
    page = await _get(client_of, tmp_path / "nothing", "/")
    assert page.status_code == 503
    assert "settlement up" in page.text
