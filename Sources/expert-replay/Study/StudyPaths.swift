import ArgumentParser

/// Where a study's results are, unless told otherwise: beside its manifest, by the same name.
struct StudyPaths: ParsableArguments {
  @Option(help: "The folder of the results. (default: the manifest's name with .results)", completion: .directory)
  var results: String?

  func folder(of manifest: String) -> String { results ?? Self.sibling(of: manifest, "results") }

  /// `mine.results` for `mine.jsonl`.
  static func sibling(of manifest: String, _ ending: String) -> String {
    let stem = manifest.hasSuffix(".jsonl") ? String(manifest.dropLast(6)) : manifest
    return "\(stem).\(ending)"
  }
}
