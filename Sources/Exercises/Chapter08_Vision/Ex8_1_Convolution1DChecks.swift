import FledgeCore
import FledgeCourse

let checks8_1: [Check] = [
  Check("a filter has as many positions as fit") { c in
    for (count, taps, padding, expected) in [
      (5, 3, 0, 3), (5, 3, 1, 5), (5, 5, 0, 1), (5, 1, 0, 5), (3, 5, 0, 0), (3, 5, 1, 1),
      (3, 9, 1, 0),
    ] {
      c.expect(
        Convolution1D.places(in: count, taps: taps, padding: padding), equals: expected,
        "places of \(taps) taps on \(count), padding \(padding)")
    }
  },
  Check("a filter slides along and is not turned around") { c in
    c.expect(
      Convolution1D.forward([[1, 10, 100]], [[[2, 3]]]), equals: [[32, 320]],
      "[1, 10, 100] under [2, 3]: 2 · 1 + 3 · 10, 2 · 10 + 3 · 100")
    c.expect(
      Convolution1D.forward([[1, 2, 4, 7, 7]], [[[-1, 1]]]), equals: [[1, 2, 3, 0]],
      "[−1, 1] gives the differences of [1, 2, 4, 7, 7]")
  },
  Check("padding puts zeros on both sides") { c in
    c.expect(
      Convolution1D.forward([[1, 10, 100]], [[[2, 3]]], padding: 1), equals: [[3, 32, 320, 200]],
      "[1, 10, 100] under [2, 3], padding 1")
    c.expect(
      Convolution1D.forward([[5]], [[[1, 2, 3]]], padding: 1), equals: [[10]],
      "[5] under [1, 2, 3], padding 1")
  },
  Check("channels add up, and each output has a filter of its own") { c in
    c.expect(
      Convolution1D.forward([[1, 2], [10, 20]], [[[1], [1]], [[2], [0]], [[0], [-1]]]),
      equals: [[11, 22], [2, 4], [-10, -20]], "two channels, three outputs, one tap")
  },
  Check("every product counts, and none with a zero outside is made") { c in
    for (channels, count, outputs, taps, padding, products) in [
      (2, 6, 3, 3, 0, 2 * 3 * 4 * 3), (1, 4, 1, 3, 1, 4 * 3 - 2), (2, 5, 2, 5, 2, 2 * 2 * (25 - 6)),
    ] {
      let x = [[CountedNumber]](repeating: (1...count).map { .init($0) }, count: channels)
      let filter = [[CountedNumber]](repeating: (1...taps).map { .init($0) }, count: channels)
      let w = [[[CountedNumber]]](repeating: filter, count: outputs)
      c.trying("\(channels) channels of \(count), \(outputs) × \(taps) taps, padding \(padding)") {
        let (_, found) = CountedNumber.counting { Convolution1D.forward(x, w, padding: padding) }
        c.expect(found, equals: products, "multiplications")
      }
    }
  },
  Check("it is the framework's convolution") { c in
    c.forRandomCases(10) { generator in
      let (x, w, padding) = problem(generator)
      let places = Convolution1D.places(in: x[0].count, taps: w[0][0].count, padding: padding)
      guard places > 0 else { return }
      let expected = conv1d(
        Tensor(x.joined().map { Float($0) }, shape: [1, x.count, x[0].count]),
        weight: Tensor(
          w.joined().joined().map { Float($0) }, shape: [w.count, x.count, w[0][0].count]),
        padding: .zeros(padding))
      c.trying(words(x, w, padding)) {
        c.expect(
          Convolution1D.forward(x, w, padding: padding).joined().map(Double.init),
          near: expected.array(of: Double.self), "the output")
      }
    }
  },
  Check("the gradients by hand") { c in
    c.expect(
      Convolution1D.inputGradient([[1, 10]], [[[2, 3]]], count: 3), equals: [[2, 23, 30]],
      "of x: dy = [1, 10], w = [2, 3]; the middle of x went into both")
    c.expect(
      Convolution1D.weightGradient([[1, 10]], [[4, 5, 6]], taps: 2), equals: [[[54, 65]]],
      "of w: dy = [1, 10], x = [4, 5, 6]; each tap gets a part from both places")
    c.expect(
      Convolution1D.inputGradient([[1, 10, 100]], [[[2, 3]]], count: 2, padding: 1),
      equals: [[23, 230]], "of x with padding 1: what went to the zeros is lost")
  },
  Check("both gradients are adjoint to the convolution, exactly") { c in
    // y is linear in x and in w, so Σ dy · y = Σ dx · x = Σ dw · w. In integers nothing is rounded.
    c.forRandomCases(20) { generator in
      let (x, w, padding) = problem(generator)
      let y = Convolution1D.forward(x, w, padding: padding)
      let dy = y.map { $0.map { _ in generator.integer(below: 9) - 4 } }
      let dx = Convolution1D.inputGradient(dy, w, count: x[0].count, padding: padding)
      let dw = Convolution1D.weightGradient(dy, x, taps: w[0][0].count, padding: padding)
      c.trying(words(x, w, padding)) {
        c.expect(dot(dx, x), equals: dot(dy, y), "Σ dx · x, which is Σ dy · y")
        c.expect(
          zip(dw, w).reduce(0) { $0 + dot($1.0, $1.1) }, equals: dot(dy, y),
          "Σ dw · w, which is Σ dy · y")
      }
    }
  },
]

/// Small whole numbers for x and w, and a padding.
private func problem(_ generator: Generator) -> (x: [[Int]], w: [[[Int]]], padding: Int) {
  func numbers(_ count: Int) -> [Int] { (0..<count).map { _ in generator.integer(below: 9) - 4 } }
  let (channels, outputs) = (1 + generator.integer(below: 3), 1 + generator.integer(below: 3))
  let (count, taps) = (2 + generator.integer(below: 6), 1 + generator.integer(below: 4))
  return (
    (0..<channels).map { _ in numbers(count) },
    (0..<outputs).map { _ in (0..<channels).map { _ in numbers(taps) } },
    generator.integer(below: 3)
  )
}

private func words(_ x: [[Int]], _ w: [[[Int]]], _ padding: Int) -> String {
  "x = \(x), w = \(w), padding \(padding)"
}

private func dot(_ a: [[Int]], _ b: [[Int]]) -> Int {
  zip(a.joined(), b.joined()).reduce(0) { $0 + $1.0 * $1.1 }
}
