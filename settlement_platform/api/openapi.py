"""The OpenAPI file: generated from the app, the same text every time."""

from __future__ import annotations

import json

from settlement_platform.api.app import create_app


def openapi_json() -> str:
    """The API's OpenAPI document: keys sorted, a newline at the end."""
    document = create_app().openapi()
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
