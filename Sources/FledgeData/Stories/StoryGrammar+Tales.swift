extension StoryGrammar {
  /// Little animal tales of five sentences: a wish, an obstacle, a helper, a gift, an ending.
  ///
  ///     Long ago, Mia the brave fox wished for a red kite. She ran to the old mill, but the gate
  ///     was locked. A wise owl saw Mia and picked the lock. "Take the red kite, dear Mia!" said
  ///     the owl. So she flew the red kite until dawn.
  ///
  /// To predict it well a model has to learn the words, then the order of the sentences, then what
  /// depends on what: the pronoun on the name, the helper's deed on the obstacle, what one does
  /// with the wish on the wish; and to carry the name, the wish and the helper from one mention to
  /// the next. These are 30 to 120 characters apart: a context of 128 sees them all, one of 64 some.
  public static let tales: StoryGrammar = {
    do {
      return try StoryGrammar(Tales.story)
    } catch {
      preconditionFailure("StoryGrammar.tales: \(error)")
    }
  }()
}

private enum Tales {
  static let story: StoryPart = "\(wishing) \(setting) \(helping) \(giving) \(ending)"

  // MARK: The five sentences

  static let wishing: StoryPart = """
    \(time), \(hero.introduced(by: "name")) the \(nature) \(kind) \(wished) \
    a \(look.introduced(by: "look")) \(wish.introduced(by: "name")).
    """

  static let setting: StoryPart = """
    \(hero["She"]) \(went) to the \(air) \(place), but \(obstacle.introduced(by: "name")).
    """

  static let helping: StoryPart = """
    \(character) \(helper.introduced(by: "name")) \(met) \(hero["name"]) \
    and \(obstacle.matching(deeds)).
    """

  static let giving: StoryPart = """
    "\(take) the \(look["look"]) \(wish["name"]), \(address) \(hero["name"])!" \
    \(said) the \(helper["name"]).
    """

  static let ending: StoryPart = """
    \(then) \(hero["she"]) \(wish["use"]) the \(look["look"]) \(wish["name"]) \(duration).
    """

  // MARK: Who and what comes back

  static let hero = StoryRole(
    "hero",
    [
      "name": [
        "Mia", "Zoe", "Lily", "Nora", "Ruby", "Anna", "Ella", "Ida",
        "Tom", "Max", "Leo", "Ben", "Sam", "Jack", "Hugo", "Finn",
      ],
      "She": [String](repeating: "She", count: 8) + [String](repeating: "He", count: 8),
      "she": [String](repeating: "she", count: 8) + [String](repeating: "he", count: 8),
    ])

  static let look = StoryRole(
    "look",
    [
      "look": ["red", "blue", "green", "golden", "silver", "white", "tiny", "new"]
    ])

  static let wish = StoryRole(
    "wish",
    [
      "name": [
        "kite", "drum", "boat", "bell", "lamp", "crown", "book", "ball", "sled", "flute",
      ],
      "use": [
        "flew", "beat", "sailed", "rang", "lit", "wore", "read", "kicked", "rode", "played",
      ],
    ])

  static let helper = StoryRole(
    "helper",
    [
      "name": ["owl", "bear", "hen", "mouse", "goat", "crow", "frog", "hare"]
    ])

  static let obstacle = StoryRole(
    "obstacle",
    [
      "name": [
        "the gate was locked", "the night was dark", "the snow was deep",
        "the bridge was broken", "a wolf stood guard", "the wall was high",
      ]
    ])

  /// What a helper does about each obstacle, in the order of `obstacle`.
  static let deeds: [StoryPart] = [
    .oneOf("picked the lock", "had the key"),
    .oneOf("lit a fire", "brought a torch"),
    .oneOf("dug a path", "swept the snow"),
    .oneOf("built a raft", "laid a plank"),
    .oneOf("tricked the wolf", "fed the wolf"),
    .oneOf("threw a rope", "found a door"),
  ]

  // MARK: Words that do not come back

  static let time: StoryPart = .weighted(
    (3, "Once"), (3, "Long ago"), (2, "One day"), (1, "Last year"), (1, "In May"))

  static let nature: StoryPart = .oneOf(
    "little", "brave", "shy", "merry", "lazy", "clever", "hungry", "lonely")

  static let kind: StoryPart = .oneOf(
    "fox", "pig", "lamb", "pony", "kitten", "puppy", "rabbit", "dragon")

  static let wished: StoryPart = .weighted(
    (3, "wished for"), (2, "wanted"), (2, "dreamed of"), (1, "asked for"))

  static let went: StoryPart = .oneOf("ran", "rode", "walked", "crept", "went", "hurried")

  static let air: StoryPart = .oneOf("old", "dark", "far", "cold", "wild", "quiet")

  static let place: StoryPart = .oneOf(
    "mill", "lake", "cave", "hill", "barn", "castle", "forest", "garden")

  static let character: StoryPart = .oneOf(
    "A kind", "A wise", "An old", "A proud", "A jolly", "A gray", "A young", "A tall")

  static let met: StoryPart = .oneOf("saw", "met", "heard", "liked", "led", "knew")

  static let take: StoryPart = .oneOf("Take", "Here is", "I have", "See", "Keep", "Try")

  static let address: StoryPart = .oneOf("dear", "good", "sweet", "great", "my", "brave")

  static let said: StoryPart = .weighted((2, "cried"), (2, "said"), (1, "sang"))

  static let then: StoryPart = .oneOf("So", "Then", "Now", "And")

  static let duration: StoryPart = .oneOf(
    "until dawn", "all night", "all day", "for hours", "with joy", "at home", "for fun", "again")
}
