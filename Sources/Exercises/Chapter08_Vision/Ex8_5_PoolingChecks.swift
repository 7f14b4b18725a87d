import FledgeCore
import FledgeCourse

let checks8_5: [Check] = [
  Check("the largest of each window, and where it stands") { c in
    let x = Planes<Float>(1, 1, 2, 4, values: [1, 5, 2, 0, 3, 4, 9, 8])
    let (y, places) = Pooling(2).maximum(x)
    expect(c, y, [[5, 9]], "the largest of 2 × 2, of [[1, 5, 2, 0], [3, 4, 9, 8]]")
    c.expect(places, equals: [1, 6], "their places in x.values")
  },
  Check("the largest of negative numbers is negative") { c in
    let x = Planes<Float>(1, 1, 2, 2, values: [-3, -1, -4, -2])
    let (y, places) = Pooling(2).maximum(x)
    expect(c, y, [[-1]], "the largest of −3, −1, −4, −2")
    c.expect(places, equals: [1], "its place")
  },
  Check("of equally large ones the first counts") { c in
    let x = Planes<Float>(1, 1, 2, 2, values: [7, 7, 7, 7])
    c.expect(Pooling(2).maximum(x).places, equals: [0], "the place among four sevens")
    let later = Planes<Float>(1, 1, 2, 2, values: [1, 7, 7, 2])
    c.expect(Pooling(2).maximum(later).places, equals: [1], "the place in [[1, 7], [7, 2]]")
  },
  Check("images and channels stay apart, and what does not fill a window is left out") { c in
    let x = Planes<Float>(2, 2, 1, 3, values: (1...12).map(Float.init))
    let (y, places) = Pooling(1, stride: 2).maximum(x)
    c.expect(
      y.values.map(Double.init), near: [1, 3, 4, 6, 7, 9, 10, 12],
      "every second of 1 … 12 by threes")
    c.expect(places, equals: [0, 2, 3, 5, 6, 8, 9, 11], "their places")
    let odd = Pooling(2).maximum(Planes<Float>(1, 1, 3, 3, values: (1...9).map(Float.init)))
    expect(c, odd.values, [[5]], "2 × 2 on 3 × 3: one window fits")
  },
  Check("windows may overlap") { c in
    let x = Planes<Float>(1, 1, 3, 3, values: [1, 2, 3, 4, 9, 5, 6, 7, 8])
    let pooling = Pooling(2, stride: 1)
    let (y, places) = pooling.maximum(x)
    expect(c, y, [[9, 9], [9, 9]], "2 × 2 with stride 1, a 9 in the middle")
    let dy = Planes<Float>(1, 1, 2, 2, values: [1, 10, 100, 1000])
    expect(
      c, pooling.maximumGradient(dy, places: places, like: x),
      [[0, 0, 0], [0, 1111, 0], [0, 0, 0]], "its gradient: the 9 gets all four")
  },
  Check("a gradient goes to the largest, and to no other") { c in
    let x = Planes<Float>(1, 1, 2, 4, values: [1, 5, 2, 0, 3, 4, 9, 8])
    let dy = Planes<Float>(1, 1, 1, 2, values: [10, 20])
    expect(
      c, Pooling(2).maximumGradient(dy, places: [1, 6], like: x), [[0, 10, 0, 0], [0, 0, 20, 0]],
      "the gradient of x")
    let sevens = Planes<Float>(1, 1, 2, 2, values: [7, 7, 7, 7])
    expect(
      c,
      Pooling(2).maximumGradient(
        Planes<Float>(1, 1, 1, 1, values: [10]), places: [0], like: sevens), [[10, 0], [0, 0]],
      "the gradient of four sevens, of which the first counts")
  },
  Check("the mean of each window, and its gradient") { c in
    let x = Planes<Float>(1, 1, 2, 4, values: [1, 5, 2, 0, 3, 3, 8, 6])
    expect(c, Pooling(2).average(x), [[3, 4]], "the means of 2 × 2")
    let dy = Planes<Float>(1, 1, 1, 2, values: [4, 8])
    expect(
      c, Pooling(2).averageGradient(dy, like: x), [[1, 1, 2, 2], [1, 1, 2, 2]],
      "the gradient: a quarter for each")
    let overlap = Planes<Float>(1, 1, 2, 2, values: [4, 4, 4, 4])
    expect(
      c,
      Pooling(2, stride: 1).averageGradient(
        overlap, like: Planes<Float>(zeros: 1, 1, 3, 3)),
      [[1, 2, 1], [2, 4, 2], [1, 2, 1]], "with overlap the parts add up")
  },
  Check("both are those of the framework, forward and backward") { c in
    c.forRandomCases(10) { generator in
      func one(of count: Int) -> Int { 1 + generator.integer(below: count) }
      let pooling = Pooling(1 + one(of: 2), stride: one(of: 3))
      let x = Tensor.normal(
        [one(of: 2), one(of: 3), 3 + one(of: 4), 3 + one(of: 4)], using: generator
      ).requiringGradients()
      let (size, stride) = (Size2d(pooling.size), Size2d(pooling.stride))
      let planes = Planes(x.detached())
      c.trying("\(x.shape), \(pooling)") {
        let largest = maxPool2d(x, kernel: size, stride: stride)
        let dy = Tensor.normal(largest.shape, using: generator)
        let (values, places) = pooling.maximum(planes)
        c.expect(values.tensor, near: largest.detached(), "the largest")
        c.expect(
          pooling.maximumGradient(Planes(dy), places: places, like: planes).tensor,
          near: gradients(of: largest, withRespectTo: [x], outputGradient: dy)[0],
          "the gradient of the largest")
        let mean = avgPool2d(x, kernel: size, stride: stride)
        c.expect(pooling.average(planes).tensor, near: mean.detached(), "the mean")
        c.expect(
          pooling.averageGradient(Planes(dy), like: planes).tensor,
          near: gradients(of: mean, withRespectTo: [x], outputGradient: dy)[0],
          "the gradient of the mean")
      }
    }
  },
]

/// Expects one plane of numbers, row by row.
private func expect(_ c: Recorder, _ y: Planes<Float>, _ rows: [[Double]], _ what: String) {
  c.picture("what came out:") {
    (0..<y.rows).map { i in (0..<y.columns).map { "\(y[0, 0, i, $0])" } }
  }
  c.expect([y.rows, y.columns], equals: [rows.count, rows[0].count], "\(what): rows and columns")
  c.expect(y.values.map(Double.init), near: Array(rows.joined()), what)
}
