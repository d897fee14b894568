import Foundation

/// A timeline as a viewer reads it.
struct TimelineEvents {
  struct Slice {
    var name: String
    var process: Int
    var thread: Int
    /// Nanoseconds.
    var start: Int
    var end: Int
    var arguments: [String: Any]

    var us: Double { arguments["us"] as? Double ?? .nan }
    /// Of what it is a part.
    var layer: String { "\(process) \(arguments["step"] ?? "") \(arguments["layer"] ?? "")" }
  }

  let all: [[String: Any]]
  let slices: [Slice]

  init(_ text: String) throws {
    let json = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    all = json?["traceEvents"] as? [[String: Any]] ?? []
    slices = all.filter { $0["ph"] as? String == "X" }.map { event in
      func nanoseconds(_ key: String) -> Int { Int(((event[key] as? Double ?? .nan) * 1000).rounded()) }
      let start = nanoseconds("ts")
      return Slice(
        name: event["name"] as? String ?? "", process: event["pid"] as? Int ?? 0, thread: event["tid"] as? Int ?? 0,
        start: start, end: start + nanoseconds("dur"), arguments: event["args"] as? [String: Any] ?? [:])
    }
  }

  /// Slices of ranks, by process, step and layer.
  var ofRanks: [String: [Slice]] {
    Dictionary(grouping: slices.filter { $0.thread >= 2000 && $0.arguments["layer"] != nil }, by: \.layer)
  }

  /// What a viewer would draw otherwise than it is meant, a line for each.
  var mistakes: [String] {
    var mistakes: [String] = []
    for (_, slices) in Dictionary(grouping: slices, by: { [$0.process, $0.thread] }) {
      var open: [Slice] = []
      var last = 0
      for slice in slices {
        while let outer = open.last, outer.end <= slice.start { open.removeLast() }
        if slice.start < last { mistakes.append("\(slice) begins before what is above it") }
        if let outer = open.last, slice.end > outer.end || slice.thread != 1000 {
          mistakes.append("\(slice) overlaps \(outer)")
        }
        if slice.end > slice.start { open.append(slice) }
        last = slice.start
      }
    }
    let named = Set(
      all.filter { $0["name"] as? String == "thread_name" }.map { "\($0["pid"] ?? "") \($0["tid"] ?? "")" })
    for track in Set(slices.map { "\($0.process) \($0.thread)" }) where !named.contains(track) {
      mistakes.append("thread \(track) has no name")
    }
    return mistakes
  }
}
