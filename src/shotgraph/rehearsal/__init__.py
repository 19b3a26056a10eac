"""A rehearsal: a local server that speaks fal's protocol over HTTP and draws with ffmpeg.

It gives people free runs. It is also the oracle of the tests: its book lists every accepted job,
even if the reply was lost.

* server, options, stage: the server, its addresses, its shared state
* queue, cdn, platform: fal's hosts
* control: the book, the faults and the schemas over HTTP; fal has no such routes
* fal_replies, spoilt_replies, faults: replies in fal's form, and faults on demand
* accepted_job, crew, model: a job, the workers, and the model
* wanted, input_files: the arguments of a job, and its input files
* draw, spoil: draw a clip, and add a fault to the clip on demand
* book, shelf: accepted jobs, and files
"""

from shotgraph.rehearsal.options import Bases, Options
from shotgraph.rehearsal.server import RehearsalServer, serve

__all__ = ["Bases", "Options", "RehearsalServer", "serve"]
