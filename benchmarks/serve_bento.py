"""Build the Bento, install what it names into a new environment, serve from there and ask: nothing of this checkout is on the path.

Run: `.venv/bin/python benchmarks/serve_bento.py` with a retrained home (CHOKEPOINT_HOME); about a minute, most of it the installation.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from benchmarks.time_serving import ROW, free_port, running
from data.settings import REPOSITORY, settings


def main() -> None:
    """Print how long each step took and what the Bento answered."""
    with tempfile.TemporaryDirectory() as made:
        folder, started = Path(made), time.perf_counter()

        def said(what: str) -> None:
            print(f"{time.perf_counter() - started:6.1f} s  {what}", flush=True)

        quiet = os.environ | {"BENTOML_HOME": str(folder / "bentoml"), "BENTOML_DO_NOT_TRACK": "true"}
        subprocess.run([sys.executable, "-m", "bentoml", "build"], cwd=REPOSITORY, env=quiet, check=True)
        (bento,) = [b for b in (folder / "bentoml" / "bentos" / "chokepoint").iterdir() if b.is_dir()]
        said("built")
        uv = str(Path(sys.executable).with_name("uv"))
        python = str(folder / "environment" / "bin" / "python")
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(folder / "environment")], check=True)
        needed = bento / "env" / "python" / "requirements.txt"
        install = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python, "-r", str(needed)]
        subprocess.run(install, check=True)
        said("installed")
        port = free_port()
        command = [python, "-m", "bentoml", "serve", str(bento), "--port", str(port)]
        environment = {
            "CHOKEPOINT_HOME": str(settings().home.resolve()),
            "PYTHONPATH": "",
            "BENTOML_DO_NOT_TRACK": "true",
        }
        with running(command, "/readyz", environment, port, folder) as (_, ready):
            said(f"ready {ready:.1f} s after its start")
            asked = urllib.request.Request(
                f"http://127.0.0.1:{port}/v1/predict", ROW, {"Content-Type": "application/json"}
            )
            with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310 - our own address
                told = json.load(answer)
            risks = ", ".join(f"{t} {c['risk']}" for t, c in told["predictions"][0]["targets"].items())
            said(
                f"POST /v1/predict {answer.status}: {told['model']} {told['model_version']} of {told['origin']}: {risks}"
            )
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60) as page:
                said(f"GET / {page.status}: {len(page.read()):,} bytes")


if __name__ == "__main__":
    main()
