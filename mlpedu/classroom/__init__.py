"""Exercises for students: write the parts of the book yourself, and hear which mistake it is."""
