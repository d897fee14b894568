import Diagnostics
import Files
import RoutingTrace

/// Tokens per expert, `{"logical_count": [layers][experts]}` or `[steps][layers][experts]`, as SGLang's recorder writes.
///
/// Layers without any token are dense: they are dropped and the others keep their numbers.
struct CountsImport: TraceImport {
  let name = "counts"
  let summary = "JSON {\"logical_count\": [L][E] or [S][L][E]} (SGLang)"

  func recognizes(_ sample: SourceSample) -> Bool {
    sample.isJSON(with: "logical_count") || sample.openBrackets == 3
  }

  func open(_ sources: [String], options: ImportOptions) throws(InputError) -> Imported {
    try requireSources(sources, 1...1, name)
    let recording = try attributing(sources[0]) { () throws(InputError) in
      try CountsRecording(json: try readWhole(sources[0]))
    }
    return try recording.imported(sources, format: name, options: options)
  }
}
