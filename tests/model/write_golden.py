"""Write golden ledgers: every record that the present code writes, in every state.

python -m tests.model.write_golden v2

Once, for each new form of a record; what is there is never written anew, for people's stores hold
records of every form that there ever was. See `test_golden`.
"""

import asyncio
import json
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from shotgraph.fal.bases import FalBases
from shotgraph.fal.known_urls import KnownUrls
from shotgraph.fal.submit import request_by_id
from shotgraph.keys import Key
from shotgraph.ledger import (
    Accepted,
    Attempt,
    Budget,
    Budgets,
    CancelAsked,
    Claims,
    Doubt,
    Ended,
    Event,
    Forgotten,
    GivenUp,
    Intent,
    Ledger,
    Result,
    Results,
    Turned,
)
from shotgraph.media.info import AudioInfo, MediaInfo
from shotgraph.store import Store, open_store

from .still_clock import StillClock
