import Testing

@testable import FledgePlots

@Suite struct AxisTests {
  @Test func `Ticks are at 1, 2 or 5 times a power of ten`() {
    let axis = Axis(covering: [0, 2000])
    #expect(axis.ticks(atMost: 10).map(\.label).prefix(3) == ["0", "200", "400"])
    #expect(axis.ticks(atMost: 5).map(\.label) == ["0", "500", "1000", "1500", "2000"])
    #expect(axis.ticks(atMost: 2).map(\.label) == ["0", "1000", "2000"])
  }

  @Test func `All labels of an axis have the decimals that its step needs`() {
    #expect(
      Axis(covering: [0.9, 2.1]).ticks(atMost: 4).map(\.label) == ["1.0", "1.5", "2.0"])
    #expect(
      Axis(covering: [-0.03, 0.03]).ticks(atMost: 3).map(\.label) == ["-0.02", "0", "0.02"])
    #expect(
      Axis(covering: [0, 50_000]).ticks(atMost: 5).map(\.label)
        == ["0", "10k", "20k", "30k", "40k", "50k"])
  }

  @Test func `Logarithmic ticks are powers of ten, and 2 and 5 times these where there is room`() {
    let narrow = Axis(covering: [0.9, 12], logarithmic: true)
    #expect(narrow.ticks(atMost: 8).map(\.label) == ["1", "2", "5", "10"])
    let wide = Axis(covering: [1e-6, 1e3], logarithmic: true)
    #expect(wide.ticks(atMost: 5).map(\.label) == ["1e-06", "0.0001", "0.01", "1", "100"])
  }

  @Test func `Positions run from 0 to 1, and values without a place have none`() {
    let linear = Axis(covering: [2, 4, .nan, .infinity])
    #expect(linear.position(2) == 0 && linear.position(3) == 0.5 && linear.position(4) == 1)
    #expect(linear.position(.nan) == nil && linear.position(-.infinity) == nil)
    let logarithmic = Axis(covering: [0, -5, 1, 100], logarithmic: true)
    #expect(logarithmic.position(0) == nil && logarithmic.position(-1) == nil)
    #expect(abs(logarithmic.position(10)! - 0.5) < 1e-12)
  }

  static let strangeRanges: [[Double]] = [
    [], [.nan], [3], [0], [-2, -2], [1e300, -1e300], [.greatestFiniteMagnitude, 0, -1e308],
    [.leastNonzeroMagnitude, .leastNormalMagnitude], [1e15, 1e15 + 1],
  ]

  @Test(arguments: strangeRanges)
  func `Strange ranges still have finite positions and few ticks`(values: [Double]) {
    for isLogarithmic in [false, true] {
      let axis = Axis(covering: values, logarithmic: isLogarithmic, padding: (0.06, 0.06))
      #expect(axis.range.lowerBound <= axis.range.upperBound)
      #expect(axis.ticks(atMost: 8).count <= 24)
      for value in values {
        if let position = axis.position(value) { #expect((-0.01...1.01).contains(position)) }
      }
    }
  }
}
