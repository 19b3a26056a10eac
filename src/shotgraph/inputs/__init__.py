"""Files and URLs are taken into the store: guarded, checked and hashed.

* intake: the media of a step become assets; files behind URLs are fetched
* guard: the addresses that may be asked
* hosts: fal's five addresses
* known_media: assets that are known without fetching
"""
