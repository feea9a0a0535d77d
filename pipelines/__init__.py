"""One module per stage of a run, and what they share."""

import sys

# Every stage is a process of its own: where Python was told to keep no bytecode, each would compile pandas and the rest
# again, which doubles the time of a run.
sys.dont_write_bytecode = False
