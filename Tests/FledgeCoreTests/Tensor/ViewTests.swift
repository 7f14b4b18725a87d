import FledgeCore
import Testing

/// Random chains of views against the oracle.
@Suite struct ViewTests {
  static let seed: UInt64 = 20_261_124

  /// One random view of both, with what was done.
  private func step(_ x: Tensor, _ y: Oracle, _ generator: Generator) -> (Tensor, Oracle, String) {
    let rank = y.shape.count
    switch generator.integer(below: rank == 0 ? 2 : 7) {
    case 0:
      let axis = generator.integer(below: rank + 1)
      var target = y.shape
      target.insert(1, at: axis)
      let index = [AxisSelection](repeating: .all, count: axis) + [.newAxis]
      let view = index.count == 1 ? x[.newAxis] : x.expandedDims(axis: axis)
      return (view, y.reshaped(target), "newAxis \(axis)")
    case 1:
      let extra = generator.integer(below: 3)
      let target = (extra > 0 ? [extra + 1] : []) + y.shape.map { $0 == 1 ? 3 : $0 }
      if target.reduce(1, *) > 2000 { return (x, y, "") }
      return (x.broadcast(to: Shape(target)), y.broadcast(to: target), "broadcast \(target)")
    case 2:
      let order = generator.permutation(rank)
      return (x.permuted(order), y.permuted(order), "permute \(order)")
    case 3:
      let axis = generator.integer(below: rank)
      let flipped = Array((0..<y.shape[axis]).reversed())
      return (x.flipped(axis: axis), y.picking(flipped, axis: axis), "flip \(axis)")
    case 4:
      let axis = generator.integer(below: rank)
      let size = y.shape[axis]
      let start = generator.integer(below: size + 1)
      let count = generator.integer(below: size - start + 1)
      return (
        x.sliced(axis: axis, from: start, count: count),
        y.picking(Array(start..<start + count), axis: axis), "slice \(axis): \(start) + \(count)"
      )
    case 5:
      let size = y.shape[0]
      let by = [2, 3, -1, -2][generator.integer(below: 4)]
      let all = Array(0..<size)
      let positions = (by > 0 ? all : all.reversed()).enumerated()
        .filter { $0.offset.isMultiple(of: by) }.map(\.element)
      return (x[.step(nil, nil, by)], y.picking(positions, axis: 0), "step \(by)")
    default:
      let target = factorization(y.values.count, generator)
      return (x.reshaped(Shape(target)), y.reshaped(target), "reshape \(target)")
    }
  }

  /// A random shape with `count` elements.
  private func factorization(_ count: Int, _ generator: Generator) -> [Int] {
    if count == 0 { return [2, 0, 3] }
    var rest = count
    var result: [Int] = []
    while rest > 1 && result.count < 4 {
      let divisors = (1...rest).filter { rest.isMultiple(of: $0) }
      let divisor = divisors[generator.integer(below: divisors.count)]
      result.append(divisor)
      rest /= divisor
    }
    return result + [rest]
  }

  @Test(arguments: 0..<400)
  func `a chain of views equals the copies it stands for`(round: Int) {
    let generator = Generator(seed: Self.seed &+ UInt64(round))
    let shape = (0..<generator.integer(below: 5)).map { _ in generator.integer(below: 4) + 1 }
    var x = Tensor.arange(shape.reduce(1, *)).reshaped(Shape(shape))
    var y = Oracle(x)
    var chain = ["\(shape)"]
    for _ in 0..<8 {
      let done: String
      (x, y, done) = step(x, y, generator)
      chain.append(done)
      if Oracle(x) != y {
        Issue.record("seed \(Self.seed &+ UInt64(round)): \(chain) gives \(x), not \(y)")
        return
      }
    }
    // Kernels read the same through the strides.
    #expect(Oracle(x.contiguous()) == y, "\(chain)")
    #expect(Oracle(x + 0) == y, "\(chain)")
    #expect(x.sum().item() == Double(y.values.reduce(0, +)), "\(chain)")
    #expect(x.cast(to: .float32).sum().item() == Double(y.values.reduce(0, +)), "\(chain)")
  }

  @Test func `views share storage and copies do not`() {
    let x = Tensor.arange(24).reshaped([2, 3, 4])
    let views = [
      x.transposed(), x[1], x[.all, .step(nil, nil, 2)], x.flipped(axis: 1),
      x.expandedDims(axis: 0),
      x.broadcast(to: [5, 2, 3, 4]), x.reshaped([6, 4]), x[.all, 1..<3].reshaped([2, 8]),
      x.permuted([1, 0, 2]).reshaped([3, 2, 2, 2]),
    ]
    #expect(views.allSatisfy { $0.storage === x.storage })
    let copies = [x.transposed().reshaped([24]), x.transposed().contiguous(), x + 0]
    #expect(copies.allSatisfy { $0.storage !== x.storage })
    #expect(x.contiguous().storage === x.storage)
  }

  @Test func `shapes broadcast by the table of sizes`() {
    // Exhaustive: every pair of shapes of up to three axes with sizes 0…3.
    let shapes = (0...3).flatMap { rank in Oracle.indices(of: [Int](repeating: 4, count: rank)) }
    for a in shapes {
      for b in shapes {
        let rank = max(a.count, b.count)
        let left = [Int](repeating: 1, count: rank - a.count) + a
        let right = [Int](repeating: 1, count: rank - b.count) + b
        let fits = zip(left, right).allSatisfy { $0 == $1 || $0 == 1 || $1 == 1 }
        let expected = fits ? Shape(zip(left, right).map { $0 == 1 ? $1 : $0 }) : nil
        if Shape.broadcast(Shape(a), Shape(b)) != expected {
          Issue.record("\(a) with \(b): \(String(describing: expected)) expected")
        }
      }
    }
  }

  @Test func `operands that broadcast are read as if they were repeated`() {
    let shapes: [[Int]] = [
      [], [1], [3], [2, 1], [2, 3], [1, 1, 3], [4, 2, 1], [4, 1, 3], [0, 1, 3],
    ]
    for a in shapes {
      for b in shapes {
        guard let target = Shape.broadcast(Shape(a), Shape(b)).map({ Array($0.dimensions) }) else {
          continue
        }
        let x = Tensor.arange(a.reduce(1, *)).reshaped(Shape(a))
        let y = Tensor.arange(b.reduce(1, *)).reshaped(Shape(b)) * 100
        let expected = Oracle(shape: target) {
          Oracle(x).broadcast(to: target)[$0] + Oracle(y).broadcast(to: target)[$0]
        }
        #expect(Oracle(x + y) == expected, "\(a) + \(b)")
        let floats = x.cast(to: .float32) + y.cast(to: .float32)
        #expect(Oracle(floats) == expected, "\(a) + \(b) in float32")
      }
    }
  }
}
