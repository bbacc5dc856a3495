"""Exercises for students: write the parts of the book yourself, and hear which mistake it is."""

from mlpedu.classroom.checking import Report, check

__all__ = ["Report", "check"]
