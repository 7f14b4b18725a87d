/// Every primitive of the framework. Gradient checks, backend parity and the operator table run
/// over it; a test compares it with the files.
public enum Registry {
  /// Those of this module, by kind.
  package static let builtIn: [any Primitive.Type] =
    creation + elementwise + activations + reductions + shapes + indexing + products + recurrent
    + fused
    + images
    + matrices

  private static let creation: [any Primitive.Type] = [
    Arange.self, Dropout.self, Fill.self, Multinomial.self, RandomIntegers.self,
    RandomNormal.self, RandomUniform.self,
  ]
  private static let elementwise: [any Primitive.Type] = [
    ATan2.self, Absolute.self, ActivationGradient.self, Add.self, Cast.self, Ceiling.self,
    Clamp.self, Compare.self, Cosine.self, Divide.self, ErrorFunction.self, ExactGELU.self,
    Exponential.self, ExponentialMinusOne.self, Floor.self, FloorDivide.self, GELU.self,
    Logarithm.self, LogarithmBase10.self, LogarithmBase2.self, LogarithmOnePlus.self, Maximum.self,
    Minimum.self, Multiply.self, Negate.self, Power.self, ReLU.self, Reciprocal.self,
    ReciprocalSquareRoot.self, Remainder.self, Round.self, Select.self, SiLU.self, Sigmoid.self,
    Sign.self, Sine.self, Softplus.self, Square.self, SquareRoot.self, Subtract.self, Tangent.self,
    Tanh.self,
  ]
  private static let activations: [any Primitive.Type] = [
    ELU.self, HardSwish.self, HardTanh.self, LeakyReLU.self, Mish.self, PReLU.self,
  ]
  private static let reductions: [any Primitive.Type] = [
    ArgExtremum.self, CumulativeSum.self, Max.self, Mean.self, Min.self, Norm.self, Product.self,
    StandardDeviation.self, Sum.self, SumOfSquares.self, Variance.self,
  ]
  private static let shapes: [any Primitive.Type] = [
    Alias.self, Broadcast.self, Concatenate.self, Contiguous.self, GradientHook.self, Permute.self,
    PlaceInZeros.self, Reshape.self, Slice.self, Split.self,
  ]
  private static let indexing: [any Primitive.Type] = [
    Gather.self, IndexPositions.self, IndexWrite.self, MaskWrite.self, NonzeroPositions.self,
    OneHot.self, ScatterAdd.self, SearchSorted.self, SliceWrite.self, Sort.self, Take.self,
    TakeAdjoint.self,
  ]
  private static let products: [any Primitive.Type] = [LinearMap.self, MatMul.self]
  private static let recurrent: [any Primitive.Type] = [
    GRUGradient.self, GRUSequence.self, LSTMGradient.self, LSTMSequence.self, RNNGradient.self,
    RNNSequence.self,
  ]
  private static let fused: [any Primitive.Type] = [
    Attention.self, AttentionGradient.self, CrossEntropy.self, CrossEntropyGradient.self,
    LayerNorm.self, LayerNormGradient.self, LogSoftmax.self, LogSoftmaxGradient.self,
    RMSNorm.self, RMSNormGradient.self, Rotary.self, Softmax.self, SoftmaxGradient.self,
  ]
  private static let images: [any Primitive.Type] = [
    AvgPool2d.self, AvgPool2dGradient.self, BatchNorm.self, BatchNormGradient.self, Col2Im.self,
    Conv2d.self, Conv2dInputGradient.self, Conv2dWeightGradient.self, Im2Col.self, MaxPool2d.self,
    MaxPool2dGradient.self,
  ]
  private static let matrices: [any Primitive.Type] = [
    Cholesky.self, Cofactors.self, Determinant.self, Inverse.self, LogDeterminant.self, QR.self,
    Solve.self, SVD.self, SymmetricEigen.self,
  ]
}
