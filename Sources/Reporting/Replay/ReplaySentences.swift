import Replay

/// What is said around the tables.
extension ReplayReport {
  var heading: [ReportBlock] {
    let trace = results[0].trace
    return [.line("Trace    \(trace.name)\(trace.origin.map { " (\($0))" } ?? ""): \(trace.shape)")]
      + results.flatMap { result in
        let nodes = Readable.count(result.cluster.ranks / result.cluster.ranksPerNode, "node")
        let cluster = ReportBlock.line(
          "Cluster  \(result.cluster.name): \(Readable.count(result.cluster.ranks, "rank")) on \(nodes), "
            + "model \(result.model.label), all-to-all '\(result.allToAll)'")
        return [cluster] + (result.cluster.parts.map { [.line("Kernels  \($0.kernels)")] } ?? [])
      }
  }

  /// For each machine the verdict, where there is something to judge, and a sentence of figures.
  var verdicts: [ReportBlock] {
    results.flatMap { result -> [ReportBlock] in
      let machine = areSeveral ? "\(result.machine): " : ""
      let figures = ReplayVerdict.sentence(of: result)
      guard ReplayVerdict.isDue(for: result) else { return [.headline(machine + figures)] }
      let verdict = ReplayVerdict.word(of: result)
      return [.headline("\(machine)\(verdict.word) \(verdict.why)"), .paragraph(figures)]
    }
  }

  /// How far each policy's predictions were from what came.
  var predictions: [ReportBlock] {
    ofMachines { result in
      let policies = result.policies.compactMap { policy in
        policy.prediction.map { prediction in
          "\(policy.name) \(Readable.percent(prediction.errorMean)) (\(Readable.percent(prediction.errorMax)))"
            + (prediction.accuracy.map { ", \(Readable.percent($0)) of visits foreseen" } ?? "")
        }
      }
      return policies.isEmpty ? [] : [policies.joined(separator: "; ") + "."]
    }.map { machine, text in
      .paragraph("Distribution error of predictions, mean (worst layer)\(machine.map { ", \($0)" } ?? ""): \(text)")
    }
  }

  /// How the columns are read: the two that are misread most, or all of them.
  var legend: [ReportBlock] {
    let isAhead = results[0].policies.contains { !$0.causal }
    return (isExplained ? predictions + [explanation] : [.paragraph(Self.shortLegend)])
      + (isAhead ? [.line("* looks ahead: a yardstick, not a policy.")] : [])
  }

  private static let shortLegend =
    "Faster: less total time than the baseline's. Steady: the same once plans serve. --explain tells of every column."

  private var explanation: ReportBlock {
    let shown =
      columns(in: .answer) + (isWide ? columns(in: .bounds) : []) + (serving.isEmpty ? [] : columns(in: .serving))
    let sentences = shown.map { "\($0.column.title): \($0.column.legend ?? $0.figure.reading)." }
    return .paragraph(sentences.joined(separator: " "))
  }

  var notes: [ReportBlock] {
    ofMachines(ReplayNotes.all).flatMap { machine, note in
      [.line(), .paragraph("Note\(machine.map { " (\($0))" } ?? ""): \(note)")]
    }
  }

  /// Texts of every machine, in their order; the machine is named with those that not all have.
  func ofMachines(_ texts: (ReplayResult) -> [String]) -> [(machine: String?, text: String)] {
    let all = results.map(texts)
    var said: Set<String> = []
    return zip(results, all).flatMap { result, texts in
      texts.compactMap { text in
        guard areSeveral, all.contains(where: { !$0.contains(text) }) else {
          return said.insert(text).inserted ? (nil, text) : nil
        }
        return (result.machine, text)
      }
    }
  }
}

extension ReplayResult.Model {
  /// Its name, and what it reaches where that was stated.
  fileprivate var label: String {
    name + (accuracy.map { " (accuracy \(Readable.ratio($0)), as stated)" } ?? "")
  }
}

extension ReplayResult.Trace {
  /// `24 steps, 24,576 tokens, 3 layers, 256 experts, top-8`.
  var shape: String {
    [
      Readable.count(steps, "step"), Readable.count(tokens, "token"), Readable.count(layers, "layer"),
      Readable.count(experts, "expert"), "top-\(topK)",
    ].joined(separator: ", ")
  }
}

extension ReplayResult.Parts {
  /// `deepep-normal, experts trtllm in prefill; deepep-low-latency, experts trtllm in decode`.
  var kernels: String {
    let phases = [("prefill", prefill), ("decode", decode)].compactMap { phase, kernels in
      kernels.map { kernels in
        let names = [kernels.allToAll, "experts " + (kernels.experts ?? "by roofline")].compactMap(\.self)
        return "\(names.joined(separator: ", ")) in \(phase)"
      }
    }
    return phases.joined(separator: "; ")
  }
}
