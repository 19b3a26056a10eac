"""A button that asks Prefect for something."""

from playwright.sync_api import Locator, Page, Response

from tests.locked_database import LOCKED

TIMES = 5


def press(page: Page, button: Locator, path: str) -> int:
    """Press it; gives the status of the answer.

    It is pressed again where SQLite was locked, as a person does: Prefect's own client asks again
    in that case, its UI does not.

    Args:
        page: The page that it is on.
        button: The button.
        path: In the address that is asked.
    """

    def is_it(response: Response) -> bool:
        return response.request.method == "POST" and path in response.url

    for _ in range(TIMES):
        with page.expect_response(is_it) as answered:
            button.click()
        if answered.value.status != LOCKED:
            return answered.value.status
    raise AssertionError(f"Prefect's database stays locked: {path}")
