import FledgeCore
import FledgeTestSupport
import Testing

/// Convolutions and what they are made of, against plain loops and by their properties.
@Suite struct ConvolutionTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var x: Shape
    var weight: Shape
    var stride: Size2d = 1
    var padding: Size2d = 0
    var dilation: Size2d = 1
    var groups: Int { x[1] / weight[1] }
    var testDescription: String { "\(x) ∗ \(weight), \(stride), \(padding), \(dilation)" }

    func convolve(_ x: Tensor, _ weight: Tensor, _ bias: Tensor? = nil) -> Tensor {
      conv2d(
        x, weight: weight, bias: bias, stride: stride, padding: .zeros(padding),
        dilation: dilation, groups: groups)
    }
  }

  static let cases: [Case] = [
    Case(x: [2, 3, 9, 33], weight: [7, 3, 3, 3], padding: 1),
    Case(x: [1, 1, 28, 28], weight: [16, 1, 3, 3], padding: 1),
    Case(x: [3, 16, 14, 14], weight: [32, 16, 3, 3], padding: 1),
    Case(x: [5, 3, 32, 32], weight: [16, 3, 7, 7], stride: 4, padding: 3),
    Case(x: [11, 6, 4, 4], weight: [13, 6, 3, 3], stride: 2, padding: 1),
    Case(x: [3, 8, 2, 1], weight: [20, 8, 3, 3], padding: 1),
    Case(x: [2, 6, 11, 17], weight: [9, 2, 2, 4], stride: Size2d(3, 2), padding: Size2d(0, 5)),
    Case(x: [2, 4, 12, 13], weight: [8, 1, 3, 2], dilation: Size2d(2, 5)),
    Case(x: [1, 2, 70, 40], weight: [3, 2, 1, 1], stride: Size2d(1, 3)),
    Case(x: [1, 5, 3, 100], weight: [17, 5, 3, 5], padding: 4, dilation: 2),
  ]

  /// The definition, element by element, in double precision.
  static func byLoops(_ c: Case, _ x: [Double], _ weight: [Double]) -> [Double] {
    func size(_ axis: Int, _ p: Int, _ d: Int, _ s: Int) -> Int {
      (c.x[axis] + 2 * p - d * (c.weight[axis] - 1) - 1) / s + 1
    }
    let rows = size(2, c.padding.rows, c.dilation.rows, c.stride.rows)
    let columns = size(3, c.padding.columns, c.dilation.columns, c.stride.columns)
    var y: [Double] = []
    for n in 0..<c.x[0] {
      for m in 0..<c.weight[0] {
        let group = m / (c.weight[0] / c.groups)
        for r in 0..<rows {
          for s in 0..<columns {
            var sum = 0.0
            for i in 0..<c.weight[1] {
              for j in 0..<c.weight[2] {
                let row = r * c.stride.rows + j * c.dilation.rows - c.padding.rows
                if row < 0 || row >= c.x[2] { continue }
                for k in 0..<c.weight[3] {
                  let column = s * c.stride.columns + k * c.dilation.columns - c.padding.columns
                  if column < 0 || column >= c.x[3] { continue }
                  let channel = group * c.weight[1] + i
                  sum +=
                    x[((n * c.x[1] + channel) * c.x[2] + row) * c.x[3] + column]
                    * weight[((m * c.weight[1] + i) * c.weight[2] + j) * c.weight[3] + k]
                }
              }
            }
            y.append(sum)
          }
        }
      }
    }
    return y
  }

  @Test(arguments: cases)
  func `a convolution is its definition`(c: Case) {
    let source = Generator(seed: 3)
    let (x, w) = (Tensor.normal(c.x, using: source), Tensor.normal(c.weight, using: source))
    let expected = Self.byLoops(c, x.array(of: Double.self), w.array(of: Double.self))
    expectElements(c.convolve(x, w), expected, within: 2e-4)
  }

  @Test(arguments: cases)
  func `the gradients are adjoints`(c: Case) {
    // Σ conv(x, w) · dy = Σ x · dx = Σ w · dw, since a convolution is linear in both.
    let source = Generator(seed: 4)
    let x = Tensor.normal(c.x, using: source).requiringGradients()
    let w = Tensor.normal(c.weight, using: source).requiringGradients()
    let b = Tensor.normal([c.weight[0]], using: source).requiringGradients()
    let y = c.convolve(x, w)
    let dy = Tensor.normal(y.shape, using: source)
    let product = (y * dy).cast(to: .float64).sum().item()
    y.backward(gradient: dy)
    func inner(_ a: Tensor, _ b: Tensor) -> Double {
      (a.detached().cast(to: .float64) * b.cast(to: .float64)).sum().item()
    }
    let scale = (y.detached().square().sum() * dy.square().sum()).sqrt().item()
    #expect(abs(inner(x, x.grad!) - product) < 1e-6 * scale)
    #expect(abs(inner(w, w.grad!) - product) < 1e-6 * scale)
    c.convolve(x, w, b).backward(gradient: dy)
    #expect(b.grad!.isClose(to: dy.sum(axes: [0, 2, 3]), absoluteTolerance: 1e-4))
  }

  @Test func `col2im is the adjoint of im2col`() {
    let source = Generator(seed: 5)
    for (stride, padding, dilation) in [(1, 0, 1), (2, 1, 1), (3, 2, 2), (1, 2, 3)] {
      let x = Tensor.normal([2, 3, 13, 11], using: source)
      func columns(_ x: Tensor) -> Tensor {
        im2col(
          x, kernel: Size2d(3, 2), stride: Size2d(stride), padding: .zeros(padding),
          dilation: Size2d(dilation))
      }
      let y = Tensor.normal(columns(x).shape, using: source)
      let back = col2im(
        y, image: Size2d(13, 11), kernel: Size2d(3, 2), stride: Size2d(stride),
        padding: .zeros(padding), dilation: Size2d(dilation))
      let (left, right) = ((columns(x) * y).sum().item(), (x * back).sum().item())
      #expect(abs(left - right) < 1e-3 * max(1, abs(left)), "\(stride), \(padding), \(dilation)")
    }
  }

  @Test func `a convolution is a product of the weight with the columns`() {
    let source = Generator(seed: 6)
    let (x, w) = (
      Tensor.normal([2, 3, 8, 9], using: source), Tensor.normal([4, 3, 3, 3], using: source)
    )
    let columns = im2col(x, kernel: 3, stride: 2, padding: 1)
    let product = w.reshaped([4, 27]).matmul(columns).reshaped([2, 4, 4, 5])
    let y = conv2d(x, weight: w, stride: 2, padding: 1)
    #expect(y.isClose(to: product, relativeTolerance: 1e-4, absoluteTolerance: 1e-4))
  }

  @Test func `the gradient of x is not computed where nobody wants it`() {
    let x = Tensor.normal([2, 1, 8, 8], using: Generator(seed: 7))
    let w = Tensor.normal([3, 1, 3, 3], using: Generator(seed: 8)).requiringGradients()
    let (_, profile) = withProfiler { conv2d(x, weight: w).sum().backward() }
    let names = profile.events.map(\.name)
    #expect(names.contains { $0.hasPrefix("conv2dWeightGradient") })
    #expect(!names.contains { $0.hasPrefix("conv2dInputGradient") })
  }

  @Test func `max pooling picks NaN, and the first of equal values`() {
    let x = Tensor([1, 1, .nan, 5, 1, 1, 2, 7] as [Float], shape: [1, 1, 2, 4])
    let leaf = x.requiringGradients()
    let y = maxPool2d(leaf, kernel: 2)
    #expect(y.array()[0] == 1 && y.array()[1].isNaN)
    y.sum().backward()
    #expect(leaf.grad!.array() == [1, 0, 1, 0, 0, 0, 0, 0])
  }

  /// The same bits for any number of threads, in a process of its own.
  @Test func `threads do not change convolutions, pooling and norms`() async {
    await #expect(processExitsWith: .success) {
      let source = Generator(seed: 9)
      for c in ConvolutionTests.cases {
        let inputs = [c.x, c.weight, [c.weight[0]]].map { Tensor.normal($0, using: source) }
        ThreadTests.expectSameBits(c.testDescription) {
          ThreadTests.passes(inputs) { [c.convolve($0[0], $0[1], $0[2])] }
        }
      }
      let x = Tensor.normal([7, 6, 33, 41], using: source)
      let (w, b) = (Tensor.normal([6], using: source), Tensor.normal([6], using: source))
      ThreadTests.expectSameBits("pooling and norms") {
        ThreadTests.passes([x, w, b]) { inputs in
          let (x, w, b) = (inputs[0], inputs[1], inputs[2])
          return [
            maxPool2d(x, kernel: 2), maxPool2d(x, kernel: 3, stride: 2, padding: 1),
            avgPool2d(x, kernel: 3, stride: 1), batchNorm(x, weight: w, bias: b).y,
            groupNorm(x, groups: 3, weight: w, bias: b),
            rmsNorm(x.reshaped([7 * 33 * 41, 6]), weight: w), im2col(x, kernel: 2),
          ]
        }
      }
    }
  }
}
