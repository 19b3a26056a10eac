"""The parts of the picture that ``draw_harbour.py`` draws, one a file."""
