import FledgeCore
import FledgeCourse
import Foundation

private typealias Draw = (Shape, Generator) -> Tensor

private func moments(_ x: Tensor) -> (mean: Double, deviation: Double, tail: Double) {
  let values = x.array(of: Double.self)
  let mean = values.reduce(0, +) / Double(values.count)
  let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
  let fourth = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) * ($1 - mean) * ($1 - mean) }
  return (mean, square.squareRoot(), fourth / Double(values.count) / (square * square))
}

extension Recorder {
  /// Whether what `draw` draws has deviation σ and mean 0 within what chance allows.
  fileprivate func expectDeviation(_ sigma: Double, _ shape: Shape, _ name: String, _ draw: Draw) {
    trying("\(name) of \(shape)") {
      let x = draw(shape, Generator(seed: 5))
      expect(x.shape, equals: shape, "the shape")
      let found = moments(x)
      // The deviation of n draws is off by a part of about 1/√(2n); five times that is allowed.
      let chance = 5 / Double(2 * shape.count).squareRoot()
      expect(found.deviation / sigma, near: 1, tolerance: chance, "its deviation over σ = \(sigma)")
      expect(found.mean / sigma, near: 0, tolerance: 2 * chance, "its mean over σ")
    }
  }
}

/// The deviation of what comes out of each of so many layers of 256, for inputs of deviation 1.
private func deviations(layers: Int, _ draw: Draw, _ activation: (Tensor) -> Tensor) -> [Double] {
  let generator = Generator(seed: 8)
  var x = Tensor.normal([64, 256], using: generator)
  return (0..<layers).map { _ in
    x = activation(x.matmul(draw([256, 256], generator).transposed()))
    return (x.square().mean().item()).squareRoot()
  }
}

/// One row a layer: how large its outputs are, on a scale of powers of ten.
private func picture(_ deviations: [Double]) -> String {
  deviations.enumerated().filter { $0.offset % 4 == 3 }.map { layer, deviation in
    // Wrong draws may make nothing, infinities or NaN of the inputs.
    let place = deviation > 0 ? Int(min(max((log10(deviation) + 6) * 4, 0), 40).rounded()) : 0
    return "  layer \(layer < 9 ? " " : "")\(layer + 1) "
      + String(repeating: " ", count: place) + "● \(deviation)"
  }.joined(separator: "\n")
}

let checks5_2: [Check] = [
  Check("fans of matrices and filters") { c in
    let cases: [(Shape, Int, Int)] = [
      ([10, 784], 784, 10), ([64, 64], 64, 64), ([32, 16, 3, 3], 144, 288), ([8, 4, 5], 20, 40),
    ]
    for (shape, input, output) in cases {
      c.trying("a weight \(shape)") {
        let found = fans(of: shape)
        c.expect(found.input, equals: input, "numbers that meet in one output")
        c.expect(found.output, equals: output, "outputs that one input has a part in")
      }
    }
  },
  Check("Glorot's deviation is √(2 / (fan-in + fan-out))") { c in
    for (shape, sigma) in [
      ([100, 300], 0.0707107), ([300, 100], 0.0707107), ([32, 16, 3, 3], 0.0680414),
    ] as [(Shape, Double)] {
      c.expectDeviation(sigma, shape, "glorotUniform") { glorotUniform($0, using: $1) }
      c.expectDeviation(sigma, shape, "glorotNormal") { glorotNormal($0, using: $1) }
    }
    c.expectDeviation(0.1178511, [100, 300], "glorotUniform with gain 5/3") {
      glorotUniform($0, gain: 5.0 / 3, using: $1)
    }
    c.expectDeviation(0.1178511, [100, 300], "glorotNormal with gain 5/3") {
      glorotNormal($0, gain: 5.0 / 3, using: $1)
    }
  },
  Check("He's deviation is √(2 / fan-in)") { c in
    for (shape, sigma) in [
      ([100, 300], 0.0816497), ([300, 100], 0.1414214), ([32, 16, 3, 3], 0.1178511),
    ] as [(Shape, Double)] {
      c.expectDeviation(sigma, shape, "heUniform") { heUniform($0, using: $1) }
      c.expectDeviation(sigma, shape, "heNormal") { heNormal($0, using: $1) }
    }
  },
  Check("uniform is flat and bounded, normal has tails") { c in
    // The fourth moment over the square of the second is 1.8 for a uniform, 3 for a normal one.
    let shape: Shape = [200, 200]
    for (name, draw, tail) in [
      ("glorotUniform", { glorotUniform($0, using: $1) }, 1.8),
      ("heUniform", { heUniform($0, using: $1) }, 1.8),
      ("glorotNormal", { glorotNormal($0, using: $1) }, 3),
      ("heNormal", { heNormal($0, using: $1) }, 3),
    ] as [(String, Draw, Double)] {
      let found = moments(draw(shape, Generator(seed: 6)))
      c.expect(found.tail, near: tail, tolerance: 0.05, "fourth moment over σ⁴ of \(name)")
    }
    let largest = heUniform(shape, using: Generator(seed: 7)).abs().max().item()
    c.expect(largest, near: 0.1732051, tolerance: 1e-3, "largest of heUniform [200, 200]: √3 σ")
  },
  Check("draws come from the generator that was given") { c in
    for (name, draw) in [
      ("glorotUniform", { glorotUniform($0, using: $1) }),
      ("glorotNormal", { glorotNormal($0, using: $1) }),
      ("heUniform", { heUniform($0, using: $1) }), ("heNormal", { heNormal($0, using: $1) }),
    ] as [(String, Draw)] {
      let generator = Generator(seed: 1)
      let first = draw([4, 4], generator)
      c.expect(draw([4, 4], Generator(seed: 1)), near: first, "\(name) with the same seed again")
      c.expect(!draw([4, 4], generator).isClose(to: first), "the next \(name) is another one")
    }
  },
  Check("signals keep their size through 24 layers") { c in
    let relus = deviations(layers: 24, { heNormal($0, using: $1) }, relu)
    c.picture { picture(relus) }
    c.expect(
      (0.4...2.5).contains(relus[23]),
      "deviation after 24 layers of relu with He's weights: \(relus[23]), from 1 at the start")
    let linear = deviations(layers: 24, { glorotUniform($0, using: $1) }, { $0 })
    c.picture { picture(linear) }
    c.expect(
      (0.4...2.5).contains(linear[23]),
      "deviation after 24 linear layers with Glorot's weights: \(linear[23])")
  },
]
