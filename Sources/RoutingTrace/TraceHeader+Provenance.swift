extension TraceHeader {
  /// The name and provenance of what was imported from `sources`.
  ///
  /// - Parameter notes: what the import left out or took for granted; they follow the format in `method`.
  package static func imported(
    from sources: [String], format: String, licence: String? = nil, notes: [String] = []
  ) -> (name: String, provenance: Provenance) {
    let names = sources.map { String($0.split(separator: "/").last ?? "standard input") }
    let first = names.first ?? format
    let suffix = first.lastIndex(of: ".").map { first[$0...] } ?? ""
    let name = String(first.dropLast(suffix.count))
    return (
      name.isEmpty ? format : name,
      Provenance(
        origin: .recorded, method: (["converted from \(format)"] + notes).joined(separator: "; "),
        from: names.joined(separator: ", "),
        licence: licence)
    )
  }
}
