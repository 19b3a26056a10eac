"""Pictures of clips and films, for people to look at.

* filmstrip: one row of a clip
* contact_sheet: a film at a glance
* poster: the one picture that stands for it
* preview: a few seconds that move, in 60 kB
* before_after: two clips side by side, and one wiped over the other
"""
