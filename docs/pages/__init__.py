"""The pages of the reference, each made out of the code that it describes."""
