import Containers
import Diagnostics
import Files
import RoutingTrace

/// MoE-Infinity's activation matrices, one step for each sequence.
struct ActivationMatrixImport: TraceImport {
  let name = "moe-infinity"
  let summary = ".npy activation matrices [sequences, layers, experts] of MoE-Infinity"

  func recognizes(_ sample: SourceSample) -> Bool { sample.array?.axes == 3 }

  func open(_ sources: [String], options: ImportOptions) throws(InputError) -> Imported {
    try requireSources(sources, 1...1, name)
    let recording = try attributing(sources[0]) { () throws(InputError) in
      try CountsRecording(array: NumpyArray(try readWhole(sources[0])), axes: 3)
    }
    return try recording.imported(sources, format: name, options: options)
  }
}
