"""The login page: a key is exchanged for a signed session cookie and stored nowhere."""

from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from serving.api.api_keys import SESSION_SECONDS, Keyring
from serving.api.sessions import COOKIE, LOGIN
from serving.pages.components.render import page

router = APIRouter(include_in_schema=False)


@router.get(LOGIN, response_class=HTMLResponse)
def login(next: str = "/") -> HTMLResponse:  # noqa: A002 - the parameter's name in the address
    """Ask for a key."""
    return _form(next, wrong=False)


@router.post(LOGIN)
async def open_session(request: Request) -> Response:
    """Check the key, set the session cookie (HttpOnly, SameSite=Strict) and redirect."""
    fields = parse_qs((await request.body()).decode("utf-8", "replace"))
    target = fields.get("next", ["/"])[0]
    ring = getattr(request.state, "keys", None)
    key = ring.check(fields.get("key", [""])[0].strip()) if isinstance(ring, Keyring) else None
    if key is None or not isinstance(ring, Keyring):
        refused = _form(target, wrong=True)
        refused.status_code = 401
        return refused
    response = RedirectResponse(_local_path(target), 303)
    response.set_cookie(
        COOKIE,
        ring.open_session(key),
        max_age=SESSION_SECONDS,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return response


def _form(target: str, *, wrong: bool) -> HTMLResponse:
    form = page(None, "login.html", target=_local_path(target), wrong=wrong)
    form.headers["Cache-Control"] = "no-store"
    return form


def _local_path(target: str) -> str:
    """Return the path to redirect to, never another site."""
    is_local = target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if is_local and target.isprintable() else "/"
