"""Problems by name: data, model and loss. One seed names everything random in a run."""

from lrlib.tasks.bowl import Bowl, quadratic
from lrlib.tasks.core import TASKS, Batches, Task, cross_entropy, epoch_order, get
from lrlib.tasks.images import mnist
from lrlib.tasks.markov import Chain
from lrlib.tasks.models import mlp
from lrlib.tasks.tables import breast_cancer, breast_cancer_minimum, digits, spirals
from lrlib.tasks.text import chain_loss, chars_generated, chars_shakespeare, generated_chain

__all__ = ["TASKS", "Batches", "Bowl", "Chain", "Task", "breast_cancer", "breast_cancer_minimum",
           "chain_loss", "chars_generated", "chars_shakespeare", "cross_entropy", "digits",
           "epoch_order", "generated_chain", "get", "mlp", "mnist", "quadratic", "spirals"]  # fmt: skip
