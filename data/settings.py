"""Settings from the environment, read here and nowhere else."""

import os
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

REPOSITORY = Path(__file__).resolve().parent.parent
"""Folder of the four packages, the starter panel and the reference tables."""


class Settings(BaseSettings):
    """Settings by their `CHOKEPOINT_*` environment variables; frozen after start."""

    model_config = SettingsConfigDict(env_prefix="CHOKEPOINT_", frozen=True, extra="ignore")

    home: Path = Field(
        Path(".chokepoint"),
        description="Home folder: snapshots, panel, publications, alerts and the MLflow database.",
    )
    mlflow_tracking_uri: str = Field(
        "", description="URI of the MLflow tracking server. Empty: SQLite in the home folder."
    )
    experiment: str = Field("chokepoint", description="Name of the MLflow experiment of retrainings and studies.")
    registered_model: str = Field("capital-disruption", description="Name of the registered model in MLflow.")
    threads: int = Field(2, ge=1, description="Threads of model fitting; the service always predicts with one.")
    interval_refits: int = Field(
        20, ge=2, description="Bootstrap refits on resampled capitals behind the 90 % intervals of a forecast."
    )

    host: str = Field("127.0.0.1", description="Address the service binds to; others than loopback require API keys.")
    port: int = Field(3000, ge=1, le=65535, description="TCP port of the service.")
    workers: int = Field(
        1, ge=1, description="Worker processes of the service; each holds the publication in its own memory."
    )
    insecure: bool = Field(False, description="Serve without API keys, on any address.")
    rate: float = Field(
        100.0, ge=0, description="Rate limit of one API key or client address in each worker, requests/s. 0: no limit."
    )
    burst: int = Field(200, ge=1, description="Requests that one key or client address may make at once.")
    concurrency: int = Field(
        64, ge=1, description="Requests that a worker processes at once; further ones get status 503."
    )
    max_body_mb: float = Field(8.0, gt=0, description="Largest body of a request, MB.")
    max_rows: int = Field(5000, ge=1, description="Largest number of rows in one prediction request.")
    log_format: Literal["text", "json"] = Field("text", description="Format of the access log: `text` or `json`.")
    traces: Literal["", "console", "otlp"] = Field(
        "", description="Exporter of OpenTelemetry traces: `console` or `otlp`. Empty: none."
    )
    follow_seconds: float = Field(
        15.0, gt=0, description="Interval at which the service polls the registry for its champion, s."
    )
    mlflow_port: int = Field(5000, ge=1, le=65535, description="TCP port of the MLflow UI.")

    ingest: bool = Field(False, description="Download every open source at the start of `chokepoint retrain`.")
    traceback: bool = Field(False, description="Show Python's traceback of errors that a user can correct.")
    mirrors: dict[str, str] = Field({}, description="Mirrors of publishers, as JSON from host to base URL.")
    acled_email: str = Field("", description="Email of a myACLED account. Empty: ACLED is off.")
    acled_password: SecretStr = Field(SecretStr(""), description="Password of the myACLED account.")
    fetch_timeout: float = Field(
        60.0, gt=0, description="Timeout of a request to a publisher or receiver without a byte received, s."
    )
    fetch_attempts: int = Field(5, ge=1, description="Attempts of one request, the first included.")
    fetch_backoff: float = Field(
        1.0, ge=0, description="Backoff before the second attempt, s; doubled before each further one."
    )
    fetch_interval: float = Field(0.25, ge=0, description="Least interval between two requests to one host, s.")

    public_url: str = Field(
        "", description="Public base URL of the service, for links in alerts and briefings. Empty: host and port."
    )
    alert_rules: Path | None = Field(
        None, description="File of alert rules. Unset: `alerts.toml` in the home folder, or else the default rules."
    )
    alerts_allow_private: bool = Field(
        False, description="Deliver alerts to private, loopback and link-local addresses too."
    )
    webhook_secret: SecretStr = Field(
        SecretStr(""), description="Secret that signs webhook deliveries, at least 24 bytes as base64."
    )

    @property
    def rules(self) -> Path:
        """File of alert rules; where it does not exist the default rules apply."""
        return self.alert_rules or self.home / "alerts.toml"

    @property
    def base_url(self) -> str:
        """Base URL of links, without a trailing slash."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def snapshots(self) -> Path:
        """Folder of the append-only store of publishers' files."""
        return self.home / "snapshots"

    @property
    def downloads(self) -> Path:
        """Folder of partial downloads, which the next run resumes."""
        return self.home / "downloads"

    @property
    def panel(self) -> Path:
        """Folder of the user's own compiled panel, which takes precedence over the starter panel."""
        return self.home / "panel"

    @property
    def keys(self) -> Path:
        """File of the API keys' hashes, readable by its owner only."""
        return self.home / "keys.json"

    @property
    def published(self) -> Path:
        """Folder of publications."""
        return self.home / "published"

    @property
    def tracking_uri(self) -> str:
        """MLflow tracking URI in force."""
        return self.mlflow_tracking_uri or f"sqlite:///{(self.home / 'mlflow.db').resolve()}"


def from_environment(name: str) -> str:
    """Return the environment variable that a user's file names, such as a receiver's secret; empty where it is unset."""
    return os.environ.get(name, "")


@lru_cache
def settings() -> Settings:
    """Return the settings of this process."""
    return Settings()
