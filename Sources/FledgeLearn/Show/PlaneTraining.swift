import Fledge
import Foundation

/// A small network that learns a set of points in the plane, for watching its training.
package struct PlaneTraining {
  private let points: LabelledPoints
  private let inputs: Tensor
  private let targets: Tensor
  private let model: MLP
  private let optimizer: Adam
  private let title: String
  private let x: ClosedRange<Double>
  private let y: ClosedRange<Double>

  package init(_ plane: PlaneDataset, count: Int, hidden: Int, learningRate: Double, seed: UInt64) {
    points = plane.points(count: count, seed: seed, noise: plane == .moons ? 0.1 : 0)
    inputs = Tensor(points.points.flatMap { [Float($0.x), Float($0.y)] }, shape: [count, 2])
    targets = Tensor(points.labels.map(Float.init))
    model = withGenerator(Generator(seed: seed)) { MLP(sizes: [2, hidden, hidden, 1]) }
    optimizer = Adam(model.parameters(), learningRate: learningRate)
    title = plane.rawValue
    (x, y) = (Self.range(points.points.map(\.x)), Self.range(points.points.map(\.y)))
  }

  /// The values with a margin around them.
  package static func range(_ values: [Double]) -> ClosedRange<Double> {
    let (low, high) = (values.min() ?? 0, values.max() ?? 1)
    let margin = max(high - low, 0.1) * 0.15
    return low - margin...high + margin
  }

  /// One step on all points; the loss before it.
  package func step() -> Double {
    model.zeroGrad()
    let loss = binaryCrossEntropyWithLogits(model(inputs).squeezed(axis: 1), targets)
    loss.backward()
    optimizer.step()
    return loss.item()
  }

  /// The fraction of the points that the network puts on the right side.
  package var accuracy: Double {
    withoutGradients {
      let isOne = model(inputs).squeezed(axis: 1) .> 0
      return (isOne .== (targets .> 0.5)).cast(to: .float32).mean().item()
    }
  }

  package func boundary(step: Int, loss: Double?) -> DecisionBoundary {
    let (rows, columns) = (60, 60)
    let grid = Tensor(
      DecisionBoundary.grid(x: x, y: y, rows: rows, columns: columns), shape: [rows * columns, 2])
    let facts =
      "\(title), step \(step)" + (loss.map { ": loss \(String(format: "%.3g", $0))" } ?? "")
      + ", \(Int((accuracy * 100).rounded()))% right"
    return DecisionBoundary(
      title: facts, probabilities: withoutGradients { sigmoid(model(grid)).array() }, rows: rows,
      columns: columns, x: x, y: y,
      points: zip(points.points, points.labels).map { .init(x: $0.x, y: $0.y, label: $1) })
  }
}
