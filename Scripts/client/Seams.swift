import Fledge
import Foundation
import Synchronization

/// y = x³, an operation that is not part of the package.   Shape: [*] → [*]
struct Cube: Primitive {
  static let name = "client.cube"
  static let formula = "y = x³"
  let scale: Double
  func outputTypes(of inputs: TensorTypes) -> TensorTypes { inputs }
  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    [inputs[0] * inputs[0] * inputs[0] * scale]
  }
  func gradients(_ g: GradientContext) -> Gradients { [g.dy * g.input(0).square() * (3 * scale)] }
}

/// x ← x + y in place, outside the package too.   Shape: x, y [*] → [*]
struct AddTo: UpdatingPrimitive {
  static let name = "client.addTo"
  static let formula = "x = x + y"
  var targetCount: Int { 1 }
  func update(_ targets: inout Tensors, _ others: Tensors, on backend: any Backend) {
    targets[0] += others[0]
  }
}

/// Counts the operations that pass the door.
final class Counter: Transformation {
  let names = Mutex<[String]>([])
  func apply(
    _ primitive: any Primitive, _ inputs: Tensors, next: (any Primitive, Tensors) -> Tensors
  ) -> Tensors {
    names.withLock { $0.append(type(of: primitive).name) }
    return next(primitive, inputs)
  }
}

func expect(_ condition: Bool, _ what: String) {
  if condition { return }
  FileHandle.standardError.write(Data("client: \(what)\n".utf8))
  exit(1)
}

/// Uses from outside the package what the course and other packages stand on.
func useSeams() throws {
  Registry.register(Cube.self)
  let cube = Cube(scale: 2)
  let rebuilt = try Registry.make("client.cube", cube.attributes)
  expect(cube.isEqual(to: rebuilt), "an operation is not rebuilt from its attributes")

  let x = Tensor([1, 2]).requiringGradients(), w = Tensor([3, 4]).requiringGradients()
  var complete: [ObjectIdentifier] = []
  (apply(cube, x) * w).sum().backward { complete.append($0) }
  expect(x.grad!.array() == [18, 96], "the gradient is \(x.grad!)")
  expect(Set(complete) == [x.leafIdentity!, w.leafIdentity!], "leaves are not reported")

  var targets: Tensors = [Tensor([1, 2])]
  let before = targets[0].storage.pointer
  applyInPlace(AddTo(), &targets, [Tensor([10, 20])])
  expect(targets[0].array() == [11, 22], "an update in place made \(targets[0])")
  expect(targets[0].storage.pointer == before, "an update in place moved the elements")

  let counter = Counter()
  withTransformation(counter) { applyInPlace(AddTo(), &targets, [Tensor([1, 1])]) }
  expect(
    counter.names.withLock { $0.contains("client.addTo") }, "an observer misses an update in place")

  let ledger = Ledger("client", budget: 1_000_000)
  withRank(0, of: 1, ledger: ledger) {
    let kept = Tensor.zeros([100, 100])
    expect(ledger.statistics.liveBytes == kept.byteCount, "the ledger says \(ledger)")
  }
  let shape = withAbstractTensors { Linear(1_000_000, 10)(Tensor.zeros([4, 1_000_000])).shape }
  expect(shape == [4, 10], "abstract tensors give \(shape)")
  print("seams hold outside the package")
}
