"""What a training log says of the rates that a run used: read, fitted, compared with what was planned."""

from lrlib.doctor.faults import Diagnosis, diagnose
from lrlib.doctor.fit import Candidate, Identified, identify
from lrlib.doctor.log import Log

__all__ = ["Candidate", "Diagnosis", "Identified", "Log", "diagnose", "identify"]
