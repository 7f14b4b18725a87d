import FledgeCore

/// The values of weights in blocks.   Shape: uint8 [*, bytes of a row] → float32 [*, columns]
struct DequantizeBlocks: SingleOutput {
  static let name = "dequantizeBlocks"
  static let formula = "y = d q + m in each block of 32 (GGUF)"
  let format: BlockFormat

  var saves: SavedValues { .nothing }

  func outputType(of inputs: TensorTypes) -> TensorType {
    let bytes = inputs[0]
    let size = format.type.blockByteCount
    require(
      bytes.dtype == .uint8 && bytes.shape.rank > 0 && bytes.shape[-1].isMultiple(of: size),
      Self.name, "needs bytes [*, a multiple of \(size)], got \(bytes)")
    return TensorType(
      shape: Shape(
        bytes.shape.dimensions.dropLast() + [bytes.shape[-1] / size * BlockFormat.width]),
      dtype: .float32)
  }

  func output(_ inputs: Tensors, on backend: any Backend) -> Tensor {
    let bytes = inputs[0].contiguous()
    let y = Tensor(uninitialized: outputType(of: inputs.types).shape, .float32)
    dequantize(
      bytes.pointer(UInt8.self), format.type, into: y.pointer(Float.self),
      blocks: y.count / BlockFormat.width)
    return withExtendedLifetime(bytes) { y }
  }

  func gradients(_ g: GradientContext) -> Gradients { [nil] }
}
