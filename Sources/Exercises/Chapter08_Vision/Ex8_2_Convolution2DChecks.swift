import FledgeCore
import FledgeCourse

let checks8_2: [Check] = checksOfWindows + checksOfConvolutions

private let checksOfWindows: [Check] = [
  Check("windows lie where they fit") { c in
    for (size, taps, stride, padding, dilation, expected) in [
      (5, 3, 1, 0, 1, 3), (5, 3, 1, 1, 1, 5), (28, 5, 1, 2, 1, 28), (6, 3, 2, 0, 1, 2),
      (7, 3, 2, 0, 1, 3), (32, 7, 4, 3, 1, 8), (5, 3, 1, 0, 2, 1), (9, 3, 2, 0, 3, 2),
      (4, 5, 1, 0, 1, 0),
      (4, 5, 2, 0, 1, 0), (3, 3, 5, 0, 1, 1), (2, 3, 3, 0, 2, 0),
    ] {
      let windows = Windowing(stride: stride, padding: padding, dilation: dilation)
      c.expect(
        windows.places(on: size, taps: taps), equals: expected,
        "windows of \(taps) on \(size), stride \(stride), padding \(padding), dilation \(dilation)")
    }
  },
  Check("a window's pixels lie at stride, dilation and padding") { c in
    let windows = Windowing(stride: 2, padding: 1, dilation: 3)
    c.picture("the pixels of windows 0, 1, 2:") {
      (0..<3).map { r in (0..<3).map { "\(windows.pixel(r, $0))" } }
    }
    c.expect(
      (0..<3).map { r in (0..<3).map { windows.pixel(r, $0) } },
      equals: [[-1, 2, 5], [1, 4, 7], [3, 6, 9]],
      "three pixels of three windows, stride 2, padding 1, dilation 3")
  },
]

private let checksOfConvolutions: [Check] = [
  Check("a filter of one pixel multiplies") { c in
    let x = Planes(1, 1, 2, 3, values: [1, 2, 3, 4, 5, 6])
    expect(
      c, Convolution2D.forward(x, Planes(1, 1, 1, 1, values: [10]), bias: [1]),
      [[11, 21, 31], [41, 51, 61]], "2 × 3 pixels times 10, plus a bias of 1")
  },
  Check("a filter is not turned around, and rows are not columns") { c in
    let x = Planes(1, 1, 3, 3, values: [1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(
      c, Convolution2D.forward(x, Planes(1, 1, 2, 1, values: [1, 100]), bias: [0]),
      [[401, 502, 603], [704, 805, 906]], "one column of [1, 100] on 1 … 9")
    expect(
      c, Convolution2D.forward(x, Planes(1, 1, 1, 2, values: [1, 100]), bias: [0]),
      [[201, 302], [504, 605], [807, 908]], "one row of [1, 100]")
  },
  Check("an edge is found where it is") { c in
    let x = Planes(1, 1, 3, 5, values: [0, 0, 9, 9, 9, 0, 0, 9, 9, 9, 0, 0, 9, 9, 9])
    expect(
      c, Convolution2D.forward(x, Planes(1, 1, 3, 2, values: [-1, 1, -1, 1, -1, 1]), bias: [0]),
      [[0, 27, 0, 0]], "a vertical edge under [−1, 1] in three rows")
  },
  Check("stride, padding and dilation") { c in
    let x = Planes(1, 1, 4, 4, values: Array(1...16))
    let ones = Planes(1, 1, 2, 2, values: [1, 1, 1, 1])
    expect(
      c, Convolution2D.forward(x, ones, bias: [0], Windowing(stride: 2)), [[14, 22], [46, 54]],
      "sums of 2 × 2, stride 2")
    expect(
      c, Convolution2D.forward(x, ones, bias: [0], Windowing(dilation: 2)), [[24, 28], [40, 44]],
      "every second pixel: dilation 2")
    expect(
      c, Convolution2D.forward(x, ones, bias: [0], Windowing(stride: 3, padding: 1)),
      [[1, 7], [22, 54]],
      "stride 3, padding 1")
  },
  Check("channels add up, images stay apart, outputs have filters of their own") { c in
    let x = Planes(2, 2, 1, 1, values: [1, 10, 2, 20])
    let w = Planes(3, 2, 1, 1, values: [1, 1, 1, 0, 0, -1])
    c.expect(
      Convolution2D.forward(x, w, bias: [0, 100, 0]).values, equals: [11, 101, -10, 22, 102, -20],
      "two images of two channels, three outputs, biases 0, 100, 0")
  },
  Check("as many multiplications as pixels under the windows") { c in
    for (size, taps, stride, padding, expected) in [
      (5, 3, 1, 0, 9 * 9), (5, 3, 2, 0, 4 * 9), (4, 3, 1, 1, 10 * 10), (2, 2, 1, 1, 4 * 4),
    ] {
      func numbers(_ count: Int, _ channels: Int, _ size: Int) -> Planes<CountedNumber> {
        let all = (0..<count * channels * size * size).map { CountedNumber($0 + 1) }
        return Planes(count, channels, size, size, values: all)
      }
      let (x, w) = (numbers(2, 2, size), numbers(3, 2, taps))
      let (_, products) = CountedNumber.counting {
        Convolution2D.forward(x, w, bias: [0, 0, 0], Windowing(stride: stride, padding: padding))
      }
      c.trying("\(size) × \(size) pixels, filters of \(taps), stride \(stride), padding \(padding)")
      {
        c.expect(
          products, equals: 2 * 2 * 3 * expected, "products for 2 images, 2 channels, 3 outputs")
      }
    }
  },
  Check("it is the framework's convolution") { c in
    c.forRandomCases(12) { generator in
      func one(of count: Int) -> Int { 1 + generator.integer(below: count) }
      func numbers(_ n: Int, _ c: Int, _ i: Int, _ j: Int) -> Planes<Double> {
        let values = (0..<n * c * i * j).map { _ in generator.normal() }
        return Planes(n, c, i, j, values: values)
      }
      let channels = one(of: 3)
      let (x, w) = (
        numbers(one(of: 2), channels, 3 + one(of: 4), 3 + one(of: 4)),
        numbers(one(of: 3), channels, one(of: 3), one(of: 3))
      )
      let windows = Windowing(stride: one(of: 3), padding: one(of: 3) - 1, dilation: one(of: 2))
      let bias = (0..<w.count).map { _ in generator.normal() }
      func tensor(_ x: Planes<Double>) -> Tensor {
        Tensor(x.values, shape: [x.count, x.channels, x.rows, x.columns], dtype: .float64)
      }
      guard windows.places(on: x.rows, taps: w.rows) > 0,
        windows.places(on: x.columns, taps: w.columns) > 0
      else { return }
      let expected = conv2d(
        tensor(x), weight: tensor(w), bias: Tensor(bias, dtype: .float64),
        stride: Size2d(windows.stride), padding: .zeros(windows.padding),
        dilation: Size2d(windows.dilation))
      c.trying(
        "\(x.count) × \(channels) × \(x.rows) × \(x.columns) under \(w.count) × \(w.rows) × "
          + "\(w.columns), \(windows)"
      ) {
        c.expect(
          tensor(Convolution2D.forward(x, w, bias: bias, windows)), near: expected,
          "the output")
      }
    }
  },
]

/// Expects one plane of whole numbers, row by row.
private func expect(_ c: Recorder, _ y: Planes<Int>, _ rows: [[Int]], _ what: String) {
  c.picture("what came out:") {
    (0..<y.rows).map { i in (0..<y.columns).map { "\(y[0, 0, i, $0])" } }
  }
  c.expect([y.rows, y.columns], equals: [rows.count, rows[0].count], "\(what): rows and columns")
  c.expect(y.values, equals: Array(rows.joined()), what)
}
