import Replay

extension ReplayReport {
  /// `[results]` what tells each from the others: its machine, its trace if there are several, and of what else results
  /// of the same machine and trace differ in; their number at last.
  var headings: [String] {
    var headings = results.map(heading)
    for part in Self.parts where Set(headings).count < headings.count {
      let values = results.map(part)
      for (name, places) in Self.places(of: headings) where Set(places.map { values[$0] }).count > 1 {
        for place in places { headings[place] = "\(name), \(values[place])" }
      }
    }
    for (name, places) in Self.places(of: headings) where places.count > 1 {
      for (number, place) in places.enumerated() { headings[place] = "\(name) (\(number + 1))" }
    }
    return headings
  }

  private static var parts: [(ReplayResult) -> String] {
    [
      { "model \($0.model.name)" }, { "all-to-all \($0.allToAll)" }, { "\(Readable.count($0.trace.steps, "step"))" },
      { "seed \($0.seed)" },
    ]
  }

  private static func places(of headings: [String]) -> [String: [Int]] {
    Dictionary(grouping: headings.indices) { headings[$0] }
  }
}
