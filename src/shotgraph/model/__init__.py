"""Types that all packages use: references to media, and the arguments that hold them.

* references: the values of a media field
* walk: the walk over a tree of arguments
* fields: finding and replacing media in arguments; arguments without a model
* file_memory: results for a file, kept in memory as long as the file does not change
"""
