# SPDX-License-Identifier: GPL-3.0-or-later
"""What must be installed. The lists stand in deploy/install-packages.sh, which also installs what is in them."""
import subprocess
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[3] / "deploy" / "install-packages.sh"


def missing(purpose="run"):
    """The packages of a list ("build", "run", "test") that this machine lacks."""
    return subprocess.run([SCRIPT, "--missing", purpose], capture_output=True, text=True, check=True).stdout.split()
