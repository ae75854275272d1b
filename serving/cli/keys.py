"""`chokepoint keys`: make, list and revoke API keys."""

import json
from typing import Annotated

import typer

from serving.cli.options import Json

keys_app = typer.Typer(no_args_is_help=True, help="API keys of the service.")


@keys_app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="Whose key it is, for the list and the access log.")],
    scope: Annotated[str, typer.Option(help="read, predict (reads too) or admin (everything).")] = "read",
    as_json: Json = False,
) -> None:
    """Make a key and show it, once; from then on every request needs one."""
    from serving.cli.console import fail_clearly

    with fail_clearly():
        from data.settings import settings
        from serving.api import api_keys

        chosen = next((s for s in api_keys.SCOPES if s == scope), None)
        if chosen is None:
            raise ValueError(f"unknown scope {scope!r}: choose one of {', '.join(api_keys.SCOPES)}")
        key, secret = api_keys.create_key(settings().keys, name, chosen)
        shown = {"id": key.id, "name": key.name, "scope": key.scope, "key": secret}
        typer.echo(json.dumps(shown) if as_json else f"{secret}\nKeep it now: it is not shown again (id {key.id}).")


@keys_app.command("list")
def list_keys(as_json: Json = False) -> None:
    """List the keys, without their secrets."""
    from serving.cli.console import fail_clearly

    with fail_clearly():
        from data.settings import settings
        from serving.api import api_keys

        ring = api_keys.read_keys(settings().keys)
        rows = [
            {"id": k.id, "name": k.name, "scope": k.scope, "created_at": k.created_at}
            for k in (ring.keys.values() if ring else ())
        ]
        if as_json:
            typer.echo(json.dumps(rows))
            return
        for row in rows:
            typer.echo(f"{row['id']}  {row['scope']:<8} {row['created_at'][:16]}  {row['name']}")
        if not rows:
            typer.echo("There is no key: only this machine is answered.")


@keys_app.command("revoke")
def revoke(
    number: Annotated[str, typer.Argument(metavar="ID", help="Id of the key, from `chokepoint keys list`.")],
    as_json: Json = False,
) -> None:
    """Revoke a key: running services refuse it, and its sessions, at once."""
    from serving.cli.console import fail_clearly

    with fail_clearly():
        from data.settings import settings
        from serving.api import api_keys

        key = api_keys.revoke_key(settings().keys, number)
        typer.echo(json.dumps({"revoked": key.id}) if as_json else f"{key.id} ({key.name}) is revoked.")
