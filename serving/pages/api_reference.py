"""Reference of the API as a page, from the OpenAPI document."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from serving.pages.components.render import page
from serving.schemas.prediction import MAX_ROWS

router = APIRouter(include_in_schema=False)
EXAMPLES = {
    "/v1/forecasts": "curl '{base}v1/forecasts?country=MLI,BFA&target=fighting&horizon=3'",
    "/v1/forecasts/{iso3}": "curl '{base}v1/forecasts/MLI'",
    "/v1/forecasts/{iso3}/drivers": "curl '{base}v1/forecasts/MLI/drivers'",
    "/v1/forecasts/{iso3}/analogues": "curl '{base}v1/forecasts/MLI/analogues'",
    "/v1/capitals/{iso3}/history": "curl '{base}v1/capitals/MLI/history?horizon=6'",
    "/v1/capitals": "curl '{base}v1/capitals'",
    "/v1/features/{iso3}": "curl '{base}v1/features/MLI?origin=2025-08'",
    "/v1/episodes": "curl '{base}v1/episodes?country=MLI&kind=siege,supply'",
    "/v1/corridors": "curl '{base}v1/corridors?country=MLI'",
    "/v1/sources": "curl '{base}v1/sources'",
    "/v1/skill": "curl '{base}v1/skill?target=seizure&horizon=6'",
    "/v1/scenarios": (
        "curl '{base}v1/scenarios' -H 'content-type: application/json' \\\n"
        '  -d \'{{"iso3": "MLI", "changes": ["attacks on the Dakar corridor x2"]}}\''
    ),
    "/v1/model": "curl '{base}v1/model'",
    "/v1/model/card": "curl '{base}v1/model/card'",
    "/v1/alerts": "curl '{base}v1/alerts?country=MLI&rule=high-risk'",
    "/v1/alerts/{identifier}": "curl '{base}v1/alerts/9f2c5a7be01d44c6a1b3'",
    "/alerts.atom": "curl '{base}alerts.atom'",
    "/alerts/cap.atom": "curl '{base}alerts/cap.atom'",
    "/alerts/{identifier}.cap.xml": "curl '{base}alerts/9f2c5a7be01d44c6a1b3.cap.xml'",
    "/v1/predict": (
        "curl '{base}v1/predict' -H 'content-type: application/json' \\\n"
        '  -d \'{{"rows": [{{"iso3": "MLI", "origin": "2025-08"}},\n'
        '                {{"iso3": "MLI", "features": {{"corridor_attacks_5km_3m": 3.5}}}}]}}\''
    ),
}


@router.get("/docs", response_class=HTMLResponse)
def reference(request: Request) -> HTMLResponse:
    """List every route with its parameters and an example for a terminal."""
    paths: dict[str, dict[str, Any]] = request.app.openapi()["paths"]
    routes = [
        {
            "method": method.upper(),
            "path": path,
            "summary": operation.get("description", operation.get("summary", "")).replace("`", ""),
            "parameters": [_parameter(p) for p in operation.get("parameters", [])],
            "example": EXAMPLES.get(path, "").format(base=request.base_url),
        }
        for path, operations in paths.items()
        for method, operation in operations.items()
    ]
    return page(request.state.served, "reference.html", routes=routes, max_rows=MAX_ROWS)


def _parameter(parameter: dict[str, Any]) -> dict[str, str]:
    schema = parameter.get("schema", {})
    item = schema.get("items", schema)
    options = [str(v) for v in item.get("enum", [])]
    if "minimum" in item and "maximum" in item:
        options = [f"{item['minimum']} to {item['maximum']}"]
    default = schema.get("default")
    return {
        "name": str(parameter["name"]),
        "several": "several" if schema.get("type") == "array" else "one",
        "options": ", ".join(options) or str(parameter.get("description", "")),
        "default": "" if default in (None, []) else str(default),
    }
