"""Counts judged and averaged: COUNTS with flags, daily totals, average days."""
