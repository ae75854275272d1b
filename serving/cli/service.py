"""`chokepoint serve`, `chokepoint mlflow-ui` and `chokepoint keys`: the service, its API keys and the MLflow UI."""

import json
import os
import sys
from typing import Annotated

import typer

from serving.cli.console import Json, errors

keys_app = typer.Typer(no_args_is_help=True, help="API keys of the service.")


def serve(
    host: Annotated[str, typer.Option(help="Address to bind to; default CHOKEPOINT_HOST.")] = "",
    port: Annotated[int, typer.Option(help="Port; default CHOKEPOINT_PORT.")] = 0,
    insecure: Annotated[bool, typer.Option("--insecure", help="Serve without keys, on any address.")] = False,
) -> None:
    """Start the HTTP API and the pages on the published champion; other machines are answered only with a key."""
    from serving.service import run

    run(host or None, port or None, insecure=insecure)


def mlflow_ui(port: Annotated[int, typer.Option(help="Port; default CHOKEPOINT_MLFLOW_PORT.")] = 0) -> None:
    """Open the MLflow UI on the runs and registered models of this home folder."""
    from data.settings import settings

    database = settings().home / "mlflow.db"
    if not settings().mlflow_tracking_uri and not database.exists():
        raise FileNotFoundError(f"no MLflow database at {database}: run `make forecast` or `chokepoint retrain` first")
    from training.tracking import ui_views
    from training.tracking.connection import connection

    port = port or settings().mlflow_port
    with connection() as experiment:
        errors.print(f"Retrainings: {ui_views.retrainings_url(port, experiment)}", soft_wrap=True, highlight=False)
    _become_mlflow_server(port, settings().tracking_uri)


def _become_mlflow_server(port: int, tracking_uri: str) -> None:
    """Replace this process with the server: one worker and no job processes halve its start and need a fifth of the memory."""
    environment = os.environ | {
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "1",
    }
    options = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--backend-store-uri", tracking_uri]
    os.execve(sys.executable, [sys.executable, "-m", "mlflow", "server", *options], environment)  # noqa: S606


@keys_app.command("create")
def create_key(
    name: Annotated[str, typer.Argument(help="Holder of the key, for the list and the access log.")],
    scope: Annotated[str, typer.Option(help="read, predict (reads too) or admin (everything).")] = "read",
    as_json: Json = False,
) -> None:
    """Make a key and show it, once; from then on every request needs one."""
    from data.settings import settings
    from serving.api import api_keys

    chosen = next((s for s in api_keys.SCOPES if s == scope), None)
    if chosen is None:
        raise ValueError(f"unknown scope {scope!r}: choose one of {', '.join(api_keys.SCOPES)}")
    key, secret = api_keys.create_key(settings().keys, name, chosen)
    content = {"id": key.id, "name": key.name, "scope": key.scope, "key": secret}
    typer.echo(json.dumps(content) if as_json else f"{secret}\nStore it now: it is not shown again (id {key.id}).")


@keys_app.command("list")
def list_keys(as_json: Json = False) -> None:
    """List the keys, without their secrets."""
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
        typer.echo("There is no key: only requests from this machine are answered.")


@keys_app.command("revoke")
def revoke_key(
    number: Annotated[str, typer.Argument(metavar="ID", help="Id of the key, from `chokepoint keys list`.")],
    as_json: Json = False,
) -> None:
    """Revoke a key: running services refuse it, and its sessions, at once."""
    from data.settings import settings
    from serving.api import api_keys

    key = api_keys.revoke_key(settings().keys, number)
    typer.echo(json.dumps({"revoked": key.id}) if as_json else f"{key.id} ({key.name}) is revoked.")
