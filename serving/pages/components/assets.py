"""Style sheet and scripts under names with a hash of their content, so that browsers may cache them forever."""

import hashlib
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "static"
TYPES = {".css": "text/css", ".js": "text/javascript"}


@cache
def assets() -> dict[str, tuple[bytes, str]]:
    """Return content and media type of every file by its served name, such as `style.3f9a0c1d.css`."""
    files = {}
    for path in sorted(FOLDER.iterdir()):
        content = path.read_bytes()
        files[f"{path.stem}.{hashlib.sha256(content).hexdigest()[:8]}{path.suffix}"] = (content, TYPES[path.suffix])
    return files


@cache
def address(name: str) -> str:
    """Return the path at which a file is served: "style.css" at /static/style.3f9a0c1d.css."""
    stem, _, suffix = name.rpartition(".")
    return next(f"/static/{served}" for served in assets() if served.split(".")[::2] == [stem, suffix])
