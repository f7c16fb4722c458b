"""Ask pip-audit whether anything in the locks is known to be vulnerable; skip it with a word where it cannot be asked.

python docs/audit.py    exit 0: nothing known, or skipped; 1: something is known
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock")


def main() -> int:
    """Audit each lock; the exit status."""
    found = 0
    for lock in LOCKS:
        options = ["--requirement", lock, "--disable-pip", "--no-deps", "--progress-spinner", "off", "--timeout", "20"]
        command = [sys.executable, "-m", "pip_audit", *options]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        if "No known vulnerabilities" in done.stdout + done.stderr:
            print(f"{lock}: no known vulnerabilities")
        elif "Found" in done.stdout + done.stderr:
            print(f"{lock}:\n{done.stdout}")
            found = 1
        else:
            why = (done.stderr.strip().splitlines() or ["it said nothing"])[-1][:200]
            print(f"{lock}: not audited, since pip-audit could not be asked ({why})")
    return found


if __name__ == "__main__":
    sys.exit(main())
