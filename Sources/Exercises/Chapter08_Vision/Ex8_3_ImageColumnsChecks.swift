import FledgeCore
import FledgeCourse

let checks8_3: [Check] = [
  Check("each window becomes a column") { c in
    let x = Planes(1, 1, 3, 3, values: Array(1...9))
    let columns = ImageColumns.columns(of: x, image: 0, taps: (2, 2), Windowing())
    draw(c, columns, width: 4)
    c.expect(
      columns, equals: [1, 2, 4, 5, 2, 3, 5, 6, 4, 5, 7, 8, 5, 6, 8, 9],
      "windows of 2 × 2 on 1 … 9: the first row has each window's upper left pixel")
  },
  Check("rows and columns of a window are told apart") { c in
    let x = Planes(1, 1, 2, 3, values: Array(1...6))
    let wide = ImageColumns.columns(of: x, image: 0, taps: (1, 2), Windowing())
    draw(c, wide, width: 4)
    c.expect(wide, equals: [1, 2, 4, 5, 2, 3, 5, 6], "windows of 1 × 2 on 2 × 3 pixels")
    let high = ImageColumns.columns(of: x, image: 0, taps: (2, 1), Windowing())
    c.expect(high, equals: [1, 2, 3, 4, 5, 6], "windows of 2 × 1")
  },
  Check("what lies outside is 0, and channels come one after the other") { c in
    let x = Planes(1, 2, 1, 2, values: [1, 2, 10, 20])
    let columns = ImageColumns.columns(of: x, image: 0, taps: (1, 2), Windowing(padding: 1))
    draw(c, columns, width: 9)
    c.expect(
      columns,
      equals: [
        0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 10, 20, 0, 0, 0, 0, 0, 0,
        10,
        20, 0, 0, 0, 0,
      ], "two channels of [1, 2] and [10, 20], windows of 1 × 2, padding 1")
  },
  Check("each image has columns of its own") { c in
    let x = Planes(2, 1, 1, 2, values: [1, 2, 3, 4])
    c.expect(
      ImageColumns.columns(of: x, image: 1, taps: (1, 1), Windowing()), equals: [3, 4],
      "the columns of image 1")
    var sum = Planes<Int>(zeros: 2, 1, 1, 2)
    ImageColumns.add([5, 6], to: &sum, image: 1, taps: (1, 1), Windowing())
    c.expect(sum.values, equals: [0, 0, 5, 6], "after adding [5, 6] to image 1")
  },
  Check("what is put back adds up where windows overlap") { c in
    var x = Planes<Int>(zeros: 1, 1, 3, 3)
    ImageColumns.add(
      [Int](repeating: 1, count: 16), to: &x, image: 0, taps: (2, 2), Windowing())
    c.picture("the windows over each pixel:") {
      (0..<3).map { i in (0..<3).map { "\(x[0, 0, i, $0])" } }
    }
    c.expect(x.values, equals: [1, 2, 1, 2, 4, 2, 1, 2, 1], "ones under all windows of 2 × 2")
    ImageColumns.add(
      [Int](repeating: 10, count: 16), to: &x, image: 0, taps: (2, 2), Windowing())
    c.expect(x[0, 0, 1, 1], equals: 44, "the middle after tens were added: what was there stays")
  },
  Check("putting back is the adjoint of taking, exactly") { c in
    c.forRandomCases(25) { generator in
      func one(of count: Int) -> Int { 1 + generator.integer(below: count) }
      func numbers(_ count: Int) -> [Int] {
        (0..<count).map { _ in generator.integer(below: 19) - 9 }
      }
      let windows = Windowing(stride: one(of: 3), padding: one(of: 3) - 1, dilation: one(of: 2))
      let taps = (rows: one(of: 3), columns: one(of: 3))
      let (channels, rows, columns) = (one(of: 3), 2 + one(of: 4), 2 + one(of: 4))
      let x = Planes(1, channels, rows, columns, values: numbers(channels * rows * columns))
      let taken = ImageColumns.columns(of: x, image: 0, taps: taps, windows)
      let y = numbers(taken.count)
      var put = Planes<Int>(zeros: 1, channels, rows, columns)
      ImageColumns.add(y, to: &put, image: 0, taps: taps, windows)
      c.trying(
        "\(channels) × \(rows) × \(columns) pixels, windows of \(taps.rows) × \(taps.columns), "
          + "\(windows)"
      ) {
        c.expect(dot(x.values, put.values), equals: dot(taken, y), "⟨x, Aᵀy⟩, which is ⟨Ax, y⟩")
      }
    }
  },
  Check("the product gives what the loops give") { c in
    c.forRandomCases(12) { generator in
      func one(of count: Int) -> Int { 1 + generator.integer(below: count) }
      func numbers(_ n: Int, _ c: Int, _ i: Int, _ j: Int) -> Planes<Float> {
        Planes(n, c, i, j, values: (0..<n * c * i * j).map { _ in Float(generator.normal()) })
      }
      let channels = one(of: 3)
      let (x, w) = (
        numbers(one(of: 3), channels, 4 + one(of: 4), 4 + one(of: 4)),
        numbers(one(of: 4), channels, one(of: 3), one(of: 3))
      )
      let windows = Windowing(stride: one(of: 2), padding: one(of: 3) - 1, dilation: one(of: 2))
      let bias = (0..<w.count).map { _ in Float(generator.normal()) }
      let expected = Convolution2D.forward(x, w, bias: bias, windows)
      c.trying(
        "\(x.count) × \(channels) × \(x.rows) × \(x.columns), \(w.count) filters of \(w.rows) × "
          + "\(w.columns), \(windows)"
      ) {
        let found = ImageColumns.convolution(x, w, bias: bias, windows)
        c.expect(
          found.values.map(Double.init), near: expected.values.map(Double.init), tolerance: 1e-4,
          "the output")
      }
    }
  },
]

private func dot(_ a: [Int], _ b: [Int]) -> Int { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

private func draw(_ c: Recorder, _ columns: [Int], width: Int) {
  c.picture("the columns:") {
    stride(from: 0, to: columns.count, by: width).map { start in
      columns[start..<min(start + width, columns.count)].map(String.init)
    }
  }
}
