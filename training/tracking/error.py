"""What is raised where MLflow does not answer or cannot do what it was asked."""

from urllib.parse import urlsplit


class TrackingError(OSError):
    """MLflow failed: nothing is known of what it holds, and everything that is finished is kept."""

    @classmethod
    def at(cls, uri: str, error: Exception) -> "TrackingError":
        """Say what failed and what to do, without the password that an address may hold."""
        place = uri.replace(f":{urlsplit(uri).password}@", ":***@")
        said = str(error).partition("\n")[0]
        return cls(f"MLflow at {place} failed: {said}; what is finished is kept: run the command again when it answers")
