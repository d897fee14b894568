import Diagnostics
import RoutingTrace

/// The project's own formats, from one to the other.
struct TraceFileImport: TraceImport {
  let name = "trace"
  let summary = "traces of this project, one or several or a folder: native, JSON Lines, or either through gzip"

  var draws: Bool { true }

  func recognizes(_ sample: SourceSample) -> Bool {
    sample.isFolder
      ? TraceFiles.areIn(folder: sample.sources[0]) : sample.isGzip || sample.isJSON(with: "moe-routing-trace")
  }

  func open(_ sources: [String], options: ImportOptions) throws(InputError) -> Imported {
    guard options.layers == nil, options.experts == nil, options.topK == nil, options.model == nil,
      options.licence == nil
    else { throw InputError("a trace of this project already says its shape", in: "--from", status: .usage) }
    do {
      return .steps(try StepSelection(draw: options.draw).open(TraceFiles(sources), digesting: false))
    } catch {
      throw error as? InputError ?? InputError("\(error)", in: sources[0])
    }
  }
}
