"""Parameters that routes and pages share: the served publication and the code of a capital."""

from typing import Annotated

from fastapi import Depends, Path, Request

from serving.api.errors import ApiError
from serving.served_publication import ServedPublication
from serving.store import Store


async def current_publication(request: Request) -> ServedPublication:
    """Return the publication pinned to the request; 503 with the reason while none is loaded.

    A coroutine, like every dependency that waits for nothing: FastAPI runs others in a thread, which takes longer than
    they do.
    """
    served = request.state.served
    if isinstance(served, ServedPublication):
        return served
    store: Store = request.app.state.store
    raise ApiError(503, "not_ready", f"nothing to serve yet: {store.not_ready_reason}")


Iso3 = Annotated[str, Path(description="ISO3 code of the state, such as MLI.", max_length=60)]
CurrentPublication = Annotated[ServedPublication, Depends(current_publication)]
