import Containers
import Diagnostics
import Files

/// Arrays `[tokens, layers, topK]` of expert ids in an `.npy`, or several in an `.npz`: each is one sequence.
///
/// It is what vLLM returns as `CompletionOutput.routed_experts` and users save with numpy.
struct RoutedExpertsImport: TraceImport {
  let name = "routed-experts"
  let summary = ".npy or .npz arrays [tokens, layers, topK], each a sequence"

  func recognizes(_ sample: SourceSample) -> Bool {
    sample.firstEntry?.hasSuffix(".npy") ?? (sample.array.map { $0.axes == 3 && $0.isWhole } ?? false)
  }

  func open(_ sources: [String], options: ImportOptions) throws(InputError) -> Imported {
    try requireSources(sources, 1...4096, name)
    guard options.topK == nil, options.recordedLayers == nil else {
      throw InputError("the arrays say their layers and top-k", in: "--from \(name)", status: .usage)
    }
    return .sequences(
      try RoutedArrays(sources: sources, format: name, options: options) { () throws(InputError) in
        ArraySequence(sources: sources)
      })
  }
}

/// The arrays of `.npy` and `.npz` files in order.
final class ArraySequence: RoutedArraySource {
  private var sources: ArraySlice<String>
  private var archive: (path: String, zip: ZipArchive, rest: ArraySlice<ZipArchive.Entry>)?

  init(sources: [String]) { self.sources = sources[...] }

  func next() throws(InputError) -> (RoutedArray, place: String)? {
    while true {
      if let current = archive, let entry = current.rest.first {
        archive?.rest.removeFirst()
        let place = "\(current.path): \(entry.name)"
        return (
          try attributing(place) { () throws(InputError) in
            try RoutedArray(try NumpyArray(try current.zip.content(of: entry)))
          }, place
        )
      }
      guard let path = sources.popFirst() else { return nil }
      archive = nil
      let bytes = try readWhole(path)
      guard ZipArchive.isZip(bytes) else {
        return (try attributing(path) { () throws(InputError) in try RoutedArray(try NumpyArray(bytes)) }, path)
      }
      let zip = try attributing(path) { () throws(InputError) in try ZipArchive(bytes) }
      archive = (path, zip, zip.entries[...])
    }
  }
}
