import FledgeCore
import FledgeCourse

let checks8_4: [Check] = [
  Check("a bias gets the sum of all that it was added to") { c in
    let dy = Planes<Float>(2, 2, 1, 2, values: [1, 2, 10, 20, 3, 4, 30, 40])
    c.expect(
      ConvolutionGradients.bias(dy).map(Double.init), near: [10, 100],
      "two images, two outputs, two places")
  },
  Check("a filter gets, for each tap, the products of dy and the pixels under it") { c in
    let x = Planes<Float>(1, 1, 2, 2, values: [1, 2, 3, 4])
    let dy = Planes<Float>(1, 1, 2, 1, values: [10, 100])
    c.expect(
      ConvolutionGradients.weight(dy, x, taps: (1, 2), Windowing()).values.map(Double.init),
      near: [310, 420], "taps of 1 × 2: 10 · 1 + 100 · 3, and 10 · 2 + 100 · 4")
  },
  Check("the images of a batch add up in a filter's gradient") { c in
    let x = Planes<Float>(2, 1, 1, 1, values: [3, 5])
    let dy = Planes<Float>(2, 2, 1, 1, values: [1, 10, 2, 20])
    c.expect(
      ConvolutionGradients.weight(dy, x, taps: (1, 1), Windowing()).values.map(Double.init),
      near: [13, 130], "1 · 3 + 2 · 5, and 10 · 3 + 20 · 5")
  },
  Check("a pixel gets, through each filter and window that it was under, tap times dy") { c in
    let w = Planes<Float>(1, 1, 1, 2, values: [2, 3])
    let dy = Planes<Float>(1, 1, 1, 2, values: [1, 10])
    c.expect(
      ConvolutionGradients.input(dy, w, rows: 1, columns: 3, Windowing()).values.map(Double.init),
      near: [2, 23, 30], "dy = [1, 10] through [2, 3]")
    let both = Planes<Float>(2, 2, 1, 1, values: [1, 10, 2, 20])
    let one = Planes<Float>(1, 2, 1, 1, values: [3, 5])
    c.expect(
      ConvolutionGradients.input(one, both, rows: 1, columns: 1, Windowing()).values
        .map(Double.init), near: [13, 130], "two filters and two channels: 3 · 1 + 5 · 2, and tens")
  },
  Check("the images of a batch stay apart on the way back") { c in
    let w = Planes<Float>(1, 1, 1, 1, values: [2])
    let dy = Planes<Float>(3, 1, 1, 1, values: [1, 10, 100])
    c.expect(
      ConvolutionGradients.input(dy, w, rows: 1, columns: 1, Windowing()).values.map(Double.init),
      near: [2, 20, 200], "dy = 1, 10, 100 of three images through a filter of one tap, 2")
  },
  Check("pixels that no window reaches get 0") { c in
    let w = Planes<Float>(1, 1, 1, 1, values: [2])
    let dy = Planes<Float>(1, 1, 1, 2, values: [1, 1])
    c.expect(
      ConvolutionGradients.input(dy, w, rows: 1, columns: 4, Windowing(stride: 2)).values
        .map(Double.init), near: [2, 0, 2, 0], "stride 2 over four pixels")
  },
  Check("all three are those of the framework") { c in
    c.forRandomCases(12) { generator in
      func one(of count: Int) -> Int { 1 + generator.integer(below: count) }
      func numbers(_ shape: Shape) -> Tensor { Tensor.normal(shape, using: generator) }
      let (channels, outputs) = (one(of: 3), one(of: 4))
      let x = numbers([one(of: 3), channels, 4 + one(of: 4), 4 + one(of: 4)]).requiringGradients()
      let w = numbers([outputs, channels, one(of: 3), one(of: 3)]).requiringGradients()
      let bias = numbers([outputs]).requiringGradients()
      let windows = Windowing(stride: one(of: 3), padding: one(of: 3) - 1, dilation: one(of: 2))
      let y = conv2d(
        x, weight: w, bias: bias, stride: Size2d(windows.stride), padding: .zeros(windows.padding),
        dilation: Size2d(windows.dilation))
      let dy = numbers(y.shape)
      let expected = gradients(of: y, withRespectTo: [x, w, bias], outputGradient: dy)
      c.trying("x \(x.shape), w \(w.shape), \(windows)") {
        let (planes, filters, above) = (
          Planes(x.detached()), Planes(w.detached()), Planes(dy)
        )
        c.expect(
          Tensor(ConvolutionGradients.bias(above)), near: expected[2], tolerance: 1e-3,
          "the gradient of the bias")
        c.expect(
          ConvolutionGradients.weight(
            above, planes, taps: (filters.rows, filters.columns), windows
          ).tensor, near: expected[1], tolerance: 1e-3, "the gradient of the filters")
        c.expect(
          ConvolutionGradients.input(
            above, filters, rows: planes.rows, columns: planes.columns, windows
          ).tensor, near: expected[0], tolerance: 1e-3, "the gradient of x")
      }
    }
  },
  Check("the framework differentiates through your convolution") { c in
    let generator = Generator(seed: 3)
    let (x, w, bias) = (
      Tensor.normal([2, 2, 5, 4], using: generator).requiringGradients(),
      Tensor.normal([3, 2, 3, 2], using: generator).requiringGradients(),
      Tensor.normal([3], using: generator).requiringGradients()
    )
    let windows = Windowing(stride: 2, padding: 1)
    let mine = gradients(
      of: tanh(apply(MyConvolution(windows: windows), [x, w, bias])[0]).sum(),
      withRespectTo: [x, w, bias])
    let expected = gradients(
      of: tanh(conv2d(x, weight: w, bias: bias, stride: 2, padding: 1)).sum(),
      withRespectTo: [x, w, bias])
    for (name, (a, b)) in zip(["x", "w", "bias"], zip(mine, expected)) {
      c.expect(a, near: b, tolerance: 1e-4, "the gradient of \(name) in Σ tanh(convolution)")
    }
  },
]
