import FledgeCore

extension Mistake {
  static let inGraphs: [Mistake] = [
    Mistake(
      "backward: starts from a scalar, the shape is [2, 3]; reduce it first (for example with "
        + ".sum()), or give the gradient: backward(gradient: dy)"
    ) {
      (Tensor.ones([2, 3]).requiringGradients() * 2).backward()
    },
    Mistake("backward: the tensor does not depend on anything that requires gradients") {
      Tensor.ones([2]).sum().backward()
    },
    Mistake(
      "backward: the graph through `square` was already used and released; pass retainGraph: true "
        + "to the first pass to go backward twice"
    ) {
      let y = Tensor(3).requiringGradients().square()
      y.backward()
      y.backward()
    },
    Mistake(
      "backward: the graph through `exp` was already used and released; pass retainGraph: true to "
        + "the first pass to go backward twice"
    ) {
      let shared = Tensor.ones([2]).requiringGradients().exp()
      shared.sum().backward()
      (shared * 2).sum().backward()
    },
    Mistake("backward: the gradient's shape [3] is not the tensor's, [2]") {
      (Tensor.ones([2]).requiringGradients() * 2).backward(gradient: Tensor.ones([3]))
    },
    Mistake("multiply: the outputs are [float32[2]], the gradients [Optional(float32[3])]") {
      let y = Tensor.ones([2]).requiringGradients() * 2
      _ = y.graphNode!.inputGradients(Tensor.ones([3]))
    },
    Mistake("gradients: the outputGradient's shape [3] is not the tensor's, [2, 3]") {
      let x = Tensor.ones([2, 3]).requiringGradients()
      _ = gradients(of: x * 2, withRespectTo: [x], outputGradient: Tensor.ones([3]))
    },
    Mistake(
      "gradients: a tensor of shape [4] to differentiate by is not part of a graph; make it a leaf "
        + "with requiringGradients()"
    ) {
      let x = Tensor.ones([2]).requiringGradients()
      _ = gradients(of: x.sum(), withRespectTo: [Tensor.ones([4])])
    },
    Mistake("requiringGradients: only floating-point tensors have gradients, this one is int64") {
      _ = Tensor([1, 2] as [Int]).requiringGradients()
    },
    Mistake("valueAndGradients: f must give a scalar, it gave shape [2]") {
      _ = valueAndGradient(at: Tensor.ones([2])) { $0 * 2 }
    },
    Mistake("jvp: the tangent's shape [1] is not x's, [2]") {
      _ = jvp({ $0 }, at: Tensor.ones([2]), tangent: Tensor.ones([1]))
    },
    Mistake("einsum: \"ij,jk->ik\" has 2 terms for 1 operands") {
      _ = einsum("ij,jk->ik", Tensor.ones([2, 3]))
    },
    Mistake("einsum: the term \"ijk\" does not name the 2 axes of [2, 3]") {
      _ = einsum("ijk->i", Tensor.ones([2, 3]))
    },
    Mistake("einsum: the term \"i1\" does not name the 2 axes of [2, 3]") {
      _ = einsum("i1->i", Tensor.ones([2, 3]))
    },
    Mistake("einsum: the index i is 2 in one operand and 3 in another") {
      _ = einsum("ii->i", Tensor.ones([2, 3]))
    },
    Mistake("einsum: the result \"iik\" names an index twice or one that no operand has") {
      _ = einsum("ij->iik", Tensor.ones([2, 3]))
    },
    Mistake("einsum: the term \"...ijk\" does not name the 2 axes of [2, 3]") {
      _ = einsum("...ijk->i", Tensor.ones([2, 3]))
    },
    Mistake("einsum: the term \"...i...\" does not name the 2 axes of [2, 3]") {
      _ = einsum("...i...->i", Tensor.ones([2, 3]))
    },
    Mistake(
      "einsum: shapes [2] and [3] do not broadcast: aligned at the last axis, sizes must be equal "
        + "or 1"
    ) {
      _ = einsum("...i,...i->...", Tensor.ones([2, 4]), Tensor.ones([3, 4]))
    },
    Mistake("liar: the forward rule made float32[], the shape rule says float32[2]") {
      _ = apply(Liar(), Tensor.ones([2]))
    },
    Mistake(
      "forgetful: its gradient rule reads input 0, which `saves` does not name",
      line: Forgetful.lineOfRule
    ) {
      apply(Forgetful(), Tensor(1).requiringGradients()).backward()
    },
    Mistake("crooked: the gradient rule made float32[2] for input 0, which is float32[]") {
      apply(Crooked(), Tensor(1).requiringGradients()).backward()
    },
    Mistake(
      "sparing: the gradient rule made 1 gradients for 2 inputs; it must give one for each, nil "
        + "where an input has none"
    ) {
      apply(Sparing(), Tensor(1).requiringGradients(), Tensor(2)).backward()
    },
    Mistake(
      "sparing: the gradient rule made 1 gradients for 2 inputs; it must give one for each, nil "
        + "where an input has none"
    ) {
      let y = apply(Sparing(), Tensor(1).requiringGradients(), Tensor(2))
      _ = y.graphNode!.inputGradients(Tensor(1))
    },
  ]
}

/// Breaks its own shape rule.
private struct Liar: Primitive {
  static let name = "liar"
  static let formula = "y = Σ x"
  func outputTypes(of inputs: TensorTypes) -> TensorTypes { inputs }
  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors { [inputs[0].sum()] }
}

/// Reads what it did not save.
private struct Forgetful: Primitive {
  static let name = "forgetful"
  static let formula = "y = x²"
  var saves: SavedValues { .nothing }
  func outputTypes(of inputs: TensorTypes) -> TensorTypes { inputs }
  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors { [inputs[0].square()] }
  static let lineOfRule = #line
  func gradients(_ g: GradientContext) -> Gradients { [g.dy * g.input(0)] }
}

/// Makes a gradient of another shape.
private struct Crooked: Primitive {
  static let name = "crooked"
  static let formula = "y = x"
  func outputTypes(of inputs: TensorTypes) -> TensorTypes { inputs }
  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors { [inputs[0] * 1] }
  func gradients(_ g: GradientContext) -> Gradients { [Tensor.ones([2])] }
}

/// Has a gradient for one of its inputs only.
private struct Sparing: Primitive {
  static let name = "sparing"
  static let formula = "y = a b"
  func outputTypes(of inputs: TensorTypes) -> TensorTypes { [inputs[0]] }
  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors { [inputs[0] * inputs[1]] }
  func gradients(_ g: GradientContext) -> Gradients { [g.dy * g.input(1)] }
}
