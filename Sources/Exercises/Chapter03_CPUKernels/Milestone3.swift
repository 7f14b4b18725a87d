import Fledge
import FledgeCourse
import Synchronization

/// Trains the network of `train-mlp` on two moons twice, from the same weights: on the learner's
/// backend and on Fledge's own.
func milestone3(_ run: MilestoneRun) {
  let tiled = { @Sendable (a: Tensor, b: Tensor) in TiledProduct.product(a, b) }
  var learners = LearnerBackend()
  // The products of this network are small; both of the learner's ways to make them take their
  // turn.
  learners.product = { a, b in
    a.shape[-1] <= 16 ? tiled(a, b) : BLASProduct.product(a, b)
  }
  let counted = CountingBackend(Control(run.control, on: learners))
  let mine = train(on: counted, shufflesLabels: run.control == "shuffled-labels") {
    run.record("loss", $1, at: $0, of: 100)
  }
  let reference = train(on: .cpu, shufflesLabels: false) {
    run.record("loss of Fledge's backend", $1, at: $0, of: 100)
  }

  run.progress("your backend: \(mine.summary)")
  run.progress("Fledge's own: \(reference.summary)")
  run.report("accuracy", mine.accuracy)
  run.report("accuracy of Fledge's backend", reference.accuracy)
  run.report("loss", mine.losses.last!)
  run.report("loss of Fledge's backend", reference.losses.last!)
  // Later steps drift apart: roundings differ, and a hundred steps magnify them.
  let apart = zip(mine.losses.prefix(10), reference.losses).map { abs($0 - $1) }.max()!
  run.report("largest difference of the first ten losses", apart)
  run.report("seconds", mine.seconds)
  run.report("seconds of Fledge's backend", reference.seconds)
  for (kernel, calls) in counted.calls { run.report("calls of \(kernel)", Double(calls)) }
  run.report("GFLOP/s of your tiles", rate(tiled))
  run.report("GFLOP/s of BLAS", rate(BLASProduct.product))
  run.report("GFLOP/s of Fledge's own", rate { $0.matmul($1) })
}

/// Billions of additions and multiplications a second in a product of two 512 × 512 matrices: the
/// best of five.
private func rate(_ product: (Tensor, Tensor) -> Tensor) -> Double {
  let a = Tensor.uniform([512, 512], using: Generator(seed: 1))
  let times = (0..<5).map { _ in ContinuousClock().measure { _ = product(a, a) } }
  return 2 * 512 * 512 * 512 / (times.min()! / .seconds(1)) / 1e9
}

private struct Training {
  var losses: [Double] = []
  var accuracy = 0.0
  var seconds = 0.0

  var summary: String {
    "\(losses.count) steps, loss \(losses.last!), \(accuracy) of the new points right"
  }
}

/// A hundred steps of Adam on 100 points, then 1000 new ones to test.
private func train(
  on backend: some Backend, shufflesLabels: Bool, tell: (Int, Double) -> Void
) -> Training {
  let points = PlaneDataset.moons.points(count: 100, seed: 1, noise: 0.1)
  let newPoints = PlaneDataset.moons.points(count: 1000, seed: 1_000_001, noise: 0.1)
  let order = shufflesLabels ? Generator(seed: 3).permutation(100) : Array(0..<100)
  let labels = Tensor(order.map { Float(points.labels[$0]) })
  return withBackend(backend) {
    let model = withGenerator(Generator(seed: 2)) { MLP(sizes: [2, 16, 16, 1]) }
    let optimizer = Adam(model.parameters(), learningRate: 0.05)
    var result = Training()
    let start = ContinuousClock.now
    for _ in 0..<100 {
      let logits = model(inputs(points)).squeezed(axis: 1)
      let loss = binaryCrossEntropyWithLogits(logits, labels)
      loss.backward()
      optimizer.step()
      optimizer.zeroGrad()
      result.losses.append(loss.item())
      tell(result.losses.count, result.losses.last!)
    }
    result.seconds = (ContinuousClock.now - start) / .seconds(1)
    let guesses = withoutGradients { model(inputs(newPoints)).squeezed(axis: 1).array() }
    let right = zip(guesses, newPoints.labels).count { ($0 > 0) == ($1 == 1) }
    result.accuracy = Double(right) / Double(newPoints.count)
    return result
  }
}

/// [N, 2]
private func inputs(_ points: LabelledPoints) -> Tensor {
  Tensor(points.points.flatMap { [Float($0.x), Float($0.y)] }, shape: [points.count, 2])
}

/// The learner's backend with one kernel broken, as the control says.
private struct Control: Backend {
  let fallback: any Backend
  private let name: String?

  init(_ name: String?, on backend: some Backend) {
    self.name = name
    fallback = backend
  }

  func matmul(_ a: Tensor, _ b: Tensor) -> Tensor {
    guard name == "half-of-the-depth" else { return fallback.matmul(a, b) }
    let half = (a.shape[-1] + 1) / 2
    return fallback.matmul(a[.ellipsis, 0..<half], b[.ellipsis, 0..<half, .all])
  }

  func reduce(_ kernel: ReductionKernel, _ x: Tensor, axes: [Int], dtype: DType) -> Tensor {
    let y = fallback.reduce(kernel, x, axes: axes, dtype: dtype)
    return name == "sums-are-zero" ? Tensor.zeros(y.shape, dtype: dtype) : y
  }

  func zip(_ kernel: BinaryKernel, _ a: Tensor, _ b: Tensor) -> Tensor {
    guard name == "gradient-passes-everywhere", kernel.name == "reluGradient" else {
      return fallback.zip(kernel, a, b)
    }
    return fallback.copy(a)
  }
}

/// Counts calls and hands them on.
private final class CountingBackend: Backend {
  let fallback: any Backend
  private let counts = Mutex<[String: Int]>([:])

  init(_ backend: some Backend) { fallback = backend }

  var calls: [(String, Int)] { counts.withLock { $0 }.sorted { $0.key < $1.key } }

  private func count(_ kernel: String) { counts.withLock { $0[kernel, default: 0] += 1 } }

  func map(_ kernel: UnaryKernel, _ x: Tensor) -> Tensor {
    count("map")
    return fallback.map(kernel, x)
  }

  func zip(_ kernel: BinaryKernel, _ a: Tensor, _ b: Tensor) -> Tensor {
    count("zip")
    return fallback.zip(kernel, a, b)
  }

  func zip(_ kernel: BinaryKernel, into a: inout Tensor, _ b: Tensor) {
    count("zip")
    fallback.zip(kernel, into: &a, b)
  }

  func reduce(_ kernel: ReductionKernel, _ x: Tensor, axes: [Int], dtype: DType) -> Tensor {
    count("reduce")
    return fallback.reduce(kernel, x, axes: axes, dtype: dtype)
  }

  func matmul(_ a: Tensor, _ b: Tensor) -> Tensor {
    count("matmul")
    return fallback.matmul(a, b)
  }
}
