import FledgeCore
import Testing

/// An infinite pixel, or one that is not a number, shows where it is read, and nowhere else.
@Suite struct ResamplingTests {
  static let sizes = [Size2d(8, 8), Size2d(3, 5), Size2d(16, 12), Size2d(1, 1), Size2d(24, 7)]

  static let members: [String: @Sendable (Tensor) -> Tensor] = {
    var result: [String: @Sendable (Tensor) -> Tensor] = [
      "avgPool2d": { avgPool2d($0, kernel: 3, stride: 2, padding: 1) },
      "avgPool2d inside": { avgPool2d($0, kernel: 2, padding: 1, countsPadding: false) },
      "maxPool2d": { maxPool2d($0, kernel: 3, stride: 2, padding: 1) },
      "avgPool2d of ceil mode": { avgPool2d($0, kernel: 3, stride: 2, ceilMode: true) },
      "maxPool2d of ceil mode": { maxPool2d($0, kernel: 3, stride: 2, ceilMode: true) },
      "bicubic by 1.5": { resized($0, by: 1.5, interpolation: .bicubic) },
      "nearest by 1.7": { resized($0, by: 1.7) },
    ]
    for size in sizes {
      result["bicubic \(size)"] = { resized($0, to: size, interpolation: .bicubic) }
      result["corners \(size)"] = {
        resized($0, to: size, interpolation: .bilinear, alignCorners: true)
      }
      result["adaptive max \(size)"] = { adaptiveMaxPool2d($0, to: size) }
      result["nearest \(size)"] = { resized($0, to: size) }
      result["bilinear \(size)"] = { resized($0, to: size, interpolation: .bilinear) }
      result["adaptive \(size)"] = { adaptiveAvgPool2d($0, to: size) }
    }
    return result
  }()

  @Test(arguments: members.keys, [DType.float32, .float64, .float16])
  func `a pixel touches the outputs that read it`(name: String, dtype: DType) {
    let function = Self.members[name]!
    let image = Tensor.uniform([1, 2, 8, 8], in: 0.5...1.5, using: Generator(seed: 5))
      .array(of: Double.self)
    func outputs(_ place: Int, _ value: Double) -> [Double] {
      var values = image
      values[place] = value
      return function(Tensor(values, shape: [1, 2, 8, 8], dtype: dtype)).array(of: Double.self)
    }
    func check() {
      for place in [0, 28, 63, 64 + 37] {
        let plain = outputs(place, image[place])
        // What another value changes is what reads the pixel.
        let reads = zip(plain, outputs(place, 1000)).map { $0 != $1 }
        for value in [Double.infinity, .nan] {
          for (i, y) in outputs(place, value).enumerated() {
            #expect(y == plain[i] || (reads[i] && !y.isFinite), "output \(i) of pixel \(place)")
            #expect(!reads[i] || !y.isFinite, "output \(i) of pixel \(place)")
          }
        }
      }
    }
    withBackend(.cpu) { check() }
    withBackend(.reference) { check() }
  }

  @Test func `images of bytes are resampled and rounded`() {
    let bytes = Tensor([UInt8(0), 100, 200, 255], shape: [1, 1, 1, 4])
    let y = resized(bytes, to: Size2d(1, 8), interpolation: .bilinear)
    // At 0, ¼, ¾, 1¼, …: 25, 75, 125, 175, 213.75, 241.25.
    #expect(y.dtype == .uint8 && y.array(of: Int.self) == [0, 25, 75, 125, 175, 214, 241, 255])
    #expect(resized(bytes, to: Size2d(1, 4), interpolation: .bilinear).isIdentical(to: bytes))
    // Cubic polynomials overshoot, bytes do not wrap around.
    let edge = Tensor([UInt8(0), 0, 255, 255], shape: [1, 1, 1, 4])
    let sharp = resized(edge, to: Size2d(1, 8), interpolation: .bicubic).array(of: Int.self)
    #expect(sharp.min() == 0 && sharp.max() == 255 && sharp == sharp.sorted(), "\(sharp)")
  }

  // MARK: Gradients

  static let selecting: [String: @Sendable (Tensor) -> Tensor] = [
    "maximum": { maximum($0, Tensor([1, 2, 2, 1, 5, 0], dtype: $0.dtype)) },
    "maximum of the other": { maximum(Tensor([1, 2, 2, 1, 5, 0], dtype: $0.dtype), $0) },
    "minimum": { minimum($0, Tensor([1, 2, 2, 1, 5, 0], dtype: $0.dtype)) },
    "relu": { relu($0) },
    "clamped": { $0.clamped(min: 0.75, max: 3) },
    "where": { Tensor.where($0 .> 1, $0, Tensor.zeros([], dtype: $0.dtype)) },
    "masked": { $0.masked(where: $0 .> 1, with: 7) },
    "dropout": { dropout($0, probability: 0.5, using: Generator(seed: 2)) },
    "max": { $0.reshaped([2, 3]).max(axis: 1) },
    "min": { $0.reshaped([3, 2]).min(axis: 1) },
    "norm ∞": { $0.reshaped([2, 3]).norm(.infinity, axes: [1]) },
    "maxPool2d": { maxPool2d($0.reshaped([1, 1, 2, 3]), kernel: Size2d(1, 2), stride: 1) },
  ]

  @Test(arguments: selecting.keys, [DType.float32, .float64, .float16])
  func `an infinite gradient goes to the element that was chosen`(name: String, dtype: DType) {
    let function = Self.selecting[name]!
    let x = Tensor([1, 3, 2, -1, 0.5, 4], dtype: dtype)
    func gradient(_ place: Int, _ value: Double) -> [Double] {
      let leaf = x.requiringGradients()
      let y = function(leaf)
      var dy = [Double](repeating: 1, count: y.count)
      if place < dy.count { dy[place] = value }
      y.backward(gradient: Tensor(dy, shape: y.shape, dtype: dtype))
      return leaf.grad!.array(of: Double.self)
    }
    func check() {
      for place in 0..<6 {
        let (plain, other) = (gradient(place, 1), gradient(place, 3))
        for (i, dx) in gradient(place, .infinity).enumerated() {
          let expected = plain[i] == other[i] ? plain[i] : .infinity
          #expect(dx.magnitude == expected.magnitude, "element \(i) by output \(place)")
        }
      }
    }
    withBackend(.cpu) { check() }
    withBackend(.reference) { check() }
  }
}
