"""Optimizers that choose their step sizes from what they see: losses, gradients, distances.

Each is an ordinary torch optimizer, written to be read. `METHODS` has them by name.

>>> METHODS["AdaGradNorm"]
<class 'lrlib.adaptive.sums.AdaGradNorm'>
"""

from lrlib.rules import Registry, lacking

try:
    from lrlib.adaptive.averaged import ScheduleFreeAdamW, ScheduleFreeSGD
    from lrlib.adaptive.base import Adaptive
    from lrlib.adaptive.betting import COCOB, Mechanic
    from lrlib.adaptive.distance import DoG, DoWG, LDoG
    from lrlib.adaptive.estimates import DAdaptAdam, DAdaptSGD, Prodigy
    from lrlib.adaptive.hyper import HyperAdam, HyperSGD
    from lrlib.adaptive.momo import MoMo, MoMoAdam
    from lrlib.adaptive.muon import MuonAdamW
    from lrlib.adaptive.polyak import ALIG, L4, Polyak, SPSMax
    from lrlib.adaptive.search import Armijo
    from lrlib.adaptive.secant import BarzilaiBorwein
    from lrlib.adaptive.sums import AdaGradNorm
except ModuleNotFoundError as error:
    raise lacking(error, __name__) from None

METHODS = Registry("method")
for method in (
    AdaGradNorm, Polyak, SPSMax, ALIG, L4, MoMo, MoMoAdam, Armijo, HyperSGD, HyperAdam, BarzilaiBorwein,
    DoG, LDoG, DoWG, DAdaptSGD, DAdaptAdam, Prodigy,
    ScheduleFreeSGD, ScheduleFreeAdamW, COCOB, Mechanic, MuonAdamW,
):  # fmt: skip
    METHODS.add(method.__name__, method)

__all__ = ["METHODS", "Adaptive", *METHODS]
