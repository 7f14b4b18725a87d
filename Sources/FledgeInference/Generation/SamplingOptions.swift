/// How the next token is chosen from a model's logits.
///
/// The steps come in this order, as in Hugging Face's transformers: the repetition penalty, the
/// temperature, top-k, top-p, min-p; then a draw from what is left.
public struct SamplingOptions: Sendable, Hashable, Codable {
  /// Divides the logits; 0 takes the likeliest token every time.
  public var temperature: Double
  /// Draws among the k likeliest tokens only.
  public var topK: Int?
  /// Draws among the fewest likeliest tokens that together have this probability (Holtzman et al.
  /// 2020).
  public var topP: Double?
  /// Draws among tokens that are at least this many times as likely as the likeliest (Nguyen et al.
  /// 2024).
  public var minP: Double?
  /// Divides the positive logits of tokens that came already, and multiplies the negative ones (Keskar
  /// et al. 2019); 1 changes nothing.
  public var repetitionPenalty: Double
  /// How many of the last tokens the penalty looks at.
  public var repetitionWindow: Int

  /// By default greedy, without a penalty.
  public init(
    temperature: Double = 0, topK: Int? = nil, topP: Double? = nil, minP: Double? = nil,
    repetitionPenalty: Double = 1, repetitionWindow: Int = 64
  ) {
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
    self.minP = minP
    self.repetitionPenalty = repetitionPenalty
    self.repetitionWindow = repetitionWindow
  }

  /// The likeliest token every time.
  public static let greedy = SamplingOptions()
  /// For small models that were tuned to answer: temperature 0.2, top-p 0.9, a penalty of 1.1.
  public static let chat = SamplingOptions(temperature: 0.2, topP: 0.9, repetitionPenalty: 1.1)

  /// What is wrong with options from outside; nil where nothing is.
  public var fault: String? {
    if !(temperature >= 0 && temperature.isFinite) { return "the temperature must be 0 or more" }
    if topK ?? 1 < 1 { return "top-k must be at least 1" }
    if !((topP ?? 1) > 0 && (topP ?? 1) <= 1) { return "top-p must be above 0 and at most 1" }
    if !((minP ?? 0) >= 0 && (minP ?? 0) <= 1) { return "min-p must be between 0 and 1" }
    if !(repetitionPenalty > 0 && repetitionPenalty.isFinite) {
      return "the repetition penalty must be positive"
    }
    return repetitionWindow < 0 ? "the repetition window cannot be negative" : nil
  }
}
