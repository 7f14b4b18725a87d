import Fledge
import Foundation

/// How the playground looks at its model: over which part of the plane, with which points.
struct PlayView: Codable, Sendable {
  /// The sides of the grids: of the model's answer, and of each unit's.
  static let answerSide = 64
  static let unitSide = 20

  /// What the plots show.
  let x: [Double]
  let y: [Double]
  /// x, y, class.
  let train: [[Double]]
  let heldOut: [[Double]]

  init(_ configuration: PlayConfiguration) {
    let (train, heldOut) = (configuration.train, configuration.heldOut)
    let all = train.points + (heldOut?.points ?? [])
    func range(_ values: [Double]) -> (Double, Double) {
      let (low, high) = (values.min() ?? 0, values.max() ?? 1)
      return (low, high)
    }
    if configuration.dataset == "points" {
      (x, y) = ([0, 1], [0, 1])
    } else {
      // A square: circles stay round.
      let ((left, right), (low, high)) = (range(all.map(\.x)), range(all.map(\.y)))
      let half = max(right - left, high - low) * 0.55
      let (centerX, centerY) = ((left + right) / 2, (low + high) / 2)
      (x, y) = ([centerX - half, centerX + half], [centerY - half, centerY + half])
    }
    func places(_ points: LabelledPoints) -> [[Double]] {
      zip(points.points, points.labels).map { [$0.x, $0.y, Double($1)] }
    }
    self.train = places(train)
    self.heldOut = heldOut.map(places) ?? []
  }

  /// The inputs at the points of a grid of `side` × `side`, rows from the lowest y up.
  func grid(side: Int) -> Tensor {
    Tensor(
      DecisionBoundary.grid(x: x[0]...x[1], y: y[0]...y[1], rows: side, columns: side),
      shape: [side * side, 2])
  }

  func picture(
    _ model: Sequential, _ trainer: Trainer<LabelledPoints>, _ curve: inout PlayCurve,
    isRunning: Bool
  ) -> PlayPicture {
    withoutGradients {
      let probabilities: [Float] = sigmoid(model(grid(side: Self.answerSide))).array()
      var hidden = grid(side: Self.unitSide)
      var units: [[Data]] = []
      var scales: [Double] = []
      var weights: [[[Float]]] = []
      var biases: [[Float]] = []
      for layer in model.layers {
        hidden = layer(hidden)
        if let linear = layer as? any PlayLinear {
          let (rows, columns) = (linear.weight.shape[0], linear.weight.shape[1])
          let values: [Float] = linear.weight.array()
          weights.append((0..<rows).map { Array(values[$0 * columns..<($0 + 1) * columns]) })
          biases.append(linear.bias?.array() ?? [])
        } else {
          let values: [Float] = hidden.transposed().contiguous().array()
          let largest = values.reduce(0) { $1.isFinite ? max($0, Swift.abs($1)) : $0 }
          let size = Self.unitSide * Self.unitSide
          scales.append(Double(largest))
          units.append(
            stride(from: 0, to: values.count, by: size).map { start in
              Data(values[start..<start + size].map { Self.signed($0, largest) })
            })
        }
      }
      let step = trainer.step
      let train = measure(model, train)
      let heldOut = heldOut.isEmpty ? nil : measure(model, heldOut)
      curve.add(step, train.loss, heldOut?.loss)
      return PlayPicture(
        step: step, epoch: trainer.epoch, isRunning: isRunning,
        answer: Data(probabilities.map(Self.probability)),
        units: units, scales: scales, weights: finite(weights), biases: finite([biases])[0],
        train: train, heldOut: heldOut, curve: curve,
        learningRate: trainer.optimizer.learningRate)
    }
  }

  /// 0…255 for 0…1.
  static func probability(_ value: Float) -> UInt8 { value.isFinite ? UInt8(value * 255) : 128 }

  /// 0…255 for −largest…largest.
  static func signed(_ value: Float, _ largest: Float) -> UInt8 {
    guard value.isFinite, largest > 0 else { return 128 }
    return UInt8(min(max(value / largest * 127 + 128, 0), 255))
  }

  /// JSON has no names for NaN and infinities.
  func finite(_ weights: [[[Float]]]) -> [[[Float?]]] {
    weights.map { $0.map { $0.map { $0.isFinite ? $0 : nil } } }
  }

  private func measure(_ model: Sequential, _ places: [[Double]]) -> PlayMeasure {
    let points = LabelledPoints(
      points: places.map { SIMD2($0[0], $0[1]) }, labels: places.map { Int($0[2]) })
    let loss = PlayConfiguration.fit(model, points).item()
    let inputs = Tensor(places.flatMap { [Float($0[0]), Float($0[1])] }, shape: [places.count, 2])
    let answers: [Float] = model(inputs).array()
    let right = zip(answers, places).count { ($0 > 0) == ($1[2] > 0.5) }
    return PlayMeasure(
      loss: loss.isFinite ? loss : nil, accuracy: Double(right) / Double(places.count))
  }
}

/// Loss (nil for NaN) and accuracy on some points.
struct PlayMeasure: Codable, Sendable, Equatable {
  let loss: Double?
  let accuracy: Double
}

/// The losses so far; of neighbours the mean where there are too many.
struct PlayCurve: Codable, Sendable, Equatable {
  static let limit = 400
  var steps: [Int] = []
  var train: [Double?] = []
  var heldOut: [Double?] = []

  mutating func add(_ step: Int, _ trainLoss: Double?, _ heldOutLoss: Double?) {
    if steps.last == step { return }
    steps.append(step)
    train.append(trainLoss)
    heldOut.append(heldOutLoss)
    guard steps.count > Self.limit else { return }
    let kept = stride(from: 0, to: steps.count, by: 2).map { $0 }
    steps = kept.map { steps[$0] }
    train = kept.map { train[$0] }
    heldOut = kept.map { heldOut[$0] }
  }
}

/// What the page draws.
struct PlayPicture: Codable, Sendable {
  let step: Int
  let epoch: Int
  let isRunning: Bool
  /// The probability of class 1, 0…255, over a grid of ``PlayView/answerSide``².
  let answer: Data
  /// For each hidden layer and unit its answer over a grid of ``PlayView/unitSide``²: 128 is 0,
  /// 255 the layer's scale.
  let units: [[Data]]
  /// The largest magnitude in each layer.
  let scales: [Double]
  /// [layer][output][input]
  let weights: [[[Float?]]]
  /// [layer][output]
  let biases: [[Float?]]
  let train: PlayMeasure
  let heldOut: PlayMeasure?
  let curve: PlayCurve
  let learningRate: Double
}
