import Diagnostics
import RoutingTrace

/// The project's own formats, from one to the other.
struct TraceFileImport: TraceImport {
  let name = "trace"
  let summary = "a trace of this project: native, JSON Lines, or either through gzip"

  func recognizes(_ sample: SourceSample) -> Bool { sample.isGzip || sample.isJSON(with: "moe-routing-trace") }

  func open(_ sources: [String], options: ImportOptions) throws(InputError) -> Imported {
    try requireSources(sources, 1...1, name)
    guard options.layers == nil, options.experts == nil, options.topK == nil, options.model == nil,
      options.licence == nil
    else { throw InputError("a trace of this project already says its shape", in: "--from", status: .usage) }
    do {
      return .steps(try TraceReader(path: sources[0]))
    } catch {
      throw error as? InputError ?? InputError("\(error)", in: sources[0])
    }
  }
}
