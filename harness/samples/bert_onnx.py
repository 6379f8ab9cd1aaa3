"""Writes a BERT encoder as ONNX from its weights: real models for measuring, tiny ones for tests. Needs no torch."""

import json
import struct
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

Weights = dict[str, np.ndarray]
OPSET = 17
TYPES = {"F32": np.float32, "F16": np.float16, "I64": np.int64}


def read_safetensors(path: Path) -> Weights:
    """Tensors by name. The format: 8 bytes of header length, a JSON header, the data."""
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    return {
        name: np.frombuffer(data[slice(*one["data_offsets"])], TYPES[one["dtype"]]).reshape(one["shape"])
        for name, one in header.items()
        if name != "__metadata__"
    }


def random_weights(vocabulary: int, hidden: int, layers: int, positions: int, seed: int) -> Weights:
    """Weights of the right shapes, for models that only have to run."""
    random = np.random.default_rng(seed)

    def some(*shape: int) -> np.ndarray:
        return random.normal(0, 0.3, shape).astype(np.float32)

    weights = {
        "embeddings.word_embeddings.weight": some(vocabulary, hidden),
        "embeddings.position_embeddings.weight": some(positions, hidden) * 0.01,
        "embeddings.token_type_embeddings.weight": some(2, hidden) * 0.01,
    }
    norms = ["embeddings.LayerNorm"]
    for layer in range(layers):
        start = f"encoder.layer.{layer}."
        shapes = {
            "attention.self.query": (hidden, hidden),
            "attention.self.key": (hidden, hidden),
            "attention.self.value": (hidden, hidden),
            "attention.output.dense": (hidden, hidden),
            "intermediate.dense": (4 * hidden, hidden),
            "output.dense": (hidden, 4 * hidden),
        }
        for name, shape in shapes.items():
            weights[f"{start}{name}.weight"] = some(*shape)
            weights[f"{start}{name}.bias"] = np.zeros(shape[0], np.float32)
        norms += [f"{start}attention.output.LayerNorm", f"{start}output.LayerNorm"]
    for norm in norms:
        weights |= {f"{norm}.weight": np.ones(hidden, np.float32), f"{norm}.bias": np.zeros(hidden, np.float32)}
    return weights


class _Writer:
    """Collects the nodes and initialisers of a graph."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, np.ndarray] = {}

    def weight(self, name: str, *, transposed: bool = False) -> str:
        value = self.weights[name].astype(np.float32)
        return self.constant(f"{name}{'.T' if transposed else ''}", value.T if transposed else value)

    def constant(self, name: str, value: np.ndarray) -> str:
        self.constants[name] = np.ascontiguousarray(value)
        return name

    def do(self, kind: str, *inputs: str, **attributes: object) -> str:
        output = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def linear(self, given: str, name: str) -> str:
        product = self.do("MatMul", given, self.weight(f"{name}.weight", transposed=True))
        return self.do("Add", product, self.weight(f"{name}.bias"))

    def norm(self, given: str, name: str) -> str:
        return self.do(
            "LayerNormalization", given, self.weight(f"{name}.weight"), self.weight(f"{name}.bias"), epsilon=1e-12
        )

    def gelu(self, given: str) -> str:
        inner = self.do("Erf", self.do("Div", given, self.constant("sqrt2", np.float32(2**0.5))))
        half = self.do("Mul", given, self.constant("half", np.float32(0.5)))
        return self.do("Mul", half, self.do("Add", inner, self.constant("one", np.float32(1))))


def write_encoder(path: Path, weights: Weights, heads: int, *, logits: bool = False) -> None:
    """`last_hidden_state`, or with `logits` one logit a row.

    From `input_ids`, `attention_mask` and `token_type_ids`, each `(batch, length)` int64.
    """
    writer = _Writer(weights)
    hidden = weights["embeddings.word_embeddings.weight"].shape[1]
    layers = 1 + max(int(name.split(".")[2]) for name in weights if name.startswith("encoder.layer."))
    do, constant = writer.do, writer.constant
    zero, one, two = (constant(f"at{number}", np.array([number])) for number in range(3))
    length = do("Slice", do("Shape", "input_ids"), one, two)
    positions = do("Slice", writer.weight("embeddings.position_embeddings.weight"), zero, length, zero)
    words = do("Gather", writer.weight("embeddings.word_embeddings.weight"), "input_ids")
    kinds = do("Gather", writer.weight("embeddings.token_type_embeddings.weight"), "token_type_ids")
    state = writer.norm(do("Add", do("Add", words, kinds), positions), "embeddings.LayerNorm")
    mask = do("Cast", "attention_mask", to=TensorProto.FLOAT)
    mask = do("Unsqueeze", mask, constant("axes12", np.array([1, 2])))
    mask = do("Mul", do("Sub", constant("one", np.float32(1)), mask), constant("never", np.float32(-1e4)))
    apart = constant("apart", np.array([0, 0, heads, hidden // heads]))
    together = constant("together", np.array([0, 0, hidden]))
    for layer in range(layers):
        start = f"encoder.layer.{layer}."
        parts = [
            do("Transpose", do("Reshape", writer.linear(state, f"{start}attention.self.{name}"), apart), perm=perm)
            for name, perm in (("query", [0, 2, 1, 3]), ("key", [0, 2, 3, 1]), ("value", [0, 2, 1, 3]))
        ]
        scores = do("Div", do("MatMul", parts[0], parts[1]), constant("scale", np.float32((hidden // heads) ** 0.5)))
        attention = do("Softmax", do("Add", scores, mask), axis=-1)
        context = do("Reshape", do("Transpose", do("MatMul", attention, parts[2]), perm=[0, 2, 1, 3]), together)
        output = writer.linear(context, f"{start}attention.output.dense")
        state = writer.norm(do("Add", output, state), f"{start}attention.output.LayerNorm")
        inner = writer.gelu(writer.linear(state, f"{start}intermediate.dense"))
        output = writer.linear(inner, f"{start}output.dense")
        state = writer.norm(do("Add", output, state), f"{start}output.LayerNorm")
    if logits:
        first = do("Gather", state, constant("first", np.array(0)), axis=1)
        state = do("MatMul", first, constant("classifier", np.linspace(-1, 1, hidden, dtype=np.float32)[:, None]))
    name, shape = ("logits", ["batch", 1]) if logits else ("last_hidden_state", ["batch", "length", hidden])
    writer.nodes.append(helper.make_node("Identity", [state], [name]))
    inputs = [
        helper.make_tensor_value_info(given, TensorProto.INT64, ["batch", "length"])
        for given in ("input_ids", "attention_mask", "token_type_ids")
    ]
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)]
    constants = [numpy_helper.from_array(np.asarray(value), name) for name, value in writer.constants.items()]
    graph = helper.make_graph(writer.nodes, "bert", inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)
    onnx.save(model, str(path))
