"""GET /readyz: whether there is something to serve, and what a reader of its answers should know."""

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from serving.api.errors import ErrorResponse
from serving.store import Store

router = APIRouter(include_in_schema=False)


@router.get("/readyz", response_model=None)
def ready(request: Request) -> Response:
    """Answer 200 with what is served, refused or out of step, or 503 with the reason."""
    store: Store = request.app.state.store
    state = store.state
    headers = {"Cache-Control": "no-store"}
    if state.served is None:
        refused = ErrorResponse(503, "not_ready", f"not ready: {store.not_ready_reason}")
        refused.headers.update(headers)
        return refused
    said = {"ready": True, "publication": state.served.id, "model_version": store.version}
    return JSONResponse(said | {"refused": state.rejection, "registry": state.registry_mismatch}, headers=headers)
