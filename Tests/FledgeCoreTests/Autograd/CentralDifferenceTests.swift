import FledgeCore
import Testing

@Suite struct CentralDifferenceTests {
  private func slopes(
    _ f: (Tensor) -> Tensor, at x: Tensor, step: Double = 1e-5
  ) -> [Double] {
    centralDifferences(of: { f($0[0]).sum().item() }, at: [x], input: 0, step: step)
  }

  @Test func `The differences of a parabola are exact, whatever the step`() {
    let x = Tensor([-1.5, 0, 2] as [Double], shape: [3])
    #expect(slopes({ $0 * $0 }, at: x, step: 0.5) == [-3, 0, 4])
  }

  @Test func `One input moves, element by element, and the others stay`() {
    let (a, b) = (Tensor([2.0, 3.0] as [Double]), Tensor([5.0, 7.0] as [Double]))
    let f: ([Tensor]) -> Double = { ($0[0] * $0[1]).sum().item() }
    for (input, expected) in [(0, [5.0, 7.0]), (1, [2.0, 3.0])] {
      let found = centralDifferences(of: f, at: [a, b], input: input)
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-9 }, "input \(input): \(found)")
    }
  }

  @Test func `A scalar has one difference, an empty tensor none, and NaN stays NaN`() {
    #expect(slopes({ $0 * 3 }, at: Tensor(1, dtype: .float64), step: 1) == [3])
    #expect(slopes({ $0 * 3 }, at: Tensor.zeros([0, 2], dtype: .float64)) == [])
    #expect(slopes({ $0 * 3 }, at: Tensor([Double.nan], shape: [1]))[0].isNaN)
  }

  @Test func `Nothing is recorded, even for inputs in a graph`() {
    let x = Tensor([1, 2] as [Double]).requiringGradients()
    var wasRecorded = false
    _ = slopes(
      { x in
        let y = x * x
        wasRecorded = wasRecorded || y.requiresGradients
        return y
      }, at: x)
    #expect(!wasRecorded)
  }
}
