"""The one place where Chokepoint reads its environment."""

import os
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

REPOSITORY = Path(__file__).resolve().parent.parent
"""Folder that holds the four packages; the starter panel and the reference tables are found from it."""


class Settings(BaseSettings):
    """What a user may set through `CHOKEPOINT_*` environment variables; frozen after start."""

    model_config = SettingsConfigDict(env_prefix="CHOKEPOINT_", frozen=True, extra="ignore")

    home: Path = Field(
        Path(".chokepoint"), description="Folder for snapshots, panels, forecasts and the MLflow database."
    )
    mlflow_tracking_uri: str = Field(
        "", description="MLflow tracking server; empty means SQLite inside the home folder."
    )
    experiment: str = Field("chokepoint", description="Name of the MLflow experiment.")
    registered_model: str = Field("capital-disruption", description="Name of the registered model.")
    threads: int = Field(2, ge=1, description="Threads for fitting; serving always predicts with one.")
    interval_refits: int = Field(20, ge=2, description="Refits on redrawn capitals behind the 90 % intervals.")
    host: str = Field("127.0.0.1", description="Address the service binds to.")
    port: int = Field(3000, ge=1, le=65535, description="Port of the service.")
    workers: int = Field(1, ge=1, description="Processes that answer; each holds the issue in memory.")
    insecure: bool = Field(False, description="Answer anybody without a key, on any address.")
    rate: float = Field(
        100.0, ge=0, description="Requests a second of one key or address, in each worker; 0 is no limit."
    )
    burst: int = Field(200, ge=1, description="Requests one key or address may make at once.")
    concurrency: int = Field(64, ge=1, description="Requests a worker answers at once before it says 503.")
    max_body_mb: float = Field(8.0, gt=0, description="Largest body in MB.")
    max_rows: int = Field(5000, ge=1, description="Most rows of one prediction.")
    log_format: Literal["text", "json"] = Field("text", description="How the service writes its access log.")
    traces: Literal["", "console", "otlp"] = Field("", description="Where OpenTelemetry traces go; none by default.")
    follow_seconds: float = Field(15.0, gt=0, description="How often the service asks the registry for its champion.")
    mlflow_port: int = Field(5000, ge=1, le=65535, description="Port of the MLflow UI.")
    ingest: bool = Field(False, description="Let `chokepoint retrain` fetch every open source first.")
    traceback: bool = Field(False, description="Show Python's traceback for errors a user can mend.")
    mirrors: dict[str, str] = Field({}, description="Address to use in place of a publisher's host, as JSON.")
    acled_email: str = Field("", description="Email of a myACLED account; ACLED is off without it.")
    acled_password: SecretStr = Field(SecretStr(""), description="Password of that account.")
    fetch_timeout: float = Field(60.0, gt=0, description="Seconds of silence after which a request has failed.")
    fetch_attempts: int = Field(5, ge=1, description="Tries of one request before it has failed.")
    fetch_backoff: float = Field(
        1.0, ge=0, description="Seconds before the second try, doubled before each further one."
    )
    fetch_interval: float = Field(0.25, ge=0, description="Least seconds between two requests to one host.")

    public_url: str = Field("", description="Address readers reach the service at, for links; empty: host and port.")
    alert_rules: Path | None = Field(None, description="File of alert rules; default alerts.toml in the home folder.")
    alerts_allow_private: bool = Field(
        False, description="Deliver alerts to private, loopback and link-local addresses."
    )
    webhook_secret: SecretStr = Field(SecretStr(""), description="Secret that deliveries of alerts are signed with.")

    @property
    def rules(self) -> Path:
        """File of alert rules; where it does not exist the default rules hold."""
        return self.alert_rules or self.home / "alerts.toml"

    @property
    def base_url(self) -> str:
        """Address of links, without a slash at its end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def snapshots(self) -> Path:
        """Append-only store of publishers' files."""
        return self.home / "snapshots"

    @property
    def downloads(self) -> Path:
        """Downloads on their way, resumed by the next run."""
        return self.home / "downloads"

    @property
    def panel(self) -> Path:
        """Compiled panel made by `chokepoint ingest`; takes the place of the starter panel when it exists."""
        return self.home / "panel"

    @property
    def keys(self) -> Path:
        """Hashes of the API keys; only its owner may read it."""
        return self.home / "keys.json"

    @property
    def published(self) -> Path:
        """Published forecasts and the tables that go with them."""
        return self.home / "published"

    @property
    def tracking_uri(self) -> str:
        """MLflow tracking URI in force."""
        return self.mlflow_tracking_uri or f"sqlite:///{(self.home / 'mlflow.db').resolve()}"


def from_environment(name: str) -> str:
    """Return a variable that a user's own file names, such as a receiver's secret; empty where it is not set."""
    return os.environ.get(name, "")


@lru_cache
def settings() -> Settings:
    """Return the settings of this process."""
    return Settings()
