"""A rehearsal: a local server that speaks fal's protocol over HTTP and draws with ffmpeg.

It gives free runs to people, and it is the oracle of the tests: its book knows every job that was
accepted, whatever became of the reply.

* server:    started, announced, stopped
* app:       fal's hosts: queue, run, storage, cdn, platform; and control, which is ours
* places:    the key check and the faults, around every request
* job, crew: one job; who does it
* model:     wanted, inputs, input_limits, draw: what happens in a job
* book:      what was accepted and charged
* faults:    what goes wrong on demand
"""

from shotgraph.rehearsal.options import Bases, Options
from shotgraph.rehearsal.server import RehearsalServer, serve

__all__ = ["Bases", "Options", "RehearsalServer", "serve"]
