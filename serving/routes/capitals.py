"""GET /v1/capitals and /v1/features/{iso3}: what is forecast, and what a forecast of a capital is made from."""

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
    listed = [Capital(**row | {"member_from": year_month(row["member_from"])}) for row in rows]
    return CapitalList(**provenance(served), total=len(listed), capitals=listed)


@router.get("/features/{iso3}", response_model=CapitalFeatures)
def features(iso3: Iso3, served: CurrentPublication, given: Annotated[AtOrigin, Query()]) -> CapitalFeatures:
    """Return the features of a capital as known at an origin: the values to change when asking "what if"."""
    code = require_capital(served, iso3)
    at = require_in_panel(served, given.origin)
    require_member(served, code, at)
    groups = group_of()
    values = served.features(at).loc[code]
    made = [
        Feature(
            name=name,
            value=null_if_nan(float(values[name])),
            group=groups[name].name,
            meaning=groups[name].features[name].meaning,
        )
        for name in feature_names()
    ]
    return CapitalFeatures(
        **provenance(served) | {"origin": year_month(at)}, iso3=code, flags=str(values["flags"]).split(), features=made
    )
