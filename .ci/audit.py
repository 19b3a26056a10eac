"""Look each package of the lock up in a list of known flaws: ``python .ci/audit.py [pypi | osv]``.

pip-audit ends with "no known vulnerabilities" where its list knows none of the packages, as it is
behind a mirror. Here that is an error, because nothing is known then.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

LOCK = Path(__file__).parents[1] / "constraints.txt"
FEEDS = {"pypi": "PyPI", "osv": "api.osv.dev"}
RIGHT, FLAWS, UNKNOWN = 0, 1, 2


def main() -> int:
    """Audit the lock; the exit code is 0, 1 if there are flaws, 2 if that is not known."""
    feed = sys.argv[1] if len(sys.argv) > 1 else "pypi"
    if feed not in FEEDS:
        print(f"{feed} is no list; allowed: {', '.join(FEEDS)}", file=sys.stderr)
        return UNKNOWN
    options = ("--require-hashes", "--disable-pip", "--progress-spinner", "off", "--format", "json")
    ran = subprocess.run(  # noqa: S603  our own words
        [sys.executable, "-m", "pip_audit", "-s", feed, "-r", LOCK, *options],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        document = json.loads(ran.stdout)
    except ValueError:
        last = ran.stderr.strip().rpartition("\n")[2] or f"exit code {ran.returncode}"
        document = {"dependencies": [{"name": "", "skip_reason": last}]}
    code, said = verdict(document, FEEDS[feed])
    print(said, file=sys.stderr if code else sys.stdout)
    return code


def verdict(document: dict[str, Any], feed: str) -> tuple[int, str]:
    """Say what pip-audit's document comes to.

    Args:
        document: Its JSON.
        feed: The host of its list.

    Returns:
        The exit code, and what is said.
    """
    packages = document["dependencies"]
    known = [one for one in packages if "skip_reason" not in one]
    skipped = [one for one in packages if "skip_reason" in one]
    if not known:
        why = skipped[0]["skip_reason"] if skipped else "no package was looked up"
        return UNKNOWN, (
            f"the list of known flaws at {feed} could not be asked ({why}), so nothing is known of "
            f"the packages. Run it where {feed} itself is reached, not a mirror of it, or ask the "
            "other list: make audit FEED=osv"
        )
    flaws = [
        f"{one['name']} {one['version']}: {flaw['id']}, mended in "
        f"{', '.join(flaw.get('fix_versions', [])) or 'no release yet'}"
        for one in known
        for flaw in one["vulns"]
    ]
    lines = [f"{len(known)} packages were looked up at {feed}, and {len(flaws)} flaws are known"]
    lines += [f"  {flaw}" for flaw in flaws]
    lines += [f"  not looked up: {one['name']}: {one['skip_reason']}" for one in skipped]
    if flaws:
        return FLAWS, "\n".join(lines)
    return (UNKNOWN if skipped else RIGHT), "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
