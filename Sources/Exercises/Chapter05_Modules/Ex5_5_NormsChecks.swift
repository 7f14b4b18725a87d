import FledgeCore
import FledgeCourse
import FledgeNN

private let rows: Tensor = [[1, 2, -1], [0, -2, 3], [2, 0.5, 1], [-1, 1, 5]]
private let upstream: Tensor = [[1, 2, 0], [0, 1, -1], [3, 0, 1], [1, -2, 2]]

/// Value and gradients of a norm beside those of PyTorch (Tests/Golden/make_course_tensor_golden.py).
extension Recorder {
  fileprivate func expectNorm(
    _ norm: any Layer, value: Tensor, dx: Tensor, dweight: Tensor, dbias: Tensor? = nil
  ) {
    let x = rows.requiringGradients()
    let y = norm(x)
    step("the norm's output", y.detached())
    guard expect(y.detached(), near: value, tolerance: 2e-5, "the output for four rows") else {
      return
    }
    y.backward(gradient: upstream)
    step("x", x.detached(), gradient: x.grad)
    expect(
      x.grad ?? Tensor.zeros([0]), near: dx, tolerance: 2e-5,
      "the gradient of x: it goes through the moments as well")
    for (name, gradient) in [("weight", dweight), ("bias", dbias)] {
      guard let gradient else { continue }
      let found = norm.namedParameters().first { $0.name == name }?.parameter.grad
      expect(
        found ?? Tensor.zeros([0]), near: gradient, tolerance: 2e-5, "the gradient of \(name)")
    }
  }
}

private let checksOfBatchNorm: [Check] = [
  Check("batch norm brings each channel to mean 0 and deviation 1") { c in
    let y = MyBatchNorm(3)(rows * 7 + 100).detached()
    c.expect(y.mean(axis: 0), near: Tensor.zeros([3]), tolerance: 1e-4, "means by column")
    c.expect(
      y.variance(axis: 0, correction: 0), near: Tensor.ones([3]), tolerance: 1e-4,
      "variances by column")
  },
  Check("batch norm in training, value and gradients") { c in
    let norm = MyBatchNorm(3)
    norm.weight = Tensor([1, 2, 0.5])
    norm.bias = Tensor([0, 1, -1])
    c.expectNorm(
      norm,
      value: [
        [0.4472118, 3.2052861, -1.6708197], [-0.4472118, -2.2231105, -0.7763934],
        [1.3416354, 1.1696374, -1.2236066], [-1.3416354, 1.848187, -0.3291803],
      ],
      dx: [
        [-0.5366517, 2.4701153, 0.0223604], [-0.8049838, 0.8786979, -0.3801311],
        [0.626104, -0.3319523, 0.1565245], [0.7155314, -3.0168609, 0.2012462],
      ], dweight: [3.1304826, -0.2544561, 1.7888526], dbias: [5, 1, 2])
  },
  Check("running moments follow the batches") { c in
    let norm = MyBatchNorm(3)
    _ = norm(rows)
    c.expect(norm.runningMean, near: [0.05, 0.0375, 0.2], "the mean after one batch")
    c.expect(
      norm.runningVariance, near: [1.0666667, 1.1895833, 1.5666667],
      "the variance after one batch of four: it divides by 3")
    _ = norm(rows * 2 + 1)
    c.expect(norm.runningMean, near: [0.245, 0.20875, 0.68], "the mean after two")
    c.expect(
      norm.runningVariance, near: [1.6266667, 2.2289583, 4.0766667], "the variance after two")
    let quick = MyBatchNorm(3, momentum: 0.5)
    _ = quick(rows)
    c.trying("momentum = 0.5") {
      c.expect(quick.runningMean, near: [0.25, 0.1875, 1], "the mean after one batch")
      c.expect(
        quick.runningVariance, near: [1.3333333, 1.9479167, 3.8333333],
        "the variance after one batch")
    }
  },
  Check("in evaluation batch norm uses what it has seen, and learns nothing") { c in
    let norm = MyBatchNorm(3)
    _ = norm(rows)
    _ = norm(rows * 2 + 1)
    norm.eval()
    let alone = norm(rows[0..<1]).detached()
    c.expect(alone, near: [[0.5919654, 1.1997873, -0.8320629]], "the output for the first row")
    c.expect(
      norm(rows).detached()[0..<1], near: alone, "the same row among others gives the same")
    c.expect(norm.runningMean, near: [0.245, 0.20875, 0.68], "the running mean afterwards")
    c.expect(
      norm.runningVariance, near: [1.6266667, 2.2289583, 4.0766667],
      "the running variance afterwards")
    norm.weight = Tensor([2, 1, -1])
    norm.bias = Tensor([0, 10, 100])
    c.expect(
      norm(rows[0..<1]).detached(), near: [[1.1839309, 11.1997873, 100.8320629]],
      "the same row with weight [2, 1, −1] and bias [0, 10, 100]")
    let images = Tensor.stack([rows, rows + 1], axis: 2).expandedDims(axis: 3)
    c.expect(
      norm(images).detached()[0].reshaped([3, 2]).transposed(),
      near: norm(Tensor.stack([rows[0], rows[0] + 1], axis: 0)).detached(),
      "two places of an image [3, 2, 1], channel by channel as two rows of 3")
  },
  Check("batch norm of sequences and images: places count as examples") { c in
    let x = Tensor([[[1, 2], [0, 1]], [[3, -1], [2, 2]]])
    c.expect(
      MyBatchNorm(2)(x).detached(),
      near: [
        [[-0.1690305, 0.5070914], [-1.5075458, -0.3015092]],
        [[1.1832133, -1.5212742], [0.9045275, 0.9045275]],
      ], "of [2, 2, 2]")
    let image = Tensor.normal([2, 3, 4, 5], using: Generator(seed: 1))
    let flat = image.movingAxis(1, to: 3).reshaped([40, 3])
    c.expect(
      MyBatchNorm(3)(image).detached().movingAxis(1, to: 3).reshaped([40, 3]),
      near: MyBatchNorm(3)(flat).detached(), "an image [2, 3, 4, 5] is like rows [40, 3]")
    let (ofImage, ofRows) = (MyBatchNorm(3), MyBatchNorm(3))
    _ = (ofImage(image), ofRows(flat))
    c.expect(
      ofImage.runningVariance, near: ofRows.runningVariance,
      "the running variance of the image: it divides by 40 − 1, as for the rows")
    c.expect(ofImage.runningMean, near: ofRows.runningMean, "the running mean of the image")
  },
  Check("running moments are saved and not trained") { c in
    let norm = MyBatchNorm(3)
    _ = norm(rows.requiringGradients())
    c.expect(
      norm.namedParameters().map(\.name), equals: ["weight", "bias"], "what is trained")
    c.expect(
      norm.stateDict().map(\.name),
      equals: ["weight", "bias", "runningMean", "runningVariance"], "what is saved")
    c.expect(norm.runningVariance.graphNode == nil, "the running variance has no graph")
  },
]

private let checksOfRowNorms: [Check] = [
  Check("layer norm, value and gradients") { c in
    let norm = MyLayerNorm(3)
    norm.weight = Tensor([1, 2, 0.5])
    norm.bias = Tensor([0, 1, -1])
    c.expectNorm(
      norm,
      value: [
        [0.2672604, 3.1380831, -1.668151], [-0.1622212, -1.2710972, -0.3511151],
        [1.336289, -1.1380624, -1.1336289], [-1.0690441, 0.4654779, -0.3318474],
      ],
      dx: [
        [-0.8590491, 0.5727092, 0.28634], [-0.3201733, 0.1921054, 0.1280679],
        [0.1718798, 0.3435602, -0.51544], [0.859053, -1.28858, 0.429527],
      ], dweight: [3.2070834, 1.5370565, 1.1075826], dbias: [5, 1, 2])
  },
  Check("RMS norm, value and gradients") { c in
    let norm = MyRMSNorm(3)
    norm.weight = Tensor([1, 2, 0.5])
    c.expectNorm(
      norm,
      value: [
        [0.7071066, 2.8284264, -0.3535533], [0, -1.9215376, 0.7205766],
        [1.5118575, 0.7559287, 0.3779644], [-0.3333333, 0.6666666, 0.8333333],
      ],
      dx: [
        [-0.3535528, 0.7071077, 1.0606594], [0, 0.5542898, 0.3695263],
        [0.3959637, -0.4679556, -0.5579469], [0.3333333, -1.3333333, 0.3333333],
      ], dweight: [4.9093457, 1.200991, 2.6481087])
  },
  Check("examples do not see each other") { c in
    for norm in [MyLayerNorm(3), MyRMSNorm(3)] as [any Layer] {
      let all = norm(rows).detached()
      c.expect(
        norm(rows[2..<3]).detached(), near: all[2..<3],
        "\(type(of: norm)): a row alone gives what it gives among others")
      let box = norm(rows.reshaped([2, 2, 3])).detached()
      c.expect(
        box.reshaped([4, 3]), near: all, "\(type(of: norm)): [2, 2, 3] is like [4, 3]")
    }
  },
  Check("small numbers stay finite, epsilon under the root") { c in
    let equal = Tensor([[2, 2, 2]])
    c.expect(MyLayerNorm(3)(equal).detached(), near: [[0, 0, 0]], "layer norm of equal numbers")
    c.expect(MyRMSNorm(3)(equal * 0).detached(), near: [[0, 0, 0]], "RMS norm of zeros")
    c.expect(
      MyLayerNorm(2, epsilon: 1)(Tensor([[1, -1]])).detached(), near: [[0.7071068, -0.7071068]],
      "layer norm of [1, −1] with ε = 1: 1 / √(1 + 1)")
    c.expect(
      MyRMSNorm(2, epsilon: 3)(Tensor([[1, -1]])).detached(), near: [[0.5, -0.5]],
      "RMS norm of [1, −1] with ε = 3: 1 / √(1 + 3)")
    c.expect(
      MyBatchNorm(1, epsilon: 3)(Tensor([[1], [-1]])).detached(), near: [[0.5], [-0.5]],
      "batch norm of 1 and −1 with ε = 3")
  },
]

let checks5_5 = checksOfBatchNorm + checksOfRowNorms
