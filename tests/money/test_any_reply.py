"""Any reply, at any of fal's addresses, in any order: a fixed few of what `make outside` tries."""

from tests.outside.any_reply import try_replies


async def test_no_reply_breaks_a_purchase() -> None:
    figures = await try_replies(seed=20_000, examples=40)
    assert not figures.wrong, figures.told
    assert figures.examples == 40
    assert figures.replies > 120, "they met some"
    assert figures.submits > 40, "some were refused, or ended, by fal's own word"
