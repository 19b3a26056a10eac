"""What every part shares: references to media, and the arguments that hold them.

* references: what a media field may hold
* walk: the one walk over a tree of arguments
* fields: the media in arguments, found and replaced; arguments without a model
* file_memory: what was found in a file, as long as it does not change
"""
