"""A rehearsal: a local server that speaks fal's protocol over HTTP and draws with ffmpeg.

It gives free runs to people, and it is the oracle of the tests: its book has every job that was
accepted, even if the reply was lost.

* server, options, stage: the server, its addresses, its shared state
* queue, cdn, platform: fal's hosts
* control: the book, the faults and the schemas over HTTP, which fal does not have
* fal_replies, spoilt_replies, faults: replies as fal writes them, and faults on demand
* accepted_job, crew, model: a job, and how it is done
* wanted, input_files: what a job asks for, and its files
* draw, spoil: the drawing, and how it is spoilt on demand
* book, shelf: accepted jobs, and files
"""

from shotgraph.rehearsal.options import Bases, Options
from shotgraph.rehearsal.server import RehearsalServer, serve

__all__ = ["Bases", "Options", "RehearsalServer", "serve"]
