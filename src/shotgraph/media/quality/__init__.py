"""What a model returns, looked at: what a person would see or hear that should not be there.

* flaw: one thing that is wrong with a clip, and when; the kinds, and how much each counts
* measures: a clip in numbers, a few for each frame; kept by the clip's hash
* measuring: decodes a clip once, for its measures
* seen_flaws, heard_flaws: measures → what is wrong with the picture, with the sound
* cut_sides: the measures of two clips → what differs where one follows the other
* same_motion: the measures of a clip and of its source → whether they move alike
"""
