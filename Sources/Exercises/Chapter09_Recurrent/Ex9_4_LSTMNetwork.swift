import FledgeCore
import FledgeCourse
import FledgeNN

/// What an LSTM remembers: h, which others see, and c, which only it sees. [B, hidden] each.
struct MyLSTMState {
  var h: Tensor
  var c: Tensor
}

/// Long short-term memory (Hochreiter and Schmidhuber 1997). A cell whose memory is not made anew at each
/// step, but kept: something is forgotten, something is added, and part of it is shown. Three gates between
/// 0 and 1 decide how much of each.
///
///     (i, f, g, o) = x Wᵢᵀ + b + h W_hᵀ        [B, 4 · hidden], four parts of the last axis
///     c ← σ(f) · c + σ(i) · tanh(g)            what is kept, and what is added
///     h ← σ(o) · tanh(c)                       what is shown
final class MyLSTMCell: Module, StepCell {
  /// [4 · hidden, inputs]: the rows of i, then those of f, g and o.
  @Parameter var inputWeight: Tensor
  /// [4 · hidden, hidden]
  @Parameter var recurrentWeight: Tensor
  /// [4 · hidden]
  @Parameter var bias: Tensor
  let hidden: Int

  /// Both weights start from uniform numbers in (−b, b) with b = 1 / √hidden. The bias starts from 0,
  /// except for the forget gate's part, which starts from 1: a cell that has learned nothing yet should
  /// rather keep than forget (Gers et al. 2000).
  ///
  /// `Tensor.concatenate([…])` puts tensors one after another.
  init(_ inputs: Int, _ hidden: Int) {
    self.hidden = hidden
    // solution
    let bound = 1 / Double(hidden).squareRoot()
    inputWeight = Tensor.uniform([4 * hidden, inputs], in: -bound...bound)
    recurrentWeight = Tensor.uniform([4 * hidden, hidden], in: -bound...bound)
    let zeros = Tensor.zeros([hidden])
    bias = Tensor.concatenate([zeros, Tensor.ones([hidden]), zeros, zeros])
    // end solution
  }

  /// `z.split(every: n, axis: 1)` is parts of n columns, `sigmoid(x)` is σ.
  func step(_ x: Tensor, from state: MyLSTMState?) -> MyLSTMState {
    // solution
    var z = x.matmul(inputWeight.transposed()) + bias
    if let state { z = z + state.h.matmul(recurrentWeight.transposed()) }
    let gates = z.split(every: hidden, axis: 1)
    var c = sigmoid(gates[0]) * gates[2].tanh()
    if let state { c = c + sigmoid(gates[1]) * state.c }
    return MyLSTMState(h: sigmoid(gates[3]) * c.tanh(), c: c)
    // end solution
  }

  /// What others see.
  func output(of state: MyLSTMState) -> Tensor { state.h }
}

/// A network of LSTM cells, as `myRNN` is one of plain cells.
func myLSTM(_ inputs: Int, _ hidden: Int, layers: Int = 1) -> MyRecurrent<MyLSTMCell> {
  // solution
  MyRecurrent((0..<layers).map { MyLSTMCell($0 == 0 ? inputs : hidden, hidden) })
  // end solution
}
