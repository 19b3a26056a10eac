"""Media made on this machine, and jobs made to fit an endpoint.

* local_jobs, make: the local steps: found in the store, or made with ffmpeg
* video_fit, image_fit, cuts: what has to be done so that an endpoint takes a medium
* prepare: the jobs that a long shot becomes; shots: bought piece by piece, and joined again
* resolve_media, free_step: media and arguments before a job is made
"""
