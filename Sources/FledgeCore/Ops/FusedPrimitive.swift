/// A primitive with C kernels of its own for the CPU, and its composed form everywhere else.
///
/// The whole operation stands in its file. The reference backend, a learner's backend and dtypes
/// without a kernel run ``Primitive/composed(_:)``, which is also the oracle that the kernels are
/// tested against. No backend has a list of such operations.
///
/// float16 and bfloat16 are computed in float32 from the first read to the last write: inputs are
/// cast up, and each output is rounded once, to the dtype that the shape rule gives.
protocol FusedPrimitive: Primitive {}

extension FusedPrimitive {
  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    guard inputs.hasHalves else { return computed(inputs, on: backend) }
    let wide = Tensors(inputs.map { $0.dtype.isHalf ? backend.cast($0, to: .float32) : $0 })
    var outputs = computed(wide, on: backend)
    for (i, type) in outputTypes(of: inputs.types).enumerated()
    where outputs[i].dtype != type.dtype {
      outputs[i] = backend.cast(outputs[i], to: type.dtype)
    }
    return outputs
  }

  private func computed(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    if let outputs = backend.run(self, inputs) { return outputs }
    guard let outputs = composed(inputs) else {
      fledgeTrap(Self.name, "has no composed form for \(inputs.types)")
    }
    return outputs
  }

  /// Rows of so many elements that are worth a thread.
  static func rowGrain(_ width: Int) -> Int { max(1, ThreadPool.grain / 4 / max(width, 1)) }
}

extension Tensors {
  /// Whether kernels for float32 can read them all, and there is something to read.
  var areFloat32: Bool { allSatisfy { $0.dtype == .float32 && $0.count > 0 } }
}
