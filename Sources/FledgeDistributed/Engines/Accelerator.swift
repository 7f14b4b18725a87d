import FledgeCore
import FledgeData
import FledgeNN
import FledgeOptim

/// Turns a training loop that was written for one rank into one for many, by few changed lines (the
/// idea of Hugging Face's Accelerate, 2021):
///
///     func train(_ world: Group) throws {
///       let accelerator = Accelerator(over: world)                    // new
///       let model = MLP(sizes: [2, 16, 1])
///       let optimizer = AdamW(model.parameters(), learningRate: 0.01)
///       let loader = DataLoader(points, batchSize: 32, seed: 1)
///       try accelerator.prepare(model, optimizer, loader)             // new
///       for batch in loader {
///         optimizer.zeroGrad()
///         let loss = loss(model, batch)
///         try accelerator.backward(loss, examples: batch.count)       // was: loss.backward()
///         optimizer.step()
///       }
///     }
///
/// The training is that of one rank with the same batches: each rank makes its part of each batch, and
/// gradients are averaged over the examples of all.
public final class Accelerator {
  /// The ranks.
  public let group: Group
  /// How many batches make one step.
  public let batchesPerStep: Int
  private var parallel: DistributedDataParallel?
  private var batches = 0

  /// - Parameter batches: how many batches make one step; see ``isStepDue``
  public init(over group: Group, accumulating batches: Int = 1) {
    require(batches > 0, "Accelerator", "a step takes \(batches) batches")
    self.group = group
    batchesPerStep = batches
  }

  /// Whether this rank writes files and speaks.
  public var isMain: Bool { group.rank == 0 }

  /// Gives all ranks the parameters and buffers of rank 0, and this rank its part of each batch. All
  /// ranks call it, once, before the first step. Other loaders, as of data to validate on, may be
  /// prepared by ``prepare(_:)``.
  public func prepare<Source>(
    _ model: Module, _ optimizer: Optimizer, _ loader: DataLoader<Source>
  ) throws {
    require(parallel == nil, "Accelerator", "it was prepared before")
    let own = Set(model.parameters().map(ObjectIdentifier.init))
    require(
      optimizer.groups.allSatisfy {
        $0.parameters.allSatisfy { own.contains(ObjectIdentifier($0)) }
      },
      "Accelerator", "the optimizer steps parameters that are not the model's")
    parallel = try DistributedDataParallel(model, over: group)
    prepare(loader)
  }

  /// Gives this rank its part of each batch. Traps where a batch would have fewer examples than there
  /// are ranks.
  public func prepare<Source>(_ loader: DataLoader<Source>) {
    let group = group
    loader.part = { count in
      require(
        count >= group.count, "Accelerator",
        "a batch of \(count) examples is too small for \(group.count) ranks; drop the last one "
          + "(dropLast: true), or choose another size")
      return group.share(of: count)
    }
  }

  /// The backward pass of a batch. After the last one of a step all ranks have the same gradients: those
  /// of the mean over the examples of all ranks, and over the step's batches.
  ///
  /// - Parameters:
  ///   - loss: the mean over this rank's part of the batch
  ///   - examples: how many examples the part has. Without it the ranks count the same, which is
  ///     another gradient where the ranks do not divide a batch.
  public func backward(_ loss: Tensor, examples: Int? = nil) throws {
    guard let parallel else { fledgeTrap("Accelerator", "a pass before `prepare`") }
    let loss = batchesPerStep == 1 ? loss : loss / Double(batchesPerStep)
    batches = batches % batchesPerStep + 1
    if isStepDue {
      try parallel.backward(loss, examples: examples)
    } else {
      try parallel.noSync { try parallel.backward(loss, examples: examples) }
    }
  }

  /// Whether the last ``backward(_:examples:)`` was that of a step's last batch: then the optimizer
  /// steps, and gradients are cleared. Always so where each batch is a step.
  ///
  ///     if accelerator.isStepDue {
  ///       optimizer.step()
  ///       optimizer.zeroGrad()
  ///     }
  public var isStepDue: Bool { batches == batchesPerStep }

  /// The mean over the examples of all ranks of a number that is the mean over this rank's `count`:
  /// a loss or an accuracy. All ranks call it. NaN where no rank has an example.
  public func mean(_ value: Double, examples count: Int) throws -> Double {
    require(count >= 0, "Accelerator", "the mean over \(count) examples")
    let sums = try group.allReduce(Tensor([count == 0 ? 0 : value * Double(count), Double(count)]))
      .array(of: Double.self)
    return sums[0] / sums[1]
  }
}
