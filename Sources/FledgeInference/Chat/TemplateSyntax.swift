/// An expression of the template language.
indirect enum TemplateExpression: Sendable {
  case literal(TemplateValue)
  case name(String)
  case list([TemplateExpression])
  case dictionary([(TemplateExpression, TemplateExpression)])
  /// `value.name`
  case attribute(TemplateExpression, String)
  /// `value[index]`
  case item(TemplateExpression, TemplateExpression)
  /// `value[from:to:step]`
  case slice(TemplateExpression, TemplateExpression?, TemplateExpression?, TemplateExpression?)
  case call(TemplateExpression, Arguments)
  /// `value | name(…)`
  case filter(TemplateExpression, String, Arguments)
  /// `value is name(…)`
  case test(TemplateExpression, String, Arguments)
  case not(TemplateExpression)
  case negative(TemplateExpression)
  case binary(String, TemplateExpression, TemplateExpression)
  /// `a < b <= c`
  case comparison(TemplateExpression, [(String, TemplateExpression)])
  /// `a if condition else b`
  case conditional(TemplateExpression, if: TemplateExpression, else: TemplateExpression?)

  /// Arguments by place and by name.
  struct Arguments: Sendable {
    var positional: [TemplateExpression] = []
    var named: [(String, TemplateExpression)] = []
  }
}

/// A statement, with its line.
struct TemplateStatement: Sendable {
  indirect enum Kind: Sendable {
    case text(String)
    case output(TemplateExpression)
    /// The first branch whose condition holds; the last may have none.
    case branches([(condition: TemplateExpression?, body: [TemplateStatement])])
    case loop(Loop)
    /// `set name = value`, `set object.attribute = value`
    case set(name: String, attribute: String?, TemplateExpression)
    /// `set name` … `endset`
    case capture(name: String, [TemplateStatement])
    /// `generation` … `endgeneration`: marks what a model has said, and is rendered as it stands.
    case group([TemplateStatement])
    case leave(LoopExit)
  }

  struct Loop: Sendable {
    var names: [String]
    var sequence: TemplateExpression
    var condition: TemplateExpression?
    var body: [TemplateStatement]
    var otherwise: [TemplateStatement]
  }

  enum LoopExit: Sendable {
    case breaking, continuing
  }

  var kind: Kind
  var line: Int
}
