"""One table in the formats people ask for: JSON, CSV, CSV with HXL tags, GeoJSON; by parameter or by Accept header."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import pandas as pd
from fastapi import Depends, Request
from starlette.responses import Response
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from serving.api.errors import ApiError, ErrorDocument
from serving.schemas.fields import Provenance

Format = Literal["json", "csv", "hxl", "geojson"]
MEDIA: dict[str, str] = {
    "json": "application/json",
    "csv": "text/csv",
    "geojson": "application/geo+json",
    "hxl": "text/csv; charset=utf-8; profile=hxl",
}
HASHTAGS = {
    "origin": "#date+origin",
    "iso3": "#country+code+v_iso3",
    "country": "#country+name",
    "capital": "#loc+name+capital",
    "latitude": "#geo+lat",
    "longitude": "#geo+lon",
    "region": "#region+name",
    "member_from": "#date+start",
    "landlocked": "#status+landlocked",
    "target": "#event+type+target",
    "horizon": "#indicator+horizon+months",
    "target_month": "#date+target",
    "risk": "#indicator+risk",
    "risk_low": "#indicator+risk+min",
    "risk_high": "#indicator+risk+max",
    "hazard": "#indicator+hazard",
    "state": "#status",
    "outcome": "#status+outcome",
    "onset_month": "#date+onset",
    "observed": "#indicator+observed",
    "start": "#date+start",
    "end": "#date+end",
    "kind": "#event+type",
    "confidence": "#meta+confidence",
    "reason": "#description",
    "last_confirmed": "#date+updated",
    "evidence": "#meta+evidence",
    "source": "#meta+source",
    "model": "#meta+model",
    "model_version": "#meta+model+version",
    "as_of": "#date+knowledge",
    "issued_at": "#date+issued",
    "data_vintage": "#meta+vintage",
    "flags": "#meta+flags",
    "episodes": "#meta+catalogue",
    "window": "#meta+window",
    "metric": "#indicator+name",
    "value": "#indicator+value+num",
}
"""HXL hashtag of every column of a CSV: https://hxlstandard.org."""
ROWS: dict[str, Any] = {
    "description": "Rows, in the format of the parameter `format` or of the Accept header",
    "content": {"text/csv": {"schema": {"type": "string"}}},
}
PLACES: dict[str, Any] = ROWS | {
    "content": ROWS["content"]
    | {
        "application/geo+json": {
            "schema": {
                "type": "object",
                "required": ["type", "features"],
                "properties": {
                    "type": {"const": "FeatureCollection"},
                    "features": {"type": "array", "items": {"type": "object"}},
                },
            }
        }
    }
}
NOT_ACCEPTABLE = {"model": ErrorDocument, "description": "None of the formats is acceptable"}


def documented(response: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI responses of a route with several formats."""
    return {200: response, 406: NOT_ACCEPTABLE}


def negotiate(requested: Format | None, accept: str | None, available: Sequence[Format]) -> Format:
    """Return the format requested by name, else the best match of the Accept header; 406 where there is none."""
    if requested is not None:
        return requested
    media = {MEDIA[name]: name for name in available if name != "hxl"}
    if not accept:
        return "json"
    best = parse_accept_header(accept, MIMEAccept).best_match(media)
    if best is None:
        listed = ", ".join(media)
        raise ApiError(
            406,
            "not_acceptable",
            f"no format matches Accept: {accept[:100]}; available are {listed}",
            {"accept": listed},
        )
    return media[best]


async def accept_header(request: Request) -> str | None:
    """Return the Accept header."""
    return request.headers.get("accept")


Accept = Annotated[str | None, Depends(accept_header)]


def table(rows: pd.DataFrame, form: Format, name: str, provenance: Provenance, total: int) -> Response:
    """Write rows as CSV, in HXL with a row of tags below the names; months as dates."""
    text = rows.to_csv(index=False, date_format="%Y-%m-%d", lineterminator="\n")
    if form == "hxl":
        names, _, body = text.partition("\n")
        text = "\n".join([names, ",".join(HASHTAGS[column] for column in rows.columns), body])
    headers = {
        "X-Total-Count": str(total),
        "X-Model": provenance["model"],
        "X-Model-Version": provenance["model_version"],
        "X-Origin": provenance["origin"],
        "X-Data-Vintage": provenance["data_vintage"],
        "X-Issued-At": provenance["issued_at"].isoformat(),
        "Content-Disposition": f'attachment; filename="{name}.csv"',
    }
    return Response(text, media_type="text/csv", headers=headers)


def collection(features: Sequence[Mapping[str, Any]], provenance: Provenance, total: int, **members: Any) -> Response:
    """Write GeoJSON features (RFC 7946) with their provenance beside them."""
    written = provenance | {"issued_at": provenance["issued_at"].isoformat()}
    body = {"type": "FeatureCollection", **written, "total": total, **members, "features": list(features)}
    return Response(json.dumps(body, allow_nan=False), media_type=MEDIA["geojson"])


def point(longitude: float, latitude: float, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return a GeoJSON point."""
    place = {"type": "Point", "coordinates": [longitude, latitude]}
    return {"type": "Feature", "geometry": place, "properties": dict(properties)}
