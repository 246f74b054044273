"""Choosing positions of the classification: by their words, or by browsing; never by identifier."""
