import Fledge

/// A variational autoencoder (Kingma & Welling 2014): an encoder to a normal distribution in the
/// plane, a decoder from a point of the plane to the pixels.
final class VAE: Module {
  let encoder: MLP
  let decoder: MLP

  init(pixels: Int, hidden: Int = 256, latent: Int = 2) {
    encoder = MLP(sizes: [pixels, hidden, hidden / 2, 2 * latent])
    decoder = MLP(sizes: [latent, hidden / 2, hidden, pixels])
  }

  /// The distribution that an image stands for.   Shape: [B, pixels] → two of [B, latent]
  func encode(_ x: Tensor) -> (mean: Tensor, logVariance: Tensor) {
    let both = encoder(x)
    let parts = both.split(every: both.shape[1] / 2, axis: 1)
    return (parts[0], parts[1])
  }

  /// The logits of the pixels.   Shape: [B, latent] → [B, pixels]
  func decode(_ z: Tensor) -> Tensor { decoder(z) }

  struct Losses {
    /// Nats for the pixels, given the point: Σ cross-entropy.
    let drawing: Tensor
    /// Nats for the point: KL(N(μ, σ²) ‖ N(0, 1)) = −½ Σ (1 + log σ² − μ² − σ²).
    let divergence: Tensor

    func total(beta: Double) -> Tensor { drawing + divergence * beta }
  }

  /// Both parts of the bound on −log p(x), as means over the images.   Shape: [B, pixels]
  func losses(_ x: Tensor) -> Losses {
    let (mean, logVariance) = encode(x)
    // The noise is drawn apart from μ and σ, so that gradients reach them.
    let logits = decode(mean + (logVariance * 0.5).exp() * Tensor.normal(mean.shape))
    let images = Double(x.shape[0])
    let divergence = (logVariance + 1 - mean.square() - logVariance.exp()).sum() * (-0.5 / images)
    return Losses(
      drawing: binaryCrossEntropyWithLogits(logits, x) * Double(x.shape[1]),
      divergence: divergence)
  }
}
