/// How a byte-level tokenizer cuts a text into words, by the model family it comes from.
public enum ByteLevelSplitting: String, Sendable, CaseIterable {
  /// Letters, numbers and other characters with a space in front, and English contractions.
  case gpt2
  /// As GPT-2, and each digit by itself.
  case smollm
  /// As GPT-4: up to three digits, any mark in front of letters, newlines apart.
  case llama3
  /// As Llama 3, and each digit by itself.
  case qwen2

  var preTokenizer: PreTokenizer {
    switch self {
    case .gpt2: .pattern(.gpt2)
    case .smollm: .sequence([.digits(individually: true), .pattern(.gpt2)])
    case .llama3: .pattern(.llama3(digits: 3))
    case .qwen2: .pattern(.llama3(digits: 1))
    }
  }

  /// The same for `tokenizer.json`.
  var json: [String: Any] {
    func byteLevel(pattern: Bool) -> [String: Any] {
      ["type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": pattern]
    }
    func split(_ pattern: SplitPattern) -> [String: Any] {
      [
        "type": "Split", "pattern": ["Regex": pattern.expression], "behavior": "Isolated",
        "invert": false,
      ]
    }
    func sequence(_ steps: [[String: Any]]) -> [String: Any] {
      ["type": "Sequence", "pretokenizers": steps]
    }
    switch self {
    case .gpt2: return byteLevel(pattern: true)
    case .smollm:
      return sequence([["type": "Digits", "individual_digits": true], byteLevel(pattern: true)])
    case .llama3: return sequence([split(.llama3(digits: 3)), byteLevel(pattern: false)])
    case .qwen2: return sequence([split(.llama3(digits: 1)), byteLevel(pattern: false)])
    }
  }
}
