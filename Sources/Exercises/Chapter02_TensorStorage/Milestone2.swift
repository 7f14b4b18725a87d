import Fledge
import FledgeCourse

/// Trains a network on drawn digits so that it reads them wherever they stand, from a few hundred
/// images: each is seen through many windows of a larger canvas, and every window is a view.
func milestone2(_ run: MilestoneRun) throws {
  let train = DrawnDigits.images(count: 300, seed: 2)
  let test = DrawnDigits.images(count: 500, seed: 3)

  let start = ContinuousClock.now
  let canvas = try Canvas(train)
  let corners = Canvas.corners(allAlike: run.control == "one-window")
  let windows = corners.map { broken(canvas.window(at: $0), by: run.control) }
  let inputs = Canvas.inputs(windows)
  run.report("seconds for views and copies", (ContinuousClock.now - start) / .seconds(1))
  run.report("views of one buffer", Double(windows.count { $0.buffer === canvas.array.buffer }))
  run.report("elements unlike Fledge's", canvas.differences(inputs, corners))
  run.progress("\(train.count) images through \(windows.count) windows: \(inputs.shape[0]) inputs")

  var labels = train.labels.map(Int.init)
  if run.control == "shuffled-labels" {
    labels = Generator(seed: 4).permutation(labels.count).map { labels[$0] }
  }
  let targets = Tensor([[Int]](repeating: labels, count: corners.count).flatMap { $0 })
  let model = withGenerator(Generator(seed: 5)) { MLP(sizes: [inputs.shape[1], 64, 10]) }
  run.report("loss", fit(model, inputs, targets, run))

  // Each test image stands somewhere else, mostly where no window of the training showed it.
  let generator = Generator(seed: 6)
  let testCanvas = try Canvas(test)
  let moved = (0..<test.count).map { image in
    let corner = (0..<2).map { _ in generator.integer(below: Canvas.room + 1) }
    return testCanvas.window(at: (corner[0], corner[1])).sliced(axis: 0, start: image, count: 1)
  }
  let guesses = withoutGradients { model(Canvas.inputs(moved)).argmax(axis: 1) }
  let right = zip(guesses.array(of: Int.self), test.labels).count { $0 == Int($1) }
  run.report("accuracy", Double(right) / Double(test.count))
}

/// Images in the middle of larger ones that are black around them.
private struct Canvas {
  static let size = 40
  static let window = DrawnDigits.size
  /// How far a window can move, down and to the right.
  static let room = size - window

  /// [N, size, size]
  let array: StridedArray
  private let images: LabelledImages

  init(_ images: LabelledImages) throws {
    self.images = images
    let pixels = images.pixels.map { Float($0) / 255 }
    array = try StridedArray([0], shape: []).broadcast(to: [images.count, Self.size, Self.size])
      .compact()
    try window(at: (Self.room / 2, Self.room / 2))
      .set(StridedArray(pixels, shape: [images.count, Self.window, Self.window]))
  }

  /// What a window shows of all images: [N, window, window].
  func window(at corner: (row: Int, column: Int)) -> StridedArray {
    array.sliced(axis: 1, start: corner.row, count: Self.window)
      .sliced(axis: 2, start: corner.column, count: Self.window)
  }

  /// Where windows begin: every third place, or all in the middle.
  static func corners(allAlike: Bool) -> [(row: Int, column: Int)] {
    let places = Array(stride(from: 0, through: room, by: 3))
    return places.flatMap { row in
      places.map { allAlike ? (room / 2, room / 2) : (row, $0) }
    }
  }

  /// Windows one below the other, an image a row: [Σ N, window · window].
  static func inputs(_ windows: [StridedArray]) -> Tensor {
    let elements = windows.flatMap { $0.compact().elements }
    let width = window * window
    return Tensor(elements, shape: [elements.count / width, width])
  }

  /// How many elements differ from those that Fledge's own views show.
  func differences(_ inputs: Tensor, _ corners: [(row: Int, column: Int)]) -> Double {
    let pixels = Tensor(images.pixels, shape: [images.count, Self.window, Self.window])
    let around = (Self.room / 2, Self.room / 2)
    let canvas = (pixels.cast(to: .float32) / 255).padded([(0, 0), around, around])
    let windows = corners.map {
      canvas[.all, $0.row..<$0.row + Self.window, $0.column..<$0.column + Self.window]
    }
    return (Tensor.concatenate(windows, axis: 0).flattened(from: 1) .!= inputs).sum().item()
  }
}

/// The window as a mistake in its layout makes it.
private func broken(_ window: StridedArray, by control: String?) -> StridedArray {
  switch control {
  case "mirrored": return window.flipped(axis: 2)
  case "rows-of-the-window":
    var layout = window.layout
    layout.strides[1] = Canvas.window
    return window.view(layout)
  default: return window
  }
}

/// Trains by Adam; the mean loss of the last epoch.
private func fit(
  _ model: MLP, _ inputs: Tensor, _ targets: Tensor, _ run: MilestoneRun
) -> Double {
  let optimizer = Adam(model.parameters(), learningRate: 2e-3)
  let generator = Generator(seed: 7)
  let (batch, epochs) = (100, 12)
  var mean = 0.0
  var step = 0
  for _ in 0..<epochs {
    let order = generator.permutation(inputs.shape[0])
    let starts = stride(from: 0, to: order.count - batch + 1, by: batch)
    let steps = starts.underestimatedCount
    mean = 0
    for start in starts {
      let chosen = Tensor(Array(order[start..<start + batch]))
      let loss = crossEntropy(model(inputs[chosen]), targets[chosen])
      loss.backward()
      optimizer.step()
      optimizer.zeroGrad()
      mean += loss.item() / Double(steps)
      step += 1
      run.record("loss", loss.item(), at: step, of: epochs * steps)
    }
  }
  return mean
}
