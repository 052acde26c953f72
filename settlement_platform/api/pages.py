"""`GET /`: the dashboard, as `settlement up` has built it. Not a part of the API's interface."""

from __future__ import annotations

import re
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, Response

router = APIRouter(include_in_schema=False)
NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+")
"""A file of the build: one name, no folder."""
FOR_EVER = "public, max-age=31536000, immutable"
"""The name of such a file has the digest of what is in it."""
SAFE = {
    # ECharts lays its tooltips out by style attributes; nothing else comes from anywhere else.
    "Content-Security-Policy": "default-src 'self'; style-src-attr 'unsafe-inline'; "
    "img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
NOT_BUILT = """<!doctype html>
<html lang="en"><title>Settlement</title>
<h1>The dashboard is not built</h1>
<p>Everything else works: the API is <a href="/docs">described here</a>.</p>
<p>Run <code>settlement up</code>: it builds the page, or says why it cannot.</p>
</html>
"""


def _dashboard_dir(request: Request) -> Path:
    folder: Path = request.app.state.dashboard_dir
    return folder


@router.api_route("/", methods=["GET", "HEAD"])
async def get_dashboard(request: Request) -> Response:
    """The page; 503 while it is not built."""
    page = _dashboard_dir(request) / "index.html"
    headers = {**SAFE, "Cache-Control": "no-cache"}
    if not page.is_file():
        return HTMLResponse(NOT_BUILT, status_code=503, headers=headers)
    return FileResponse(page, headers=headers)


@router.api_route("/assets/{name}", methods=["GET", "HEAD"])
async def get_asset(name: str, request: Request) -> Response:
    """One file that the page asks for; 404 for any other name."""
    file = _dashboard_dir(request) / "assets" / name
    if not NAME.fullmatch(name) or not file.is_file():
        return Response("no such file\n", status_code=404, media_type="text/plain", headers=SAFE)
    return FileResponse(file, headers={**SAFE, "Cache-Control": FOR_EVER})
