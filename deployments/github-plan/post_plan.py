"""Post a plan in a pull request: one comment for each file, and only if the plan has changed.

Args: the pipeline file, the plan as Markdown, and the text of stderr. Environment, as GitHub
Actions sets it: GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_TOKEN, and PULL_REQUEST.
"""

import json
import os
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MOST_CHARS = 65_000
"""The longest text; GitHub takes 65,536 characters in a comment."""
PER_PAGE = 100


def marker_of(file: str) -> str:
    """Return the line by which the comment of a file is found again."""
    return f"<!-- shotgraph plan of {file.replace('--', '- -')} -->"


def body_of(file: str, plan: str, problems: str) -> str:
    """Write the comment: the plan, or the reason why there is none."""
    if plan.strip():
        return f"{marker_of(file)}\n{plan}"[:MOST_CHARS]
    said = problems.replace("```", "'''").strip()[: MOST_CHARS - 1000]
    return f"{marker_of(file)}\n### There is no plan of `{file}`\n\n```text\n{said}\n```\n"


class PullRequest:
    """The comments of one pull request.

    Args:
        env: The environment of a GitHub action.
    """

    def __init__(self, env: dict[str, str]) -> None:
        self._base = f"{env['GITHUB_API_URL']}/repos/{env['GITHUB_REPOSITORY']}"
        self._number = int(env["PULL_REQUEST"])
        self._token = env["GITHUB_TOKEN"]

    def post(self, file: str, body: str) -> str:
        """Write the comment of a file if it has changed; return "unchanged", "changed" or "new"."""
        marker = marker_of(file)
        for comment in self._comments():
            if not str(comment["body"]).startswith(marker):
                continue
            if str(comment["body"]).replace("\r\n", "\n").strip() == body.strip():
                return "unchanged"
            self._ask("PATCH", f"/issues/comments/{int(comment['id'])}", {"body": body})
            return "changed"
        self._ask("POST", f"/issues/{self._number}/comments", {"body": body})
        return "new"

    def _comments(self) -> Iterator[dict[str, Any]]:
        page = 1
        while True:
            at = f"/issues/{self._number}/comments?per_page={PER_PAGE}&page={page}"
            found = self._ask("GET", at)
            yield from found
            if len(found) < PER_PAGE:
                return
            page += 1

    def _ask(self, method: str, path: str, document: dict[str, str] | None = None) -> Any:
        request = urllib.request.Request(  # noqa: S310  GitHub's own address
            f"{self._base}{path}",
            method=method,
            data=json.dumps(document).encode() if document is not None else None,
            headers={
                "Authorization": f"Bearer {self._token}",
                "Accept": "application/vnd.github+json",
            },
        )
        with urllib.request.urlopen(request, timeout=30) as reply:  # noqa: S310
            return json.load(reply)


def main() -> None:
    """Post the plan of one file."""
    file, plan, problems = sys.argv[1:4]
    body = body_of(file, Path(plan).read_text(), Path(problems).read_text())
    print(f"{file}: the plan is {PullRequest(dict(os.environ)).post(file, body)}")


if __name__ == "__main__":
    main()
