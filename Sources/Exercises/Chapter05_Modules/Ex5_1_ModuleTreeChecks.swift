import FledgeCore
import FledgeCourse
import FledgeNN

private class Base: Module {
  @Parameter var scale = Tensor([1, 2])
  @Buffer var mean = Tensor([0, 0])
}

private final class Derived: Base {
  let size = 3
  let name = "weights of rank 2 and 1"
  @Parameter var weight = Tensor([[1, 2], [3, 4]])
  @Parameter var absent: Tensor?
  let head: Linear? = Linear(2, 3, bias: false)
  let none: Linear? = nil
  let tail: [Linear]? = [Linear(3, 1, bias: false)]
  let stack: [any Layer] = [Linear(2, 2), ReLU(), Linear(2, 2)]
}

private final class Leaf: Module {
  @Parameter var weight = Tensor([5])
}

/// Two names for one module, and a layer that a list holds twice.
private final class Tied: Module {
  let input: Leaf
  let output: Leaf
  let both: [Leaf]

  override init() {
    input = Leaf()
    output = input
    both = [Leaf(), input]
  }
}

/// Lists of everything that a list may hold, and something that is no part of the model.
private final class Listed: Module {
  let scales = [Parameter(wrappedValue: Tensor([1])), Parameter(wrappedValue: Tensor([2]))]
  let perhaps: [Leaf?] = [nil, Leaf()]
  let rows = [[Leaf()], [Leaf(), Leaf()]]
  let teacher = Teacher()
}

/// An object that is no module: what it holds is its own.
private final class Teacher {
  let model = Leaf()
}

/// A list with more than ten members.
private final class Tower: Module {
  let layers = (0..<12).map { _ in Linear(1, 2) }
  let layersOfAnother = [Linear(1, 1)]
}

private func names(_ tree: ModuleTree) -> [String] { tree.parameters.map(\.path) }

let checks5_1: [Check] = [
  Check("a layer's parameters by their names") { c in
    c.expect(names(ModuleTree(Linear(3, 2))), equals: ["weight", "bias"], "of Linear(3, 2)")
    c.expect(
      names(ModuleTree(Linear(3, 2, bias: false))), equals: ["weight"],
      "of Linear(3, 2, bias: false), whose bias is a parameter without a value")
    c.expect(
      names(ModuleTree(BatchNorm1d(4))), equals: ["weight", "bias"],
      "of a batch norm: its running moments are buffers and not trained")
  },
  Check("inherited properties, optionals and lists") { c in
    c.expect(
      names(ModuleTree(Derived())),
      equals: [
        "scale", "weight", "head.weight", "tail.0.weight", "stack.0.weight", "stack.0.bias",
        "stack.2.weight",
        "stack.2.bias",
      ], "of a class with a superclass, optionals and a list of layers")
  },
  Check("lists of parameters, of optionals and of lists, and nothing else") { c in
    c.expect(
      names(ModuleTree(Listed())),
      equals: [
        "scales.0", "scales.1", "perhaps.1.weight", "rows.0.0.weight", "rows.1.0.weight",
        "rows.1.1.weight",
      ], "of lists of every kind; an object that is no module keeps its own")
  },
  Check("modules by their paths, each before its parts") { c in
    c.expect(
      ModuleTree(Derived()).modules.map(\.path),
      equals: ["", "head", "tail.0", "stack.0", "stack.1", "stack.2"], "of the same class")
    let tied = Tied()
    let tree = ModuleTree(tied)
    c.expect(
      tree.modules.map(\.path), equals: ["", "input", "output", "both.0", "both.1"],
      "a module under two names stands there twice")
    c.expect(tree.modules.last?.module === tied.input, "both.1 is the module at input")
  },
  Check("a shared parameter is there once, by its first name") { c in
    c.expect(
      names(ModuleTree(Tied())), equals: ["input.weight", "both.0.weight"],
      "an optimizer that had it twice would step twice")
  },
  Check("the framework's models, as the framework sees them") { c in
    let mlp = Sequential {
      Flatten()
      Linear(12, 8)
      Residual {
        LayerNorm(8)
        Linear(8, 8)
        GELU()
      }
      Linear(8, 3)
    }
    for (name, model) in [
      ("a network with a residual block", mlp),
      ("a Transformer's block", TransformerBlock(8, heads: 2)),
    ] as [(String, Module)] {
      let expected = model.namedParameters()
      let tree = ModuleTree(model)
      c.expect(names(tree), equals: expected.map(\.name), "the names of \(name)")
      let isSame = zip(tree.parameters, expected).allSatisfy { $0.parameter === $1.parameter }
      c.expect(isSame, "they are the same parameters")
    }
  },
  Check("a part is frozen, and its neighbours are not") { c in
    let tower = Tower()
    let tree = ModuleTree(tower)
    c.expect(tree.freeze(under: "layers.1"), equals: 2, "parameters in layers.1")
    c.expect(
      tree.parameters.filter { !$0.parameter.isTrainable }.map(\.path),
      equals: ["layers.1.weight", "layers.1.bias"], "what is frozen now")
    c.expect(tree.freeze(under: "layers.11.bias"), equals: 1, "one parameter by its whole path")
    c.expect(tree.freeze(under: "layers"), equals: 24, "in the list of layers")
    c.expect(tower.layersOfAnother[0].dense.$weight.isTrainable, "layersOfAnother is another list")
    c.expect(tree.freeze(under: ""), equals: 26, "in the whole model")
    c.expect(tree.freeze(under: "layer"), equals: 0, "where there is no such part")
    c.expect(
      names(ModuleTree(tower)).count, equals: 26,
      "parameters of the model: the frozen ones are there")
  },
  Check("weight decay is for matrices") { c in
    let model = Sequential {
      Linear(4, 4)
      LayerNorm(4)
      Linear(4, 2, bias: false)
    }
    let groups = ModuleTree(model).decayGroups
    c.expect(groups.decayed, equals: ["layers.0.weight", "layers.2.weight"], "decayed")
    c.expect(
      groups.others, equals: ["layers.0.bias", "layers.1.weight", "layers.1.bias"],
      "left alone: a norm's weight is a scale")
    let convolution = ModuleTree(Conv2d(2, 3, kernel: 3)).decayGroups
    c.expect(convolution.decayed, equals: ["weight"], "decayed in a convolution: its filters")
    c.expect(convolution.others, equals: ["bias"], "left alone in a convolution")
  },
]
