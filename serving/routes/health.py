"""GET /readyz: readiness, the served publication, and why a newer one is not served."""

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from serving.api.errors import ErrorResponse
from serving.store import Store

router = APIRouter(include_in_schema=False)


@router.get("/readyz", response_model=None)
def ready(request: Request) -> Response:
    """Return 200 with the served publication, or 503 with the reason while there is none."""
    store: Store = request.app.state.store
    state = store.state
    headers = {"Cache-Control": "no-store"}
    if state.served is None:
        not_ready = ErrorResponse(503, "not_ready", f"not ready: {store.not_ready_reason}")
        not_ready.headers.update(headers)
        return not_ready
    served = {"ready": True, "publication": state.served.id, "model_version": state.served.model_version}
    return JSONResponse(served | {"refused": state.rejection, "registry": state.registry_mismatch}, headers=headers)
