"""The error of a tracking server that does not answer or fails."""

from urllib.parse import urlsplit


class TrackingError(OSError):
    """MLflow failed, so that its contents are unknown; checkpoints on disk remain."""

    @classmethod
    def at(cls, uri: str, error: Exception) -> "TrackingError":
        """Return the error with its cause and remedy, without the password that the address may contain."""
        address = uri.replace(f":{urlsplit(uri).password}@", ":***@")
        reason = str(error).partition("\n")[0]
        return cls(
            f"MLflow at {address} failed: {reason}; finished stages are kept: run the command again when it answers"
        )
