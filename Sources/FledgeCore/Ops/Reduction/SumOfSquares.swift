import CKernels

/// y = Σ x² over all elements, added up in float64.   Shape: [*] → []
///
/// Norms of gradients need it: the sum of thousands of small squares, which float32 would round.
struct SumOfSquares: FusedPrimitive {
  static let name = "sumOfSquares"
  static let formula = "y = Σ x²"
  static var precision: AutocastRule { .given }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    requireFloatingPoint(inputs, Self.name)
    return [TensorType(shape: [], dtype: .float64)]
  }

  func gradients(_ g: GradientContext) -> Gradients {
    [g.input(0) * (g.dy * 2).cast(to: g.inputDType(0))]
  }

  func composed(_ inputs: Tensors) -> Tensors? {
    [inputs[0].cast(to: .float64).square().sum()]
  }

  func fused(_ inputs: Tensors, on backend: any Backend) -> Tensors? {
    guard inputs[0].dtype == .float32 else { return nil }
    let x = inputs[0].layout.isContiguous ? inputs[0] : backend.copy(inputs[0])
    let length = ThreadPool.evenGrain(x.count, for: x.count)
    let chunks = (x.count + length - 1) / length
    let source = x.pointer(Float.self)
    // Floats within a chunk, doubles between them.
    let total = withUnsafeTemporaryAllocation(of: Float.self, capacity: max(chunks, 1)) { partial in
      let results = partial.baseAddress!
      ThreadPool.run(parts: chunks) { part in
        let start = part * length
        results[part] = fledge_sumsq_f32(source + start, min(length, x.count - start))
      }
      return withExtendedLifetime(x) { partial[..<chunks].reduce(0) { $0 + Double($1) } }
    }
    return [Tensor(shape: [], writing: Double.self) { $0[0] = total }]
  }

  static var samples: [Sample] { Sample.elementwise(SumOfSquares()) }
}

extension Tensor {
  /// Σ x² over all elements, in float64.   Shape: [*] → []
  public func sumOfSquares() -> Tensor { apply(SumOfSquares(), self) }
}
