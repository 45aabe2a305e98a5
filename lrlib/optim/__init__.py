"""The torch surface over pure schedules: drivers of any optimizer, and rates that answer to what is seen."""

from lrlib.rules import lacking

try:
    from lrlib.optim.drive import ParamSchedule, ScheduleLR
    from lrlib.optim.feedback import Feedback, FeedbackLR, Greedy, Plateau, Standing, noise, swa
except ModuleNotFoundError as error:
    raise lacking(error, __name__) from None

__all__ = [
    "Feedback", "FeedbackLR", "Greedy", "ParamSchedule", "Plateau", "ScheduleLR", "Standing", "noise", "swa"
]  # fmt: skip
