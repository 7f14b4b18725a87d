import FledgeCore
import FledgeModels
import FledgeNN
import FledgeOptim
import Testing

@Suite struct VisionModelTests {
  @Test func `LeNet has LeNet-5's 61,706 parameters`() {
    let model = LeNet()
    #expect(model.parameterCount == 61_706)
    #expect(model(Tensor.zeros([2, 1, 28, 28])).shape == [2, 10])
  }

  @Test func `a Vision Transformer tells patches apart by their place and their content`() async {
    let model = withGenerator(Generator(seed: 3)) { VisionTransformer() }
    #expect(model.configuration.grid == 7 && model(Tensor.zeros([2, 1, 28, 28])).shape == [2, 10])
    crossEntropy(model(Tensor.normal([2, 1, 28, 28])), Tensor([1, 2] as [Int])).backward()
    let missing = model.namedParameters().filter { $0.parameter.grad == nil }.map(\.name)
    #expect(missing == [])
    // The same patches in another order: another image, unless nothing tells places apart.
    let image = Tensor.uniform([1, 1, 28, 28], using: Generator(seed: 4))
    let other = image.reshaped([1, 1, 7, 4, 28]).flipped(axis: 2).reshaped([1, 1, 28, 28])
    // As learned ones are; they start too small to matter.
    model.positions.weight = .normal(model.positions.weight.shape, using: Generator(seed: 5))
    #expect(!model(image).isClose(to: model(other), absoluteTolerance: 1e-3))
    model.positions.weight = .zeros(model.positions.weight.shape)
    #expect(model(image).isClose(to: model(other), absoluteTolerance: 1e-4))
    await #expect(processExitsWith: .failure) {
      _ = VisionTransformer(.init(size: 28, patch: 5))
    }
  }

  @Test func `ResNet9 has 431,946 parameters for ten classes`() {
    let model = ResNet9()
    #expect(model.parameterCount == 431_946)
    #expect(model(Tensor.zeros([2, 3, 32, 32])).shape == [2, 10])
    let names = model.namedParameters().map(\.name)
    #expect(names.contains("features.layers.2.body.layers.1.convolution.weight"))
  }

  @Test func `ResNet9 learns a batch by heart`() {
    withGenerator(Generator(seed: 1)) {
      let model = ResNet9(classes: 4)
      let optimizer = Adam(model.parameters(), learningRate: 1e-3)
      let x = Tensor.normal([8, 3, 32, 32])
      let labels = Tensor([0, 1, 2, 3, 3, 2, 1, 0] as [Int])
      var losses: [Double] = []
      for _ in 0..<12 {
        let loss = crossEntropy(model(x), labels)
        optimizer.zeroGrad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
      }
      #expect(losses[0] > 1)
      #expect(losses.last! < 0.3, "\(losses)")
      #expect(model.parameters().allSatisfy { $0.grad!.abs().sum().item() > 0 })
    }
  }
}
