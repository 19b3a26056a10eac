"""Kling O1: one file for each endpoint. A new file here is a new kind of step."""
