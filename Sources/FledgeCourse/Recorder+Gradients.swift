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
}
