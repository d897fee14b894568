import ArgumentParser
import ExpertReplay

/// On which ranks tokens start.
struct SourceOptions: ParsableArguments {
  @Option(
    help: """
      Where tokens start: \(SourceRule.registry.list). By default as recorded, else by sequence in decode steps and even \
      in others.
      """, completion: .names(of: SourceRule.registry))
  var sources: String?

  @Option(
    name: .customLong("attention-tp"),
    help: "Ranks that share a token's attention: tokens start on groups of so many. (default: 1)")
  var attentionRanks: Int?

  func validate() throws { try require(attentionRanks, in: 1...Cluster.maximumRanks, "--attention-tp") }

  var isGiven: Bool { sources != nil || attentionRanks != nil }

  var chosen: TokenSources {
    get throws {
      TokenSources(
        try sources.map { name throws(InputError) in try SourceRule.registry.named(name, option: "--sources") },
        attentionRanks: attentionRanks ?? 1)
    }
  }
}
