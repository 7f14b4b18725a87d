import FledgeCore
import FledgeNN

/// The sizes of a ``VisionTransformer``.
public struct VisionTransformerConfiguration: Sendable, Hashable, Codable {
  /// Rows and columns of an image.
  public var size: Int
  /// The channels of an image: 1 for grey values, 3 for colours.
  public var planes: Int
  /// Rows and columns of a patch; a divisor of those of the image.
  public var patch: Int
  /// The number of classes.
  public var classes: Int
  /// The number of blocks.
  public var layers: Int
  /// The heads of attention in a block; a divisor of the channels.
  public var heads: Int
  /// The width C of the residual stream.
  public var channels: Int
  /// The probability of dropping a number after the positions and within the blocks.
  public var dropout: Double

  /// A small one for images of 28 × 28. Traps where the patches do not fill an image.
  public init(
    size: Int = 28, planes: Int = 1, patch: Int = 4, classes: Int = 10, layers: Int = 4,
    heads: Int = 4, channels: Int = 64, dropout: Double = 0
  ) {
    require(
      patch > 0 && size > 0 && size % patch == 0, "VisionTransformerConfiguration",
      "images of \(size)×\(size) cannot be cut into patches of \(patch)×\(patch)")
    self.size = size
    self.planes = planes
    self.patch = patch
    self.classes = classes
    self.layers = layers
    self.heads = heads
    self.channels = channels
    self.dropout = dropout
  }

  /// Reads saved sizes; throws `DecodingError` for those that no model has.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    size = try container.decodeSize(forKey: .size)
    planes = try container.decodeSize(forKey: .planes)
    patch = try container.decodeSize(forKey: .patch)
    classes = try container.decodeSize(forKey: .classes)
    layers = try container.decodeSize(forKey: .layers)
    heads = try container.decodeSize(forKey: .heads)
    channels = try container.decodeSize(forKey: .channels)
    dropout = try container.decodeProbability(forKey: .dropout)
    try container.check(size % patch == 0, .patch, "\(patch) does not divide \(size)")
    try container.check(channels % heads == 0, .heads, "\(heads) do not divide \(channels)")
  }

  /// Patches along one side.
  public var grid: Int { size / patch }
}

/// The Vision Transformer (Dosovitskiy et al. 2021): an encoder reads an image, cut into patches,
/// like a text; nothing in it is specific to images.
///
///     x = [class; patches(image)] + positions      [N, 1 + P, C], P patches row by row
///     x = block(x) for each block                  [N, 1 + P, C], normalization first
///     logits = head(norm(x)[0])                    [N, classes]
///
/// Shape: [N, planes, size, size] → [N, classes].
public final class VisionTransformer: Module, Layer {
  /// The sizes of the model.
  public let configuration: VisionTransformerConfiguration
  /// Each patch times one matrix: a convolution whose windows do not overlap.
  public let patches: Conv2d
  /// [C], the token that represents the image; starts as N(0, 0.02).
  @Parameter public var classToken: Tensor
  /// [1 + P, C], added to the class token and the patches.
  public let positions: LearnedPositions
  /// The dropout of the sums of patches and positions.
  public let dropout: Dropout
  /// The encoder's blocks, normalization first.
  public let blocks: [TransformerBlock]
  /// The layer norm before the head.
  public let norm: LayerNorm
  /// The linear layer C → classes.
  public let head: Linear

  /// Creates a model with random weights from the scope's generator.
  public init(_ configuration: VisionTransformerConfiguration = .init()) {
    let c = configuration
    self.configuration = c
    patches = Conv2d(c.planes, c.channels, kernel: Size2d(c.patch), stride: Size2d(c.patch))
    classToken = .normal([c.channels], mean: 0, standardDeviation: 0.02)
    positions = LearnedPositions(1 + c.grid * c.grid, c.channels)
    dropout = Dropout(c.dropout)
    let options = TransformerOptions(function: .exactGELU, dropout: c.dropout)
    blocks = (0..<c.layers).map { _ in
      TransformerBlock(c.channels, heads: c.heads, options: options)
    }
    norm = LayerNorm(c.channels)
    head = Linear(c.channels, c.classes)
  }

  /// The logits of images: [N, planes, size, size] → [N, classes].
  public func callAsFunction(_ images: Tensor) -> Tensor {
    let c = configuration
    require(
      images.rank == 4 && images.shape.dropFirst().elementsEqual([c.planes, c.size, c.size]),
      "VisionTransformer",
      "needs images [N, \(c.planes), \(c.size), \(c.size)], the shape is \(images.shape)")
    let count = images.shape[0]
    let words = patches(images).reshaped([count, c.channels, c.grid * c.grid]).transposed()
    let first = classToken.broadcast(to: [count, 1, c.channels])
    let x = dropout(positions(Tensor.concatenate([first, words], axis: 1)))
    return head(norm(blocks.reduce(x) { x, block in block(x) }[.all, 0]))
  }

  public override var details: String {
    let c = configuration
    return "\(c.grid)×\(c.grid) patches of \(c.patch)×\(c.patch), \(c.layers) layers, "
      + "\(c.heads) heads, \(c.channels) channels"
  }
}
