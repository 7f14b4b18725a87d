/// The moments of a training run at which a ``Trainer`` calls what was registered with
/// ``Trainer/on(_:_:)``. They come in this order:
///
///     trainingBegins
///       epochBegins               (where the data has epochs)
///         stepBegins
///           batchEnds             (once for each batch that a step adds up)
///         gradientsReady
///         stepEnds
///         validationBegins        (where one is due)
///         validationEnds
///       epochEnds                 (where the epoch is over)
///       checkpointSaved           (once for each file that was written)
///     trainingEnds
///
/// Several functions at one hook run in the order in which they were registered. An error in a hook
/// ends the run and is thrown by ``Trainer/train(until:)``.
public enum TrainingHook: String, CaseIterable, Sendable {
  /// Nothing has been computed yet, except by the run that was resumed.
  case trainingBegins
  /// The first batch of the epoch comes next.
  case epochBegins
  /// The learning rate of the step is set; no batch has been taken.
  case stepBegins
  /// ``Trainer/batchLoss`` is that of the batch, its gradients are added up.
  case batchEnds
  /// The gradients of all batches are there, unscaled and not clipped. They may be changed.
  case gradientsReady
  /// Parameters have changed; ``Trainer/step`` counts this step, ``Trainer/loss`` is its loss.
  case stepEnds
  /// The model is in evaluation mode, with ``Trainer/average``, if there is one, in place of its
  /// weights.
  case validationBegins
  /// ``Trainer/validation`` has the metrics; the model is back in its previous mode, with its own
  /// weights.
  case validationEnds
  /// ``Trainer/epoch`` counts this epoch, ``Trainer/epochLoss`` is its mean loss. Comes after the
  /// validation of its last step.
  case epochEnds
  /// ``Trainer/savedPath`` names the file.
  case checkpointSaved
  /// After completion, an early stop or an interruption alike; not after an error.
  case trainingEnds
}

/// A number of steps or epochs: how long to train, or how often to do something.
public enum TrainingSpan: Sendable, Equatable {
  /// Optimizer steps.
  case steps(Int)
  /// Passes over the data; for data that has such passes.
  case epochs(Int)
}

/// Why a run ended.
public enum TrainingEnd: Sendable, Equatable {
  /// All steps were done.
  case completed
  /// The monitored metric did not improve for as many validations as ``Monitor/patience``.
  case stoppedEarly
  /// By ``Trainer/stop()``, on this rank or another.
  case stopped
  /// By Ctrl-C, on this rank or another.
  case interrupted
}
