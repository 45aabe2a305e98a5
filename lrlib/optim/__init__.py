"""The torch surface over pure schedules: drivers of any optimizer, and rates that answer to what is seen."""

from lrlib.optim.drive import ParamSchedule, ScheduleLR
from lrlib.optim.feedback import Feedback, FeedbackLR, Greedy, Plateau, Standing, noise, swa

__all__ = [
    "Feedback", "FeedbackLR", "Greedy", "ParamSchedule", "Plateau", "ScheduleLR", "Standing", "noise", "swa"
]  # fmt: skip
