"""Count files in, COUNTS out: one module per layout, a registry that recognises them by content, one honest refusal."""

from movement.sources.counters.checking import SeriesCheck, TableCheck, check_file
from movement.sources.counters.folder import CountsRead, read_count_file, read_counts_folder

__all__ = ["CountsRead", "SeriesCheck", "TableCheck", "check_file", "read_count_file", "read_counts_folder"]
