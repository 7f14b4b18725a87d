"""What mutants.py breaks: one wrong rule, kernel or index at a time."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    name: str
    file: str
    old: str  # stands exactly once in the file
    new: str
    what: str
    tests: str = "FledgeCoreTests"


CORE = "Sources/FledgeCore/"
OPS = CORE + "Ops/"
C = "Sources/CKernels/"


def rule(name, file, old, new, what):
    """A wrong gradient rule."""
    return Mutant("gradient-" + name, OPS + file, old, new, what)


def kernel(name, file, old, new, what, tests="FledgeCoreTests"):
    return Mutant("kernel-" + name, C + file, old, new, what, tests)


MUTANTS = [
    # Gradient rules
    rule("sin", "Elementwise/Sine.swift", "g.dy * g.input(0).cos()", "-g.dy * g.input(0).cos()",
         "the derivative of sin has the wrong sign"),
    rule("subtract", "Elementwise/Subtract.swift", "-g.dy : nil", "g.dy : nil",
         "b of a − b gets the gradient of a"),
    rule("divide", "Elementwise/Divide.swift", "-(da * g.input(0) / b)", "-(da * g.input(0))",
         "the divisor's gradient lacks a division"),
    rule("sqrt", "Elementwise/SquareRoot.swift", "g.dy * 0.5 / g.output", "g.dy / g.output",
         "√x is differentiated without its ½"),
    rule("log", "Elementwise/Logarithm.swift", "g.dy / g.input(0)", "g.dy * g.input(0)",
         "ln x is differentiated as x²/2"),
    rule("power", "Elementwise/Power.swift", "b * apply(Power(), a, b - 1)",
         "b * apply(Power(), a, b)", "xᵇ keeps its exponent"),
    rule("maximum-tie", "Elementwise/Maximum.swift", "* 0.5\n", "* 1.0\n",
         "both of two equal operands get the whole gradient"),
    rule("tanh-composed", "Elementwise/Tanh.swift", "derivative: { 1 - $0.square() }",
         "derivative: { 1 - $0 }", "the second derivative of tanh is wrong"),
    rule("sigmoid-reference", "Elementwise/Sigmoid.swift", "$0 * $1 * (1 - $1)", "$0 * $1",
         "the reference's sigmoid gradient lacks a factor"),
    rule("sum", "Reduction/Sum.swift", "[g.dy.broadcast(to: g.inputShape(0))]",
         "[(g.dy * 2).broadcast(to: g.inputShape(0))]", "a sum's gradient is doubled"),
    rule("max-tie", "Reduction/ArgExtremum.swift",
         "isExtremum * (g.dy / isExtremum.sum(axes: axes, keepDims: true))", "isExtremum * g.dy",
         "equal largest elements each get the whole gradient"),
    rule("cumulative-sum", "Reduction/CumulativeSum.swift",
         "[g.dy.flipped(axis: axis).cumulativeSum(axis: axis).flipped(axis: axis)]",
         "[g.dy.cumulativeSum(axis: axis)]", "the running sum runs the wrong way back"),
    rule("matmul-left", "Linear/MatMul.swift", "apply(MatMul(), g.dy, g.input(1).transposed())",
         "apply(MatMul(), g.dy * 0.5, g.input(1).transposed())", "half the left gradient"),
    rule("matmul-right", "Linear/MatMul.swift", "apply(MatMul(), g.input(0).transposed(), g.dy)",
         "apply(MatMul(), g.input(0).transposed(), -g.dy)", "the right gradient's sign"),
    rule("permute", "Shape/Permute.swift", "inverse[axis] = i", "inverse[i] = axis",
         "axes are permuted onwards instead of back"),
    rule("concatenate", "Shape/Concatenate.swift", "defer { start += size }\n      return g.needs",
         "defer { start += 0 }\n      return g.needs", "every part gets the first part's gradient"),
    rule("take", "Index/Take.swift", "apply(TakeAdjoint(axis: axis, count: count), g.dy, g.input(1))",
         "apply(TakeAdjoint(axis: axis, count: count), g.dy * 0, g.input(1))",
         "rows that are looked up learn nothing"),
    rule("sort", "Index/Sort.swift", "at: g.output(1), axis: -1)",
         "at: g.output(1).flipped(axis: -1), axis: -1)", "gradients go to other places than values"),
    rule("softmax-composed", "Fused/Softmax.swift",
         "[(inputs[0] - inputs[0].logSumExp(axis: -1, keepDims: true)).exp()]",
         "[(inputs[0] - inputs[0].max(axis: -1, keepDims: true)).exp()]",
         "softmax's composed form is not normalized"),
    rule("split", "Shape/Split.swift", "sizes.indices.map { g.dy($0) }",
         "sizes.indices.map { g.dy($0) * Double(1 - $0) }", "later parts lose their gradient"),

    # C kernels
    kernel("exp-polynomial", "vector_math.h", "1.66666664e-1f;\n", "1.66566664e-1f;\n",
           "one coefficient of eˣ"),
    kernel("gelu", "vector_math.h", "0.0713548163f", "0.0813548163f", "GELU's cubic coefficient"),
    kernel("log-polynomial", "vector_math.h", "3.33333135e-1f", "3.34333135e-1f",
           "one coefficient of ln x"),
    kernel("reduction-tail", "reduce_template.h", "    a1 = STEP(a1, tail);\n", "",
           "a reduction forgets the last few elements"),
    kernel("softmax-scale", "softmax.c", "y[c] *= scale", "y[c] *= scale * scale",
           "softmax rows do not add up to 1"),
    kernel("softmax-gradient", "softmax.c", "dx[c] = y[c] * (dy[c] - inner)",
           "dx[c] = y[c] * dy[c]", "softmax's gradient ignores the normalization"),
    kernel("layer-norm-epsilon", "layer_norm.c", "variance + eps)", "variance)",
           "layer norm without ε"),
    kernel("cross-entropy-smoothing", "cross_entropy.c",
           "loss[r] += label_smoothing * (target - mean)",
           "loss[r] -= label_smoothing * (target - mean)", "label smoothing sharpens"),
    kernel("gemm-edge", "gemm.c", "c[j] = adds ? c[j] + lane[j] : lane[j]", "c[j] = lane[j]",
           "the last columns of a product hold the last block of k only"),
    kernel("gemm-rows", "gemm.c", "adds ? LOAD16(c) + total[i] : total[i]", "total[i]",
           "a product holds the last block of k only"),
    kernel("gemm-small", "gemm_small.c", "k == 0 ? beta : 1.0f", "beta",
           "a small product forgets all but its last block of k"),
    kernel("attention-mask", "attention_tile.h", "i + Tk - Tq + 1)", "i + Tk - Tq + 2)",
           "a query sees the future"),
    kernel("attention-delta", "attention_backward.c", "(LOAD16(ds + j) - delta[r])",
           "LOAD16(ds + j)", "attention's gradient ignores the normalization"),
    kernel("philox-key", "random.c", "k0 += 0x9e3779b9u", "k0 += 0x9e3779b1u",
           "Philox with another round constant"),
    kernel("half-ties", "convert.c", "EXPONENT_GAP + 0x0fffu + (u >> 13 & 1)",
           "EXPONENT_GAP + 0x1000u", "ties round up instead of to even in float16"),
    kernel("bfloat-ties", "convert.c", "u + 0x7fffu + (u >> 16 & 1)", "u + 0x8000u",
           "ties round up instead of to even in bfloat16"),
    kernel("adam-root", "optimizer.c", "__builtin_sqrtf(v[i]) * root", "__builtin_sqrtf(v[i])",
           "Adam without the second bias correction", "FledgeOptimTests"),
    kernel("adam-decay", "optimizer.c", "1.0 - options.learning_rate * options.weight_decay",
           "1.0 - options.weight_decay", "AdamW's decay ignores the learning rate",
           "FledgeOptimTests"),
    kernel("nesterov", "optimizer.c", "w[i] -= rate * (g + momentum * buffer[i])",
           "w[i] -= rate * (momentum * buffer[i])", "Nesterov without the gradient itself",
           "FledgeOptimTests"),

    # Layouts, indices, broadcasting
    Mutant("layout-broadcast", CORE + "Tensor/Layout.swift",
           "newStrides[axis + missing] = strides[axis]", "newStrides[axis] = strides[axis]",
           "broadcasting aligns axes at the front"),
    Mutant("layout-slice-offset", CORE + "Tensor/Layout.swift", "offset + start * strides[axis]",
           "offset + start", "a slice of rows starts within the first row"),
    Mutant("layout-reshape", CORE + "Tensor/Layout.swift",
           "        return nil\n      }\n      var stride",
           "        break\n      }\n      var stride",
           "a reshape of strides that do not allow it is taken for a view"),
    Mutant("shape-broadcast", CORE + "Tensor/Shape.swift", "da == db || db == 1", "da == db || da == 1",
           "broadcasting keeps the 1 instead of the size"),
    Mutant("sum-to-shape", OPS + "Elementwise/Elementwise.swift", "$0 < missing || shape",
           "$0 < missing && shape", "the gradient of a broadcast operand is not summed"),
    Mutant("split-offset", OPS + "Shape/Split.swift", "start: start, step: 1, count: size))\n    }",
           "start: 0, step: 1, count: size))\n    }", "all parts of a split are the first"),
    Mutant("row-walk", CORE + "Backend/CPUBackend/CPUBackend.swift",
           "last.1 == sb * size", "true",
           "axes are merged although only one operand allows it"),

    # The backward pass and values
    Mutant("backward-order", CORE + "Autograd/Backward.swift",
           "if heap[parent].serial >= heap[child].serial { break }\n      heap.swapAt(parent, child)\n      child = parent",
           "if heap[parent].serial <= heap[child].serial { break }\n      heap.swapAt(parent, child)\n      child = parent",
           "nodes are not taken in descending order"),
    Mutant("backward-sum", CORE + "Autograd/Backward.swift", "    total += gradient\n", "",
           "a tensor used twice gets one of its gradients"),
    Mutant("backward-accumulate", CORE + "Autograd/Node.swift", "      sum += contribution\n", "",
           "a second backward pass does not add to the first"),
    Mutant("overwrite-saved", CORE + "Tensor/Tensor.swift",
           "node == nil && layout.isContiguous && isKnownUniquelyReferenced(&storage)",
           "node == nil && layout.isContiguous", "x += 1 changes every tensor that shares storage"),
    Mutant("checkpoint-random", CORE + "Autograd/Checkpoint.swift",
           "    generator.state = state\n", "",
           "a checkpointed part draws other random numbers the second time"),
    Mutant("without-gradients", CORE + "Autograd/Scopes.swift",
           "try ExecutionContext.current.changing(recordsGradients: false).run(body)",
           "try ExecutionContext.current.changing(recordsGradients: true).run(body)",
           "withoutGradients records"),

    # Layers, optimizers, data, files
    Mutant("dropout-scale", "Sources/FledgeNN/Layers/Dropout.swift", "    mask *= 1 / kept\n", "",
           "dropout changes the mean", "FledgeNNTests"),
    Mutant("dropout-eval", "Sources/FledgeNN/Layers/Dropout.swift",
           "guard isTraining, probability > 0", "guard probability > 0",
           "dropout drops in evaluation", "FledgeNNTests"),
    Mutant("linear-bound", "Sources/FledgeNN/Layers/Linear.swift",
           "1 / Double(inputs).squareRoot()", "1 / Double(inputs)",
           "Linear's weights start too small", "FledgeNNTests"),
    Mutant("cross-entropy-ignored", "Sources/FledgeNN/Losses/CrossEntropy.swift",
           "losses.sum() / Double(max(counted, 1))", "losses.mean()",
           "ignored rows count in the mean", "FledgeNNTests"),
    Mutant("clip-norm", "Sources/FledgeOptim/GradientClipping.swift", "maximum / norm",
           "norm / maximum", "clipping enlarges", "FledgeOptimTests"),
    Mutant("cosine-schedule", "Sources/FledgeOptim/Schedule.swift",
           "0.5 * (1 + cos(.pi * progress))", "0.5 * (1 - cos(.pi * progress))",
           "the cosine schedule rises", "FledgeOptimTests"),
    Mutant("decay-groups", "Sources/FledgeOptim/ParameterGroup.swift", "$0.rank < 2",
           "$0.rank < 1", "biases are left out of the optimizer", "FledgeOptimTests|FledgeModelsTests"),
    Mutant("text-targets", "Sources/FledgeData/Text/TextWindows.swift",
           "text[$0 + 1..<$0 + length + 1]", "text[$0..<$0 + length]",
           "the target is the input itself", "FledgeDataTests"),
    Mutant("loader-seed", "Sources/FledgeData/Loading/DataLoader.swift", ".split(UInt64(epoch))",
           ".split(0)", "every epoch has the same order", "FledgeDataTests"),
    Mutant("story-entropy", "Sources/FledgeData/Stories/StoryExpectation.swift",
           "sum.entropy -= probability * log(probability)",
           "sum.entropy -= probability * log2(probability)",
           "the stories' entropy mixes nats and bits", "FledgeDataTests"),
    Mutant("safetensors-size", "Sources/FledgeIO/Safetensors/SafetensorsHeader+Read.swift",
           "guard expected == dataByteCount else", "guard expected <= dataByteCount else",
           "bytes behind the last tensor are accepted", "FledgeIOTests"),
    Mutant("generate-window", "Sources/FledgeModels/GPT+Generate.swift",
           "from: window.count - 1, count: 1", "from: 0, count: 1",
           "generation reads the logits of the first token", "FledgeModelsTests"),
]
