import FledgeCourse

extension MilestoneCard {
  static let storiesOfYourOwn = MilestoneCard(
    title: "Stories of your own",
    promise: """
      Your GPT learns the stories of `make demo` and writes one, by your sampling. On stories that it never \
      saw its loss is below 0.75 nats a letter, where the bigram has more than 2; and you see where a head \
      looks.
      """,
    metric: "loss", goal: .atMost(0.75), needs: ["11.5", "11.6", "11.8"],
    controls: [
      ("one-letter-at-a-time", "the model sees a single letter, and is a bigram with much ado"),
      ("shuffled-letters", "the letters stand in a random order, so there is nothing to look at"),
      ("zeroed-rate", "the learning rate is 0, so nothing moves"),
    ], seconds: 300)
}
