"""Clips that look or sound otherwise than the film: turned, mirrored, HDR, transparent."""
