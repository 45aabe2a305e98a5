"""A function of tensors recorded once, as a list of torch's own operations, and replayed in fixed memory.

Most of the time of a small update goes into Python, vmap and autograd, which decide the same at every update.
What reaches torch's kernels in the end is a list of operations on plain tensors. A `Program` is that list:
views are made once, what depends on nothing that changes is computed once, what nobody reads is left out, and
every other operation writes into memory that was set aside for it. The kernels are the same, and so are the
digits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from lrlib.tasks.draws import drawn

BY_DATA = torch.Tag.dynamic_output_shape, torch.Tag.data_dependent_output
MOST_SHAPES = 8  # each has memory of its own
ALIKE = {torch.ops.aten.relu.default: (torch.ops.aten.clamp_min.default, 0)}  # has no kernel of its own
SHAPED = {  # read the shape only of what they are given
    getattr(torch.ops.aten, name)
    for name in ("ones_like", "zeros_like", "full_like", "new_ones", "new_zeros", "new_full")
}


class NotRecordable(Exception):
    """What a list of operations cannot say: decisions by numbers, sizes that depend on data, draws."""


class _Call:
    """One operation, as it was recorded."""

    def __init__(self, function: torch._ops.OpOverload, args: tuple, kwargs: dict):
        if any(tag in function.tags for tag in BY_DATA):
            raise NotRecordable(f"{function} gives Python a number, or a size, that depends on data")
        self.function, self.args, self.kwargs = function, args, kwargs
        self.given = _storages((args, *kwargs.values()))
        self.read = set() if function.overloadpacket in SHAPED else self.given
        before = drawn() if torch.Tag.nondeterministic_seeded in function.tags else ()
        self.result = function(*args, **kwargs)
        if before and before != drawn():
            raise NotRecordable(f"{function} draws")
        self.made = _storages([self.result]) - self.given
        names = [each.name for each in function._schema.arguments]
        given = {**dict(zip(names, args, strict=False)), **kwargs}
        written = {each.name for each in function._schema.arguments if _writes(each)}
        self.writes = _storages([part for name, part in given.items() if name in written])

    @property
    def computes(self) -> bool:
        """Whether it is more than a view of what there is."""
        return bool(self.made or self.writes)

    @property
    def into(self) -> tuple[torch._ops.OpOverload, str] | None:
        """The same operation with memory for its one result, and the name of that; None where there is none.

        Not for several results: the batch norm of torch 2.13 gives others in memory that it is handed.
        """
        mine = [(each.name, str(each.type)) for each in self.function._schema.arguments]
        packet = self.function.overloadpacket
        for each in (getattr(packet, name) for name in packet.overloads()):
            *rest, last = each._schema.arguments or [None]
            if last and last.is_out and [(part.name, str(part.type)) for part in rest] == mine:
                return each, last.name
        return None

    def overwritten(self, done: set[int]) -> int | None:
        """Of storages that are not read any more, one that the result may take the place of."""
        if torch.Tag.pointwise in self.function.tags and isinstance(self.result, Tensor):
            size = self.result.untyped_storage().nbytes()
            for name, storage in _by_storage(self.args).items():
                mine = [each for each in _tensors(self.args) if _storage(each) == name]
                alike = all(_geometry(each) == _geometry(self.result) for each in mine)
                if name in done and storage.nbytes() == size and alike:
                    return name
        return None

    def replayed(self, at: Callable[[Tensor], Tensor]) -> tuple[Callable, tuple, dict]:
        """What does the same again; `at` says where a recorded tensor lies then."""
        args, kwargs = _moved(self.args, at), {name: _moved(each, at) for name, each in self.kwargs.items()}
        if self.writes:
            return self.function._op, args, kwargs
        results = _moved(self.result, at)
        if isinstance(results, Tensor) and self.into:
            function, name = self.into
            return function._op, args, {**kwargs, name: results}
        return _copying(self.function._op, results), args, kwargs


class _Recorder(TorchDispatchMode):
    """Notes every operation, below autograd and vmap."""

    def __init__(self):
        super().__init__()
        self.calls: list[_Call] = []

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # to skip torch's compiler, torch would import it, for seconds

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        function, *more = ALIKE.get(function, [function])
        call = _Call(function, (*args, *more), kwargs or {})
        self.calls.append(call)
        return call.result


class Program:
    """What `function(*fed)` does, by calls with other tensors of the same shapes.

    kept: tensors that the function reads or changes besides: they stay where they are, and a call reads and
    changes them as the function would. Everything else that it reads must not change.
    Making a program calls the function once, which gives `first`. A call overwrites the results of the last.
    Raises NotRecordable for a function that no list of operations says.
    """

    def __init__(self, function: Callable, kept: Iterable[Tensor], fed: tuple[Tensor, ...]):
        self._fed = tuple(each.clone() for each in fed)
        with _Recorder() as recorder:
            self.first = function(*self._fed)
        changing = _storages([*kept, *self._fed]).union(*(call.writes for call in recorder.calls))
        calls = _needed(list(_changing(recorder.calls, changing)), _storages(self.first))
        at = _placed(calls, _storages(self.first))
        self._calls = [call.replayed(at) for call in calls]
        self._results = _moved(self.first, at)

    @torch.no_grad()
    def __call__(self, *fed: Tensor) -> object:
        for mine, given in zip(self._fed, fed, strict=True):
            mine.copy_(given)
        for function, args, kwargs in self._calls:
            function(*args, **kwargs)
        return self._results


class Replayed:
    """A function that is replayed once its program has proved itself, and called as it is otherwise.

    kept: tensors that it reads or changes besides what it is called with. The first call is recorded; at the
    second, function and program start from the same, and must give the same to the last bit. What it is
    called with may come in a few shapes, as batches that grow do: each has a program of its own.
    """

    def __init__(self, function: Callable, kept: Iterable[Tensor]):
        self._function, self._kept = function, list(kept)
        self._of_shape: dict[tuple, Callable] = {}

    def __call__(self, *fed: Tensor) -> object:
        """What the function returns, in memory of its own."""
        shape = tuple((each.shape, each.dtype) for each in fed)
        if shape not in self._of_shape:
            few = len(self._of_shape) < MOST_SHAPES
            self._of_shape[shape] = _Proved(self._function, self._kept) if few else self._function
        return self._of_shape[shape](*fed)

    @property
    def replays(self) -> bool:
        """Whether the next call in any of the shapes is a replay."""
        return all(isinstance(each, _Proved) and each.replays for each in self._of_shape.values())


class _Proved:
    """The same for one shape."""

    def __init__(self, function: Callable, kept: list[Tensor]):
        self._function, self._kept = function, kept
        self._program: Program | None = None
        self._call = self._record

    def __call__(self, *fed: Tensor) -> object:
        return self._call(*fed)

    @property
    def replays(self) -> bool:
        return self._call == self._replay

    def _record(self, *fed: Tensor) -> object:
        before = [each.clone() for each in self._kept]
        try:
            self._program = program = Program(self._function, self._kept, fed)
        except Exception:  # what is wrong with the function itself shows when it is called as it is
            self._put_back(before)
            self._call = self._function
            return self._function(*fed)
        self._call = self._prove
        first, program.first = program.first, None  # memory that no replay needs
        return first

    def _prove(self, *fed: Tensor) -> object:
        before = [each.clone() for each in self._kept]
        results = self._function(*(each.clone() for each in fed))
        after = [each.clone() for each in self._kept]
        self._put_back(before)
        try:
            replayed = self._program(*fed)
            same = all(map(_same, _tensors([results, after]), _tensors([replayed, self._kept])))
        except Exception:  # the function itself has just done without
            same = False
        self._put_back(after)
        self._call = self._replay if same else self._function
        return results

    def _replay(self, *fed: Tensor) -> object:
        return _moved(self._program(*fed), Tensor.clone)

    @torch.no_grad()
    def _put_back(self, values: list[Tensor]) -> None:
        for each, value in zip(self._kept, values, strict=True):
            each.copy_(value)


def _changing(calls: Iterable[_Call], changing: set[int]) -> Iterator[_Call]:
    """Those that do not compute the same each time."""
    for call in calls:
        if call.computes and (call.read | call.made) & changing:
            changing |= call.made
            yield call


def _needed(calls: list[_Call], needed: set[int]) -> list[_Call]:
    """Those that change something that stays, or whose results are read."""
    kept = []
    for call in reversed(calls):
        if call.writes or call.made & needed:
            needed = needed | call.read
            kept.append(call)
    return kept[::-1]


def _placed(calls: list[_Call], results: set[int]) -> Callable[[Tensor], Tensor]:
    """Where each tensor lies: memory that is not read any more is used again, the warmest first."""
    last = {storage: i for i, call in enumerate(calls) for storage in call.given | call.made}
    last |= dict.fromkeys(results, len(calls))
    like = {name: storage for call in calls for name, storage in _by_storage([call.result]).items()}
    places: dict[int, torch.UntypedStorage] = {}
    free: dict[tuple, list[torch.UntypedStorage]] = defaultdict(list)
    for i, call in enumerate(calls):
        done = {name for name in call.given | call.made if last[name] == i and name in like}
        for name in call.made:
            size, device = like[name].nbytes(), like[name].device
            if taken := call.overwritten(done & places.keys()):
                done.remove(taken)
                places[name] = places[taken]
            else:
                spare = free[size, device]
                places[name] = spare.pop() if spare else torch.UntypedStorage(size, device=device)
        for name in done & places.keys():
            free[like[name].nbytes(), like[name].device].append(places[name])

    def at(tensor: Tensor) -> Tensor:
        storage = places.get(_storage(tensor))
        if storage is None:
            return tensor.detach()
        new = torch.empty(0, dtype=tensor.dtype, device=tensor.device)
        return new.set_(storage, tensor.storage_offset(), tensor.shape, tensor.stride())

    return at


def _copying(function: Callable, places) -> Callable:
    """An operation that makes its results anew, which are copied to their places."""

    def call(*args, **kwargs):
        made = function(*args, **kwargs)
        for place, result in zip(_tensors([places]), _tensors([made]), strict=True):
            place.copy_(result)

    return call


def _same(one: Tensor, other: Tensor) -> bool:
    return one.dtype == other.dtype and torch.allclose(one, other, rtol=0, atol=0, equal_nan=True)


def _writes(argument) -> bool:
    return argument.alias_info is not None and argument.alias_info.is_write


def _moved(value, at: Callable[[Tensor], Tensor]):
    if isinstance(value, Tensor):
        return at(value)
    if isinstance(value, list | tuple):
        return type(value)(_moved(each, at) for each in value)
    return {key: _moved(each, at) for key, each in value.items()} if isinstance(value, dict) else value


def _tensors(value) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        if type(value) not in (Tensor, nn.Parameter) or value.layout != torch.strided or value.is_neg():
            raise NotRecordable(f"a tensor of another kind, {type(value).__name__}")
        yield value
    elif isinstance(value, list | tuple | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _tensors(each)


def _by_storage(values) -> dict[int, torch.UntypedStorage]:
    return {each.untyped_storage()._cdata: each.untyped_storage() for each in _tensors(values)}


def _geometry(tensor: Tensor) -> tuple:
    return tensor.dtype, tensor.shape, tensor.stride(), tensor.storage_offset()


def _storage(tensor: Tensor) -> int:
    return tensor.untyped_storage()._cdata


def _storages(values) -> set[int]:
    return {_storage(each) for each in _tensors(values)}
