/// y = x, as a place of its own in the graph.   Shape: [*] → [*]
struct Alias: Primitive {
  static let name = "alias"
  static let formula = "y = x"
  var saves: SavedValues { .nothing }
  func outputTypes(of inputs: [TensorType]) -> [TensorType] { inputs }
  func forward(_ inputs: [Tensor], on backend: any Backend) -> [Tensor] { [inputs[0].detached()] }
  func gradients(_ g: GradientContext) -> [Tensor?] { [g.dy] }
  static var samples: [Sample] { Sample.elementwise(Alias()) }
}

/// y = x, with a function of the user's on the gradient.   Shape: [*] → [*]
struct GradientHook: Primitive {
  static let name = "gradientHook"
  static let formula = "y = x, dx = hook(dy)"
  let hook: @Sendable (Tensor) -> Tensor
  var saves: SavedValues { .nothing }
  func outputTypes(of inputs: [TensorType]) -> [TensorType] { inputs }
  func forward(_ inputs: [Tensor], on backend: any Backend) -> [Tensor] { [inputs[0].detached()] }
  func gradients(_ g: GradientContext) -> [Tensor?] { [hook(g.dy)] }
  static var samples: [Sample] { Sample.elementwise(GradientHook(hook: { $0 })) }
}
