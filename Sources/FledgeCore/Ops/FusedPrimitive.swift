/// A primitive with C kernels of its own for the CPU, and its composed form everywhere else.
///
/// The whole operation stands in its file: the reference backend, a learner's backend and dtypes
/// without a kernel run ``Primitive/composed(_:)``, which is also the oracle that the kernels are
/// tested against; no backend has a list of such operations.
protocol FusedPrimitive: Primitive {}

extension FusedPrimitive {
  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    if let outputs = backend.run(self, inputs) { return outputs }
    guard let outputs = composed(inputs) else {
      fledgeTrap(Self.name, "has no composed form for \(inputs.map(\.type))")
    }
    return outputs
  }
}
