import Replay

/// One machine on the page; every text is ready to print.
struct ReplayPageSection {
  struct Picture {
    var name: String
    var isYardstick: Bool
    var load: RankLoadPicture
  }

  struct Fact {
    var name: String
    var value: String
  }

  struct Bar {
    /// Percent of the widest row.
    var width: String
    var part: String
    var label: String
  }

  /// From all overlapped to nothing overlapped, in percent of the widest row.
  struct Whisker {
    var left: String
    var width: String
    var label: String
  }

  struct Row {
    var name: String
    var isYardstick: Bool
    var bars: [Bar]
    var whisker: Whisker
    var total: String
  }

  /// A line of a table: a figure's name and its value under each policy.
  struct Figures {
    var name: String
    var reading: String
    var cells: [String]
  }

  /// The machine's, where there are several.
  let heading: String?
  let answer: String
  let facts: [Fact]
  let rows: [Row]
  let figures: [Figures]
  let pictures: [Picture]
  let shades: [RankLoadPicture.Shade]
  let hasPictures: Bool
  let notes: [String]
  let hasYardsticks: Bool

  /// Microseconds of the longest bar.
  static func widest(_ result: ReplayResult) -> Double {
    result.policies.map { parts(of: $0).map(\.microseconds).reduce(0, +) }.max() ?? 0
  }

  /// - Parameter widest: microseconds of the longest bar on the page.
  init(_ result: ReplayResult, heading: String?, widest: Double) {
    func percent(_ microseconds: Double) -> String {
      String(widest > 0 ? (microseconds / widest * 10_000).rounded() / 100 : 0)
    }
    self.heading = heading
    answer = ReplayVerdict.sentence(of: result)
    facts = Self.facts(result)
    rows = result.policies.map { policy in
      Row(
        name: policy.name, isYardstick: !policy.causal,
        bars: parts(of: policy).map { part in
          Bar(
            width: percent(part.microseconds), part: part.name,
            label: "\(part.name): \(Readable.time(part.microseconds))")
        },
        whisker: Whisker(
          left: percent(policy.time.moeLower), width: percent(policy.time.moeUpper - policy.time.moeLower),
          label: "\(Readable.time(policy.time.moeLower)) all overlapped, "
            + "\(Readable.time(policy.time.moeUpper)) nothing overlapped"),
        total: Readable.time(policy.time.total))
    }
    figures = Figure.all.compactMap { figure in
      let texts = result.policies.map { figure.text(of: $0, in: result) }
      let cells = texts.map { $0 ?? Readable.nothing }
      return texts.contains { $0 != nil } ? Figures(name: figure.name, reading: figure.reading, cells: cells) : nil
    }
    pictures = result.policies.compactMap { policy in
      policy.perLayer.map { Picture(name: policy.name, isYardstick: !policy.causal, load: RankLoadPicture($0)) }
    }
    shades = pictures.first?.load.shades ?? []
    hasPictures = !pictures.isEmpty
    notes = ReplayNotes.all(of: result)
    hasYardsticks = result.policies.contains { !$0.causal }
  }

  private static func facts(_ result: ReplayResult) -> [Fact] {
    let trace = result.trace
    return [
      Fact(name: "Trace", value: trace.name + (trace.origin.map { " (\($0))" } ?? "")),
      Fact(name: "Shape", value: trace.shape),
      Fact(
        name: "Cluster",
        value: "\(result.cluster.name), \(Readable.count(result.cluster.ranks, "rank")), "
          + "\(result.cluster.ranksPerNode) per node"),
      Fact(name: "Model", value: result.model.name),
      Fact(name: "All-to-all", value: result.allToAll),
    ] + (result.cluster.parts.map { [Fact(name: "Kernels", value: $0.kernels)] } ?? [])
      + [Fact(name: "Seed", value: String(result.seed))]
      + (trace.sha256.map { [Fact(name: "SHA-256", value: $0)] } ?? [])
  }
}

/// The stacked parts of a policy's bar; what overlap hides is not subtracted.
private func parts(of policy: PolicyResult) -> [(name: String, microseconds: Double)] {
  [
    ("dispatch", policy.time.dispatch), ("experts", policy.time.experts ?? 0), ("combine", policy.time.combine ?? 0),
    ("moves", policy.time.migration ?? 0), ("prediction", policy.time.prediction ?? 0),
  ].filter { $0.1 > 0 }
}
