"""Saves a block that posts to a URL: ``python -m tests.production.webhook NAME URL``."""

import sys

from prefect.blocks.webhook import Webhook
from pydantic import SecretStr

if __name__ == "__main__":
    name, url = sys.argv[1:]
    Webhook(url=SecretStr(url), allow_private_urls=True).save(name, overwrite=True)
