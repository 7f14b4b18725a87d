/// A primitive with C kernels of its own for the CPU, and its composed form everywhere else.
///
/// The whole operation stands in its file: the reference backend, a learner's backend and dtypes
/// without a kernel run ``Primitive/composed(_:)``, which is also the oracle that the kernels are
/// tested against; no backend has a list of such operations.
protocol FusedPrimitive: Primitive {
  /// The outputs by the C kernels and ``ThreadPool``; nil where they do not fit the inputs (their
  /// dtypes, mostly). Inputs may have any strides.
  func fused(_ inputs: [Tensor], on backend: any Backend) -> [Tensor]?
}

extension FusedPrimitive {
  func forward(_ inputs: [Tensor], on backend: any Backend) -> [Tensor] {
    if backend.runsFusedKernels, let outputs = fused(inputs, on: backend) { return outputs }
    guard let outputs = composed(inputs) else {
      fledgeTrap(Self.name, "has no composed form for \(inputs.map(\.type))")
    }
    return outputs
  }
}
