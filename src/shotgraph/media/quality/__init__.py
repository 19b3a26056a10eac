"""Find the faults of a clip that a model returned: faults that a person would see or hear.

* flaw: one fault of a clip, with its time; the kinds of faults, and their weights
* measures: a clip in numbers, a few for each frame; kept by the clip's hash
* measuring: decodes a clip once, for its measures
* seen_flaws, heard_flaws: measures → the faults of the picture, of the sound
* judging: the measures of a clip and its source → all faults of the clip
* cut_sides: the measures of two clips → the differences at the cut between them
* same_motion: the measures of a clip and of its source → whether they move alike
* as_sent: the measures of a source → its measures at the frame rate that the model gets
* thresholds: the limits of all checks, with their sources
"""
