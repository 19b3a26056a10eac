"""Take files and URLs into the store: guard, fetch, check and hash them.

* intake: convert the media of a step to assets; fetch files from URLs
* guard: the URLs and addresses from which files may be fetched
* hosts: fal's five addresses
* known_media: assets that are known without fetching
"""
