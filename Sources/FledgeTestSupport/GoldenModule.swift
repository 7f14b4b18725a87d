import FledgeCore
import FledgeNN
import Testing

/// Gives a module the parameters of a case of `layers.safetensors` (or another file), and compares
/// its output and the gradients of inputs and parameters with PyTorch's, on both backends.
public func checkModule(
  _ module: Module, _ name: String, in file: String = "layers", tolerance: Double = 1e-4,
  _ forward: (Tensor) -> Tensor
) throws {
  try checkModule(module, name, in: file, tolerance: tolerance) { [forward($0[0])] }
}

/// The same for a module of any number of inputs and outputs, with a case of another golden file.
public func checkModule(
  _ module: Module, _ name: String, in file: String, tolerance: Double = 1e-4,
  _ forward: ([Tensor]) -> [Tensor]
) throws {
  let golden = try GoldenFile(file)
  try module.load(golden.tensors(under: "\(name)/parameters"))
  let expected = try golden.tensors(under: "\(name)/gradients")
  #expect(Set(expected.keys) == Set(module.namedParameters().map(\.name)), "\(name)")
  try golden.check(
    name, relativeTolerance: tolerance, absoluteTolerance: tolerance * 0.1
  ) { inputs in
    module.zeroGrad()
    return forward(inputs)
  } afterwards: { backend in
    for (key, parameter) in module.namedParameters() {
      let found = try #require(parameter.grad, "\(name): \(key) has no gradient")
      let problem = difference(found, expected[key]!, tolerance, tolerance * 0.1)
      #expect(problem == nil, "\(name): gradient of \(key) on \(backend): \(problem ?? "")")
    }
  }
}
