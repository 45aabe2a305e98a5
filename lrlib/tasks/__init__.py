"""Problems by name: data, model and loss. One seed names everything random in a run."""

from lrlib.tasks.bowl import Bowl, quadratic
from lrlib.tasks.core import (
    TASKS,
    Batches,
    Task,
    classification,
    cross_entropy,
    epoch_order,
    get,
    share_right,
)
from lrlib.tasks.datasets import from_torch
from lrlib.tasks.draws import seeded
from lrlib.tasks.images import mnist
from lrlib.tasks.models import mlp
from lrlib.tasks.own import load, located
from lrlib.tasks.tables import breast_cancer, digits, spirals
from lrlib.tasks.text import chain_loss, chars_generated, chars_shakespeare, generated_chain
from lrlib.tasks.widths import digits_wide

__all__ = ["TASKS", "Batches", "Bowl", "Task", "breast_cancer", "chain_loss", "chars_generated",
           "chars_shakespeare", "classification", "cross_entropy", "digits", "digits_wide",
           "epoch_order", "from_torch", "generated_chain", "get", "load", "located", "mlp", "mnist",
           "quadratic", "seeded", "share_right", "spirals"]  # fmt: skip
