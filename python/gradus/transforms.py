"""Functions of functions: derivatives of any order, checkpoints, compiled functions.

There is no tape and no ``.grad``: ``grad(f)`` is a function like ``f``. All of them can be used as
decorators. Arguments and results may be tensors or nested tuples, lists and dictionaries of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from . import _core, tree
from ._core import Tensor

Function = Callable[..., Any]


def value_and_grad(function: Function, argnums: int | Sequence[int] = 0) -> Function:
    """The function that returns the value of ``function`` and its gradients.

    Args:
        function: returns one floating element.
        argnums: the argument, or the arguments, that gradients are taken with respect to: trees
            of floating tensors, arrays and floats.

    Returns:
        A function of the same arguments that returns ``(value, gradient)``; the gradient looks
        like the argument, or is a tuple of such if ``argnums`` is a sequence.

    Raises:
        gradus.Error: when called, if the value is not one floating element.
        TypeError: when called, if there is no such argument or no tensor in it.

    >>> value_and_grad(lambda x: gradus.sum(x * x))(gradus.tensor([1.0, 2.0]))
    (Tensor(f32[] 5), Tensor(f32[2] [2, 4]))
    """
    places = (argnums,) if isinstance(argnums, int) else tuple(argnums)

    def with_gradients(*arguments: Any, **keywords: Any) -> tuple[Tensor, Any]:
        chosen = [_differentiable(arguments, place) for place in places]

        def of_leaves(variables: list[Tensor]) -> Tensor:
            replaced = list(arguments)
            for place, value in zip(places, tree.replace(chosen, variables)):
                replaced[place] = value
            return _scalar(function(*replaced, **keywords))

        value, gradients = _core._value_and_grad(of_leaves, tree.leaves(chosen))
        found = tree.replace(chosen, gradients)
        return value, found[0] if isinstance(argnums, int) else tuple(found)

    return _named(with_gradients, function)


def grad(function: Function, argnums: int | Sequence[int] = 0) -> Function:
    """The function that returns the gradients of ``function``; see :func:`value_and_grad`.

    >>> grad(grad(lambda x: x * x * x))(gradus.tensor(2.0))
    Tensor(f32[] 12)
    """
    with_gradients = value_and_grad(function, argnums)

    def gradients(*arguments: Any, **keywords: Any) -> Any:
        return with_gradients(*arguments, **keywords)[1]

    return _named(gradients, function)


def vjp(function: Function, *arguments: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """The results of ``function`` and the map from their gradients to those of the arguments.

    >>> value, pullback = vjp(lambda x: x * x, gradus.tensor([1.0, 2.0]))
    >>> pullback(gradus.tensor([1.0, 1.0]))
    (Tensor(f32[2] [2, 4]),)
    """
    arguments = tree.of_floats(arguments)
    results: list[Any] = []

    def of_leaves(variables: list[Tensor]) -> list[Tensor]:
        results.append(function(*tree.replace(arguments, variables)))
        return tree.leaves(results[-1])

    outputs, pull_back = _core._vjp(of_leaves, tree.leaves(arguments))

    def pullback(gradients: Any) -> tuple[Any, ...]:
        return tree.replace(arguments, pull_back(tree.leaves(gradients)))

    return tree.replace(results[-1], outputs), pullback


def jvp(function: Function, arguments: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """The results of ``function`` and their derivatives along ``tangents``, one per argument.

    >>> jvp(lambda x: x * x, [gradus.tensor(3.0)], [gradus.tensor(1.0)])
    (Tensor(f32[] 9), Tensor(f32[] 6))
    """
    arguments, tangents = tree.of_floats(list(arguments)), tree.of_floats(list(tangents))
    results: list[Any] = []

    def of_leaves(variables: list[Tensor]) -> list[Tensor]:
        results.append(function(*tree.replace(arguments, variables)))
        return tree.leaves(results[-1])

    inputs, directions = tree.leaves(arguments), tree.leaves(tangents)
    outputs, derivatives = _core._jvp(of_leaves, inputs, directions)
    return tree.replace(results[-1], outputs), tree.replace(results[-1], derivatives)


def jacobian(function: Function) -> Function:
    """The function that returns the Jacobian of a function of one tensor: (out..., in...).

    >>> jacobian(lambda x: x * x)(gradus.tensor([1.0, 2.0]))
    Tensor(f32[2, 2]
    [[2, 0],
     [0, 4]])
    """
    return _named(lambda x: _core._jacobian(function, tree.of_floats(x)), function)


def hessian(function: Function) -> Function:
    """The function that returns the Hessian of a function of one tensor to one element.

    >>> hessian(lambda x: gradus.sum(x * x))(gradus.tensor([1.0, 2.0]))
    Tensor(f32[2, 2]
    [[2, 0],
     [0, 2]])
    """
    return _named(lambda x: _core._hessian(function, tree.of_floats(x)), function)


def hvp(function: Function, x: Tensor, v: Tensor) -> Tensor:
    """The product of the Hessian of ``function`` at ``x`` with ``v``, without the Hessian.

    >>> hvp(lambda x: gradus.sum(x * x * x), gradus.tensor([1.0, 2.0]), gradus.tensor([1.0, 0.0]))
    Tensor(f32[2] [6, 0])
    """
    return _core._hvp(function, tree.of_floats(x), tree.of_floats(v))


def checkpoint(function: Function) -> Function:
    """``function``, whose intermediate results are not kept for derivatives but computed again.

    >>> grad(checkpoint(lambda x: gradus.sin(x) * x))(gradus.tensor(0.0))
    Tensor(f32[] 0)
    """

    def checkpointed(*arguments: Any) -> Any:
        arguments = tree.of_arrays(arguments)
        results: list[Any] = []

        def of_leaves(inputs: list[Tensor]) -> list[Tensor]:
            results.append(function(*tree.replace(arguments, inputs)))
            return tree.leaves(results[-1])

        outputs = _core._checkpoint(of_leaves)(tree.leaves(arguments))
        return tree.replace(results[-1], outputs)

    return _named(checkpointed, function)


def compile(function: Function, state: Any = ()) -> Function:
    """``function``, faster: traced once for each signature of its arguments, then run as a plan.

    Args:
        function: of tensors and trees of tensors; arguments of other kinds are constants, and a
            new value is traced anew. What it reads beside its arguments is a constant as well,
            unless it is in ``state``. A module is its own state: a compiled one computes with the
            parameters that it has when it is called.
        state: modules and optimisers whose tensors ``function`` reads and may replace: one, or a
            sequence of them.

    Raises:
        gradus.Error: when called, if ``function`` reads a value of a tensor while it is traced.

    >>> compile(lambda x: gradus.sum(gradus.exp(x) - 1))(gradus.tensor([0.0, 0.0]))
    Tensor(f32[] 0)
    """
    parts = tuple(state) if isinstance(state, (tuple, list)) else (state,)
    if isinstance(function, _core._nn.Module) and not any(part is function for part in parts):
        parts = (*parts, function)
    plans: dict[Any, _Plan] = {}

    def compiled(*arguments: Any, **keywords: Any) -> Any:
        call = tree.of_arrays((arguments, keywords))
        shape_of_call = tree.structure(call)
        plan = plans.get(shape_of_call)
        if plan is None:
            plan = plans[shape_of_call] = _Plan(function, call, parts)
        return plan(tree.leaves(call))

    return _named(compiled, function)


class _Plan:
    """A compiled function for arguments of one structure."""

    def __init__(self, function: Function, call: Any, state: tuple[Any, ...]) -> None:
        call = tree.map_leaves(lambda _: _PLACE, call)  # keeps no argument alive
        self._results: Any = None

        def of_leaves(inputs: list[Tensor]) -> list[Tensor]:
            arguments, keywords = tree.replace(call, inputs)
            results = function(*arguments, **keywords)
            found = tree.leaves(results)
            self._results = tree.replace(results, [_PLACE] * len(found))
            return found

        self._compiled = _core._optim.Compiled(of_leaves, list(state))

    def __call__(self, inputs: list[Tensor]) -> Any:
        outputs = self._compiled(inputs)  # the first call finds the structure of the results
        return tree.replace(self._results, outputs)


_PLACE = _core.tensor(0.0)


def _differentiable(arguments: tuple[Any, ...], place: int) -> Any:
    """The argument at ``place``, with tensors in the places of arrays and floats."""
    if not -len(arguments) <= place < len(arguments):
        raise TypeError(f"there is no argument {place} among {len(arguments)} to differentiate by")
    argument = tree.of_floats(arguments[place])
    if not tree.leaves(argument):
        raise TypeError(f"argument {place}, a {type(argument).__name__}, holds no tensor")
    return argument


def _scalar(value: Any) -> Tensor:
    if not isinstance(value, Tensor):
        raise TypeError(f"a function to differentiate returns a tensor, not {type(value).__name__}")
    return value


def _named(wrapper: Function, function: Function) -> Function:
    wrapper.__name__ = getattr(function, "__name__", wrapper.__name__)
    wrapper.__doc__ = getattr(function, "__doc__", None)
    wrapper.__wrapped__ = function  # type: ignore[attr-defined]
    return wrapper
