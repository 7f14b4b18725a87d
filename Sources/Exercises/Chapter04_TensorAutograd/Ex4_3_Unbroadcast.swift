import FledgeCore
import FledgeCourse

extension My {
  /// What comes back where a tensor of `shape` was broadcast to the shape of `dy`: an element that
  /// was used many times gets the sum of all its gradients.
  ///
  /// Shapes line up at the end, so two kinds of axes are summed: those that `dy` has in front of
  /// `shape`, and those that have size 1 in `shape` and another size in `dy`. The result has exactly
  /// `shape`. Where the shapes are the same, the result is `dy` itself and nothing is computed.
  ///
  ///     dy     [4, 2, 3]
  ///     shape     [2, 1]      sum over axes 0 and 2, then [2, 1]
  static func unbroadcast(_ dy: Tensor, to shape: Shape) -> Tensor {
    // solution
    let missing = dy.rank - shape.rank
    let axes = (0..<dy.rank).filter { axis in
      axis < missing || shape[axis - missing] != dy.shape[axis]
    }
    return axes.isEmpty ? dy : reshape(sum(dy, axes: axes), shape)
    // end solution
  }
}

/// x repeated along new and size-1 axes.
extension My.BroadcastTo {
  var saves: SavedValues { .nothing }

  func gradients(_ g: GradientContext) -> Gradients {
    // solution
    [My.unbroadcast(g.dy, to: g.inputShape(0))]
    // end solution
  }
}

/// y = a b, matrix by matrix:   [b…, M, K], [c…, K, N] → [d…, M, N]
///
/// The gradients are products, too; find them by their shapes: a's is made of dy [d…, M, N] and b and
/// has the shape [b…, M, K]. A batch that was broadcast has to be summed. Where nobody wants a
/// gradient (`g.needs(0)`, `g.needs(1)` are false) answer nil: the product costs as much as the one
/// of the forward pass, and the first layer's input is data.
extension My.MatMul {
  var saves: SavedValues { .inputs }

  func gradients(_ g: GradientContext) -> Gradients {
    // solution
    let (a, b) = (g.input(0), g.input(1))
    let da =
      g.needs(0)
      ? My.unbroadcast(My.matmul(g.dy, My.swapAxes(b, -2, -1)), to: a.shape) : nil
    let db =
      g.needs(1)
      ? My.unbroadcast(My.matmul(My.swapAxes(a, -2, -1), g.dy), to: b.shape) : nil
    return [da, db]
    // end solution
  }
}
