"""GET /v1/capitals and /v1/features/{iso3}: the forecast capitals, and the features of one."""

from typing import Annotated

from fastapi import APIRouter, Query

from features.build import feature_names, group_of
from serving.api.dependencies import CurrentPublication, Iso3
from serving.api.filters import AtOrigin
from serving.queries.lookup import require_capital, require_in_panel, require_member
from serving.queries.provenance import provenance
from serving.schemas.capitals import Capital, CapitalFeatures, CapitalList, Feature
from serving.schemas.fields import null_if_nan, year_month

router = APIRouter(prefix="/v1", tags=["capitals"])


@router.get("/capitals", response_model=CapitalList)
def capitals(served: CurrentPublication) -> CapitalList:
    """List every state that is forecast, with its seat of government today."""
    columns = ["iso3", "country", "capital", "latitude", "longitude", "region", "landlocked", "member_from"]
    rows = served.capitals[columns].to_dict("records")
    capitals = [Capital(**row | {"member_from": year_month(row["member_from"])}) for row in rows]
    return CapitalList(**provenance(served), total=len(capitals), capitals=capitals)


@router.get("/features/{iso3}", response_model=CapitalFeatures)
def features(iso3: Iso3, served: CurrentPublication, filters: Annotated[AtOrigin, Query()]) -> CapitalFeatures:
    """Return the features of a capital as known at an origin."""
    code = require_capital(served, iso3)
    origin = require_in_panel(served, filters.origin)
    require_member(served, code, origin)
    groups = group_of()
    values = served.features(origin).loc[code]
    values_by_name = [
        Feature(
            name=name,
            value=null_if_nan(float(values[name])),
            group=groups[name].name,
            meaning=groups[name].features[name].meaning,
        )
        for name in feature_names()
    ]
    return CapitalFeatures(
        **provenance(served) | {"origin": year_month(origin)},
        iso3=code,
        flags=str(values["flags"]).split(),
        features=values_by_name,
    )
