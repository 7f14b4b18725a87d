import FledgeCore
import FledgeNN
import FledgeTestSupport
import Foundation
import Testing

@testable import FledgeInference

/// With the real files, which `Scripts/fetch-model.sh` puts into the cache; skipped where they are
/// missing.
@Suite struct RealModelTests {
  private static let path = try? FetchedModel.smollm2.path()
  private static let sentences = try? FetchedModel.minilm.path()

  @Test(.enabled(if: path != nil, "Scripts/fetch-model.sh smollm2 fetches the file"))
  func `SmolLM2 answers, and a second turn reads only what is new`() throws {
    let loaded = try PretrainedModel(#require(Self.path))
    let session = GenerationSession(loaded.model, tokenizer: loaded.tokenizer, capacity: 256)
    var messages = [ChatMessage(role: "user", content: "What is the capital of France?")]
    let prompt = try loaded.prompt(messages)
    #expect(prompt.first == 1 && prompt.count > 20)
    let options = loaded.options(sampling: .chat, maximum: 16, seed: 1)
    let answer = session.generate(prompt, options)
    #expect(answer.text.contains("Paris"))
    messages.append(ChatMessage(role: "assistant", content: answer.text))
    messages.append(ChatMessage(role: "user", content: "<|im_end|> is text"))
    let next = try loaded.prompt(messages)
    // Two turns of the person end, one of the model and the system text; what was typed is no end.
    #expect(next.filter { $0 == 2 }.count == 4)
    let second = session.generate(next, loaded.options(sampling: .chat, maximum: 1))
    #expect(second.reusedTokens >= prompt.count)
  }

  @Test(.enabled(if: path != nil, "Scripts/fetch-model.sh smollm2 fetches the file"))
  func `SmolLM2's weights are the file's own pages`() throws {
    let model = try Llama.fromPretrained(#require(Self.path))
    for block in model.blocks {
      for layer in [block.attention.projection, block.gateUp, block.down] {
        let form = try #require(layer.form as? BlockLinear)
        #expect(form.matrices.allSatisfy { $0.bytes.storage.isReadOnly })
      }
    }
    #expect(model.tokenCosts.bytes > 95_000_000)
    #expect(model.tokenCosts.multiplyAdds == 30 * (2 * 576 * 576 + 2 * 192 * 576 + 3 * 1536 * 576))
  }

  @Test(.enabled(if: sentences != nil, "Scripts/fetch-model.sh minilm fetches the files"))
  func `MiniLM has the vectors of sentence-transformers`() throws {
    let encoder = try SentenceEncoder.fromPretrained(#require(Self.sentences))
    let first = encoder.embed(["This is an example sentence"])[0].array(of: Double.self)
    for (a, b) in zip(first, [0.067657, 0.063496, 0.048713, 0.079305]) {
      #expect(abs(a - b) < 2e-6)
    }
    let vectors = encoder.embed([
      "The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium.",
    ])
    let cosines = vectors.matmul(vectors.transposed())
    for (a, b) in zip([cosines[0, 1], cosines[0, 2], cosines[1, 2]], [0.6660, 0.1046, 0.1411]) {
      #expect(abs(a.item() - b) < 1e-4)
    }
  }
}
