import FledgeCore

extension RandomOperation {
  static var images: [RandomOperation] {
    [
      RandomOperation("conv2d") { a in
        let (kernel, groups) = (a.shape(rank: 2...2, sizes: 0...3), a.count("groups", 1...2))
        let channels = (1...4).contains(groups) ? groups : 1
        let x = image(a, channels: channels * 2)
        let weight = a.tensor(
          "weight", a.shape(near: Shape([channels * 2, 2] + kernel)), dtype: x.dtype)
        let bias = a.tensor("bias", a.shape(near: [weight.shape[0]]), dtype: x.dtype)
        let (stride, padding) = (a.size2d("stride"), a.padding("padding"))
        let (dilation, hasBias) = (a.size2d("dilation", 1...2), a.flag("hasBias"))
        return Drawn([x, weight, bias]) {
          [
            conv2d(
              $0[0], weight: $0[1], bias: hasBias ? $0[2] : nil, stride: stride, padding: padding,
              dilation: dilation, groups: groups)
          ]
        }
      },
      RandomOperation("conv1d") { a in
        let x = a.tensor("x", a.shape(rank: 3...3))
        let weight = a.tensor("weight", a.shape(near: [2, x.shape[1], 2]), dtype: x.dtype)
        let (stride, padding) = (a.count("stride", 1...3), a.count("padding", 0...2))
        let (dilation, groups) = (a.count("dilation", 1...2), a.count("groups", 1...2))
        return Drawn([x, weight]) {
          [
            conv1d(
              $0[0], weight: $0[1], stride: stride, padding: .zeros(padding), dilation: dilation,
              groups: groups)
          ]
        }
      },
      RandomOperation("convTranspose2d") { a in
        let (kernel, groups) = (a.shape(rank: 2...2, sizes: 1...3), a.count("groups", 1...2))
        let channels = (1...4).contains(groups) ? groups : 1
        let x = image(a, channels: channels * 2)
        let weight = a.tensor(
          "weight", a.shape(near: Shape([channels * 2, 2] + kernel)), dtype: x.dtype)
        let (stride, padding) = (a.size2d("stride"), a.size2d("padding", 0...1))
        let (extra, dilation) = (a.size2d("outputPadding", 0...1), a.size2d("dilation", 1...2))
        return Drawn([x, weight]) {
          [
            convTranspose2d(
              $0[0], weight: $0[1], stride: stride, padding: padding, outputPadding: extra,
              dilation: dilation, groups: groups)
          ]
        }
      },
      RandomOperation("im2col") { a in
        let (x, kernel) = (image(a), a.size2d("kernel"))
        let (stride, padding) = (a.size2d("stride"), a.padding("padding"))
        let dilation = a.size2d("dilation", 1...2)
        return Drawn(x) {
          im2col($0, kernel: kernel, stride: stride, padding: padding, dilation: dilation)
        }
      },
      RandomOperation("col2im") { a in
        let columns = a.tensor("columns", a.shape(near: [1, 4, 4]))
        let (size, kernel) = (a.size2d("image", 3...3), a.size2d("kernel", 2...2))
        let (stride, padding) = (a.size2d("stride", 1...1), a.padding("padding"))
        return Drawn(columns) {
          col2im($0, image: size, kernel: kernel, stride: stride, padding: padding)
        }
      },
      RandomOperation("maxPool2d") { a in
        let (x, kernel) = (image(a), a.size2d("kernel"))
        let (stride, padding) = (a.size2d("stride"), a.padding("padding"))
        let dilation = a.size2d("dilation", 1...4)
        return Drawn(x) {
          maxPool2d($0, kernel: kernel, stride: stride, padding: padding, dilation: dilation)
        }
      },
      RandomOperation("avgPool2d") { a in
        let (x, kernel) = (image(a), a.size2d("kernel"))
        let (stride, padding) = (a.size2d("stride"), a.padding("padding"))
        let countsPadding = a.flag("countsPadding")
        return Drawn(x) {
          avgPool2d(
            $0, kernel: kernel, stride: stride, padding: padding, countsPadding: countsPadding)
        }
      },
      RandomOperation("resized") { a in
        let (x, size) = (image(a), a.size2d("size", 1...5))
        let isLinear = a.flag("bilinear")
        return Drawn(x) { resized($0, to: size, interpolation: isLinear ? .bilinear : .nearest) }
      },
      RandomOperation("adaptiveAvgPool2d") { a in
        let (x, size) = (image(a), a.size2d("size", 1...5))
        return Drawn(x) { adaptiveAvgPool2d($0, to: size) }
      },
    ]
  }

  /// Images, now and then empty or of another rank.
  private static func image(_ a: RandomArguments, channels: Int = 2) -> Tensor {
    let size = a.shape(rank: 2...2, sizes: a.happens(0.9) ? 1...6 : 0...2)
    return a.tensor("x", a.shape(near: Shape([a.one(of: [0, 1, 2, 2]), channels] + size)))
  }
}
