import Diagnostics

/// The header of several files that are replayed as one.
enum SharedHeader {
  /// Their shape, which has to be the same, and of the rest what they agree on: a name that tells of all, the phase if
  /// it is one, the model and the groups that some of them state.
  ///
  /// - Parameter files: with their paths; one or more.
  /// - Throws: `InputError` (usage) that names the first file and the first that does not fit it.
  static func of(_ files: [(path: String, header: TraceHeader)]) throws(InputError) -> TraceHeader {
    var shared = files[0].header
    for (path, header) in files.dropFirst() {
      if let difference = difference(header, from: shared) {
        throw InputError(
          "\(difference.found), but \(files[0].path) has \(difference.expected): files that are replayed as one have "
            + "one shape", in: path, status: .usage)
      }
      shared.model = shared.model ?? header.model
      shared.groups = shared.groups ?? header.groups
    }
    let headers = files.map(\.header)
    let names = distinct(headers.map(\.name))
    if names.count > 1 { shared.name = "\(names[0]) … \(names[names.count - 1])" }
    if headers.contains(where: { $0.phase != shared.phase }) { shared.phase = nil }
    shared.provenance = provenance(headers.map(\.provenance))
    return shared
  }

  private static func difference(_ header: TraceHeader, from first: TraceHeader) -> (found: String, expected: String)? {
    func differ<Value: Equatable>(
      _ value: (TraceHeader) -> Value, _ text: (Value) -> String
    ) -> (found: String, expected: String)? {
      let (found, expected) = (value(header), value(first))
      return found == expected ? nil : (text(found), text(expected))
    }
    func stated<Value: Equatable>(
      _ value: (TraceHeader) -> Value?, _ text: (Value) -> String
    ) -> (found: String, expected: String)? {
      guard let found = value(header), let expected = value(first), found != expected else { return nil }
      return (text(found), text(expected))
    }
    return differ(\.content, \.rawValue)
      ?? differ(\.experts) { "\($0) experts" }
      ?? differ(\.topK) { $0.map { "top-\($0)" } ?? "no top-k" }
      ?? differ(\.layers) { "\($0) MoE layers" }
      ?? differ(\.layerNumbers) { "MoE layers \($0[0])…\($0[$0.count - 1])" }
      ?? stated(\.groups) { "\($0) expert groups" }
      ?? stated(\.model) { "model '\($0)'" }
  }

  /// What all say, or the different things that they say; synthetic if one of them is. Nil unless all tell where they
  /// came from.
  private static func provenance(_ parts: [TraceHeader.Provenance?]) -> TraceHeader.Provenance? {
    let known = parts.compactMap(\.self)
    guard known.count == parts.count, let first = known.first else { return nil }
    func joined(_ value: (TraceHeader.Provenance) -> String?) -> String? {
      let texts = distinct(known.compactMap(value))
      return texts.isEmpty ? nil : texts.joined(separator: "; ")
    }
    return TraceHeader.Provenance(
      origin: known.allSatisfy { $0.origin == first.origin } ? first.origin : .synthetic, method: joined(\.method),
      from: joined(\.from), licence: joined(\.licence))
  }

  private static func distinct(_ values: [String]) -> [String] {
    var seen = Set<String>()
    return values.filter { seen.insert($0).inserted }
  }
}
