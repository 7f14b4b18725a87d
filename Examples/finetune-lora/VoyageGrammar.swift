import Fledge

extension StoryGrammar {
  /// Ships' logs: what the model is adapted to. The same letters as the tales', other words, another
  /// order, and its own things to remember: the ship, its captain and what it carries.
  ///
  ///     Monday aboard the Gull. Captain Vera steers north through heavy rain. We carry salt for the
  ///     port of Orlin, and the sails are torn. By night she and the crew of the Gull sew new canvas.
  static let voyages: StoryGrammar = {
    do {
      return try StoryGrammar(Voyages.log)
    } catch {
      preconditionFailure("StoryGrammar.voyages: \(error)")
    }
  }()
}

private enum Voyages {
  static let log: StoryPart = """
    \(day) aboard the \(ship.introduced(by: "name")). \
    Captain \(captain.introduced(by: "name")) steers \(course) through \(weather). \
    We carry \(cargo) for the port of \(port), and \(trouble.introduced(by: "state")). \
    By \(hour) \(captain["she"]) and the crew of the \(ship["name"]) \(trouble["remedy"]).
    """

  static let ship = StoryRole(
    "ship", ["name": ["Gull", "Heron", "Petrel", "Osprey", "Tern", "Albatross"]])

  static let captain = StoryRole(
    "captain",
    [
      "name": ["Vera", "Ingrid", "Marta", "Olga", "Piet", "Erik", "Jonas", "Willem"],
      "she": [String](repeating: "she", count: 4) + [String](repeating: "he", count: 4),
    ])

  static let trouble = StoryRole(
    "trouble",
    [
      "state": [
        "the sails are torn", "the pumps have failed", "the anchor is lost", "the mast is split",
        "the water is low",
      ],
      "remedy": [
        "sew new canvas", "bail by hand", "forge another one", "bind it with rope",
        "gather rain in barrels",
      ],
    ])

  static let day: StoryPart = .oneOf(
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

  static let course: StoryPart = .oneOf("north", "south", "east", "west")

  static let weather: StoryPart = .weighted(
    (3, "heavy rain"), (2, "thick fog"), (2, "high seas"), (1, "drifting ice"), (1, "clear skies"))

  static let cargo: StoryPart = .oneOf("salt", "timber", "coffee", "wool", "copper", "pepper")

  static let port: StoryPart = .oneOf("Orlin", "Vastad", "Merrow", "Quill", "Skagen", "Tarragon")

  static let hour: StoryPart = .oneOf("night", "dusk", "noon", "sunrise")
}
