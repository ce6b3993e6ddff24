"""PyTorch's side of the benchmark: pytorch_worker.py eager|compile FILE

FILE is what `gradus_bench_worker write` wrote. Eager takes what PyTorch's documentation advises for
a processor: the fused optimisers. Compiled are loss and gradients on one side and the optimiser's
step on the other. OMP_NUM_THREADS says on how many threads.
"""

import sys

import worker

output = worker.protocol_output()

# Imported after standard output is out of reach of what the library may print.
import torch  # noqa: E402
from torch.nn import functional  # noqa: E402

TYPES = {"F32": torch.float32, "I64": torch.int64}


def tensor_of(entry):
    dtype, shape, data = entry
    return torch.frombuffer(data, dtype=TYPES[dtype]).reshape(shape).clone()


def started_model(name, tensors):
    import networks
    model = networks.network(name)
    parameters = list(model.parameters())
    with torch.no_grad():
        for i, parameter in enumerate(parameters):
            parameter.copy_(tensor_of(tensors[f"parameters.{i}"]))
    if f"parameters.{len(parameters)}" in tensors:
        raise ValueError(f"{name}: there are more than {len(parameters)} parameters")
    return model


def optimizer_of(rule, parameters, compiled):
    # A compiled update is fused by the compiler, out of the operations on lists of tensors.
    kind = {"foreach": True} if compiled else {"fused": True}
    if rule == "adam":
        return torch.optim.Adam(parameters, lr=1e-3, **kind)
    return torch.optim.SGD(parameters, lr=0.1, **kind)


def training_step(metadata, tensors, compiled):
    model = started_model(metadata["name"], tensors)
    inputs, targets = tensor_of(tensors["inputs"]), tensor_of(tensors["targets"])
    measure = functional.cross_entropy if targets.dtype == torch.int64 else functional.mse_loss
    optimizer = optimizer_of(metadata["rule"], model.parameters(), compiled)

    def loss_of(x, target):
        return measure(model(x), target)

    update = optimizer.step
    if compiled:
        loss_of, update = torch.compile(loss_of), torch.compile(update)

    def step():
        optimizer.zero_grad()
        loss = loss_of(inputs, targets)
        loss.backward()
        update()
        return loss.item()

    return step


def step_of(result):
    """Computes `result()` in every step and returns the element to be checked."""
    done = 0

    def step():
        nonlocal done
        with torch.inference_mode():
            values = result()
            position = worker.checked_element(done, values.numel())
            done += 1
            return values.view(-1)[position].item()

    return step


def inference_step(metadata, tensors, compiled):
    model = started_model(metadata["name"], tensors).eval()
    inputs = tensor_of(tensors["inputs"])
    call = torch.compile(model) if compiled else model
    return step_of(lambda: call(inputs))


DECOMPOSITIONS = {
    "svd": lambda x: torch.linalg.svd(x, full_matrices=False)[1],
    "eigh": lambda x: torch.linalg.eigh(x)[0],
    "eigvalsh": torch.linalg.eigvalsh,
}


def expression_step(metadata, tensors, compiled):
    inputs = tensor_of(tensors["inputs"])
    decompose = DECOMPOSITIONS.get(metadata["name"].split("-")[0])
    if decompose:
        operands, expression = (inputs,), decompose
    elif metadata["name"].startswith("softmax"):
        operands = (inputs,)

        def expression(x):
            return torch.softmax(x, -1)
    else:
        operands = (inputs[0].clone(), inputs[1].clone())

        def expression(a, b):
            return torch.tanh(a * b + a) * 0.5 + b

    call = torch.compile(expression) if compiled else expression
    return step_of(lambda: call(*operands))


STEPS = {"training": training_step, "inference": inference_step, "expression": expression_step}


def main():
    mode, path = sys.argv[1:]
    metadata, tensors = worker.read_problem(path)
    step = STEPS[metadata["work"]](metadata, tensors, mode == "compile")
    del tensors
    worker.serve("pytorch-" + mode, torch.__version__, step, output)


if __name__ == "__main__":
    main()
