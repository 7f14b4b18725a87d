import FledgeCore
import FledgeTestSupport
import Foundation
import Synchronization
import Testing

/// An operation and the types of its inputs, as some pass over the registry's samples used them.
private struct Call: Sendable {
  let primitive: any Primitive
  let types: [TensorType]

  /// The shape rule alone, which is to refuse what the operation does not take.
  func check(_ types: [TensorType]) {
    func open(_ primitive: some Primitive) { _ = primitive.outputTypes(of: TensorTypes(types)) }
    open(primitive)
  }

  func replacing(_ place: Int, with dtype: DType) -> [TensorType] {
    var types = types
    types[place].dtype = dtype
    return types
  }
}

/// Keeps each operation at the door once for the types of its inputs.
private final class CallLog: Transformation {
  private let kept = Mutex<[String: Call]>([:])
  var calls: [Call] { kept.withLock { $0.sorted { $0.key < $1.key }.map(\.value) } }

  func apply(
    _ primitive: any Primitive, _ inputs: Tensors, next: (any Primitive, Tensors) -> Tensors
  ) -> Tensors {
    let types = inputs.map { TensorType(shape: $0.shape, dtype: $0.dtype) }
    kept.withLock {
      $0["\(primitive.signature) \(types)"] = Call(primitive: primitive, types: types)
    }
    return next(primitive, inputs)
  }

  /// Every operation of the registry, and the gradient operations that belong to them.
  static func ofAllSamples() -> [Call] {
    let log = CallLog()
    withTransformation(log) {
      for dtype in [DType.float32, .float16] {
        for sample in Registry.builtIn.flatMap({ $0.samples }) {
          let inputs = sample.tensors(dtype, using: Generator(seed: 1)).map {
            $0.dtype.isFloatingPoint ? $0.requiringGradients() : $0
          }
          for y in applied(sample.primitive, inputs) where y.requiresGradients {
            y.sum().backward(retainGraph: true)
          }
        }
      }
    }
    return log.calls
  }
}

/// Each operation with each dtype in each place: a kernel would read an operand of another dtype as
/// if it had the first one's.
@Suite struct OperandDTypeTests {
  /// Operands that stand alone in their dtype: the others are indices, masks or places in a stream.
  private static let free: [String: Set<Int>] = [
    "crossEntropy": [0], "dropout": [0], "gather": [0], "maxPool2dGradient": [0],
    "multinomial": [0], "take": [0], "takeAdjoint": [0],
  ]

  @Test func `no operation takes an operand of another dtype`() async {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      let count = OperandDTypeTests.faults()
      FileHandle.standardError.write(Data("faults: \(count)\n".utf8))
      exit(0)
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.hasSuffix("faults: 0\n"), "\(text)")
  }

  /// Prints what is accepted or refused without its name; returns how often that was.
  private static func faults() -> Int {
    var count = 0
    for call in CallLog.ofAllSamples() where call.types.count > 1 {
      let name = type(of: call.primitive).name
      for place in call.types.indices where free[name]?.contains(place) != true {
        for dtype in DType.allCases where dtype != call.types[place].dtype {
          let types = call.replacing(place, with: dtype)
          let message = TrapCatching.message { call.check(types) }
          if message?.contains(dtype.description) == true { continue }
          count += 1
          let text = "\(name) \(types), input \(place): \(message ?? "accepted")\n"
          FileHandle.standardError.write(Data(text.utf8))
        }
      }
    }
    return count
  }

  @Test func `the samples lead to every operation of several operands`() {
    let seen = Set(CallLog.ofAllSamples().map { type(of: $0.primitive).name })
    // Hooks and aliases are made by other means, and have one operand.
    let missing = Set(Registry.builtIn.map { $0.name }).subtracting(seen)
    #expect(missing.isEmpty, "\(missing.sorted())")
  }

  private static let wrong: [@Sendable () -> Void] = [
    {
      let q = Tensor.ones([1, 4, 8])
      _ = attention(q, q.cast(to: .bfloat16), q.cast(to: .bfloat16))
    },
    {
      _ = conv2d(Tensor.ones([1, 1, 4, 4]), weight: Tensor.ones([1, 1, 2, 2], dtype: .float64))
    },
    {
      _ = conv2d(
        Tensor.ones([1, 1, 4, 4]), weight: Tensor.ones([1, 1, 2, 2]),
        bias: Tensor.ones([1], dtype: .float64))
    },
    { _ = lstm(Tensor.ones([2, 1, 8]), weight: Tensor.ones([8, 2], dtype: .float64)) },
    { _ = gru(Tensor.ones([2, 1, 6]), weight: Tensor.ones([6, 2], dtype: .bfloat16)) },
  ]

  @Test(arguments: wrong.indices)
  func `operands of different dtypes end with both of them and the rule`(index: Int) async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      [index = index as Int] in OperandDTypeTests.wrong[index]()
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("dtypes differ: float32["))
    #expect(text.contains("operands must have the same dtype, so cast first"))
  }
}
