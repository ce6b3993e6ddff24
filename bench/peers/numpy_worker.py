"""NumPy's side of the benchmark, for expressions: numpy_worker.py FILE"""

import sys

import numpy

import worker


def array_of(entry):
    _, shape, data = entry
    return numpy.frombuffer(data, numpy.float32).reshape(shape)


def softmax(x):
    exponentials = numpy.exp(x - x.max(-1, keepdims=True))
    return exponentials / exponentials.sum(-1, keepdims=True)


DECOMPOSITIONS = {
    "svd": lambda x: numpy.linalg.svd(x, full_matrices=False)[1],
    "eigh": lambda x: numpy.linalg.eigh(x)[0],
    "eigvalsh": numpy.linalg.eigvalsh,
}


def expression_of(metadata, tensors):
    inputs = array_of(tensors["inputs"])
    decompose = DECOMPOSITIONS.get(metadata["name"].split("-")[0])
    if decompose:
        return lambda: decompose(inputs)
    if metadata["name"].startswith("softmax"):
        return lambda: softmax(inputs)
    a, b = inputs
    half = numpy.float32(0.5)
    return lambda: numpy.tanh(a * b + a) * half + b


def main():
    output = worker.protocol_output()
    metadata, tensors = worker.read_problem(sys.argv[1])
    expression = expression_of(metadata, tensors)
    done = 0

    def step():
        nonlocal done
        values = expression().reshape(-1)
        position = worker.checked_element(done, values.size)
        done += 1
        return float(values[position])

    worker.serve("numpy", numpy.__version__, step, output)


if __name__ == "__main__":
    main()
