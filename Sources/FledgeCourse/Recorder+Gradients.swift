import FledgeCore

extension Recorder {
  /// Compares the gradients of f with central differences, for every element of every input.
  ///
  /// The function differentiated is Σ w·f(x) with random w, so that no element can stand in for
  /// another. Inputs should be float64 and away from kinks; the error of the difference is then
  /// about 1e-9.
  @discardableResult
  public func expectGradients(
    of f: ([Tensor]) -> Tensor, at inputs: [Tensor], tolerance: Double = 1e-6, _ what: String,
    file: StaticString = #fileID, line: UInt = #line
  ) -> Bool {
    let probe = withoutGradients { f(inputs) }
    let generator = Generator(seed: 7)
    let weights = (0..<probe.count).map { _ in generator.uniform(in: 0.5..<1.5) }
    let leaves = inputs.map { $0.requiringGradients() }
    let found = gradients(
      of: f(leaves), withRespectTo: leaves,
      outputGradient: Tensor(weights, shape: probe.shape, dtype: probe.dtype))
    var holds = true
    for (number, input) in inputs.enumerated() {
      let slopes = centralDifferences(
        of: { zip(weights, f($0).array(of: Double.self)).reduce(0) { $0 + $1.0 * $1.1 } },
        at: inputs, input: number)
      let name = inputs.count == 1 ? "the input" : "input \(number)"
      let passes = expect(
        found[number], near: Tensor(slopes, shape: input.shape, dtype: input.dtype),
        tolerance: tolerance, "\(what): the gradient of \(name) beside finite differences",
        file: file, line: line)
      holds = holds && passes
    }
    return holds
  }

  /// Compares the second derivatives of f with central differences of its gradients: what a rule that
  /// cannot be differentiated itself gets wrong.
  ///
  /// The function differentiated is that of all gradients of Σ w·f(x), one after the other. A gradient
  /// that came out as a constant counts as one whose slope is 0.
  @discardableResult
  public func expectSecondGradients(
    of f: ([Tensor]) -> Tensor, at inputs: [Tensor], tolerance: Double = 1e-6, _ what: String,
    file: StaticString = #fileID, line: UInt = #line
  ) -> Bool {
    func slopes(_ inputs: [Tensor]) -> Tensor {
      withGradients {
        let leaves = inputs.map { $0.graphNode == nil ? $0.requiringGradients() : $0 }
        let y = f(leaves)
        let weights = (0..<y.count).map { 1 + 0.3 * Double($0) }
        let found = gradients(
          of: y, withRespectTo: leaves,
          outputGradient: Tensor(weights, shape: y.shape, dtype: y.dtype), createGraph: true)
        let parts = zip(found, leaves).map { ($0 + ($1 - $1)).reshaped([$1.count]) }
        return Tensor.concatenate(parts, axis: 0)
      }
    }
    return expectGradients(
      of: slopes, at: inputs, tolerance: tolerance, "the slope of \(what)", file: file, line: line)
  }
}
