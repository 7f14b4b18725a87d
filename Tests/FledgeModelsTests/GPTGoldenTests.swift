import FledgeCore
import FledgeModels
import FledgeTestSupport
import Testing

@Suite struct GPTGoldenTests {
  @Test(
    "A small GPT equals PyTorch's, with the gradients of all parameters", arguments: [true, false])
  func gpt(bias: Bool) throws {
    let model = GPT(
      GPTConfiguration(
        vocabulary: 11, context: 8, layers: 2, heads: 2, channels: 16, bias: bias))
    try checkModule(model, bias ? "gpt" : "gpt.plain", tolerance: 2e-4) { model($0) }
  }
}
