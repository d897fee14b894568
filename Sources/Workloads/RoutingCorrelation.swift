import Diagnostics

/// How a token's choice depends on others.
struct RoutingCorrelation: Sendable, Equatable {
  /// Probability that an expert of the sequence's previous token is chosen again.
  var neighbour = 0.0
  /// Probability that an expert of the same token in the previous layer is chosen again.
  var layer = 0.0
  /// Groups of sequences, each with tastes of its own.
  var topics = 1
  /// Standard deviation of the logarithm of a topic's taste for an expert, relative to the popularity.
  var spread = 0.0
  /// Kinds of tokens. In each layer an expert belongs to one kind, by chance, and as many to each; a token is of any kind
  /// with the same probability, unless it kept a neighbour's expert, whose kind is then the likelier one.
  var kinds = 1
  /// How many times as much a token likes the experts of its own kind, before kinds are balanced so that every expert
  /// keeps its popularity.
  var affinity = 1.0

  init() {}

  init(_ settings: Settings?, shape: WorkloadShape) throws(InputError) {
    guard let settings else { return }
    neighbour = try settings.optionalNumber("neighbour", in: 0...0.95) ?? 0
    layer = try settings.optionalNumber("layer", in: 0...0.95) ?? 0
    topics = try settings.optionalInteger("topics", in: 1...256) ?? 1
    spread = try settings.optionalNumber("spread", in: 0...5) ?? 0
    kinds = try settings.optionalInteger("kinds", in: 1...min(64, shape.experts)) ?? 1
    affinity = try settings.optionalNumber("affinity", in: 1...1e6) ?? 1
    try settings.rejectUnknownKeys()
    guard spread == 0 || topics > 1 else { throw settings.error("needs topics above 1", at: "spread") }
    guard affinity == 1 || kinds > 1 else { throw settings.error("needs kinds above 1", at: "affinity") }
    guard kinds == 1 || shape.topK > 1 else {
      throw settings.error("a token's only expert has no company", at: "kinds")
    }
  }

  /// The section's content as YAML; nil where tokens do not depend on others.
  var yaml: String? {
    var parts = [String]()
    if neighbour > 0 { parts.append("neighbour: \(neighbour)") }
    if layer > 0 { parts.append("layer: \(layer)") }
    if spread > 0 { parts.append("topics: \(topics), spread: \(spread)") }
    if affinity > 1 { parts.append("kinds: \(kinds), affinity: \(affinity)") }
    return parts.isEmpty ? nil : "{\(parts.joined(separator: ", "))}"
  }
}
