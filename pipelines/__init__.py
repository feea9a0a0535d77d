"""One module per stage of a run, and what they share."""

import sys
from types import TracebackType

# Every stage is a process of its own: where Python was told to keep no bytecode, each would compile pandas and the rest
# again, which doubles the time of a run.
sys.dont_write_bytecode = False


def _say_missing_kernel(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Say in words that numba is missing, which shows before a stage has started; all else as Python does."""
    if isinstance(error, ImportError) and str(error.name).split(".")[0] in ("numba", "llvmlite"):
        from movement.tables import Fault
        from pipelines import stage

        stage.say_faults([Fault("kernel_missing", value=str(error))])
    else:
        sys.__excepthook__(kind, error, trace)


sys.excepthook = _say_missing_kernel
