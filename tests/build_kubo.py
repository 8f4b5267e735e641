"""Builds a real IPFS node for the tests: ``python tests/build_kubo.py .tools/ipfs``. Needs Go; 4 CPU minutes.

Its go.mod has exclusions, which ``go install MODULE@VERSION`` refuses; built from its own folder in Go's
module cache, every module that it needs is the one that its go.sum names.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

MODULE = "github.com/ipfs/kubo"
VERSION = "v0.43.0"


def main(out: str) -> None:
    target = Path(out).resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    found = subprocess.run(
        ["go", "mod", "download", "-json", f"{MODULE}@{VERSION}"], check=True, capture_output=True, text=True
    )
    part = target.with_suffix(".part")
    env = {**os.environ, "GOFLAGS": "-buildvcs=false", "CGO_ENABLED": "0"}
    command = ["go", "build", "-trimpath", "-ldflags=-s -w", "-o", str(part), "./cmd/ipfs"]
    subprocess.run(command, check=True, cwd=json.loads(found.stdout)["Dir"], env=env)
    part.replace(target)


if __name__ == "__main__":
    main(sys.argv[1])
