import Diagnostics
import Reporting
import Studies

extension FuzzedReader {
  /// What one command wrote and another reads.
  static let resultReaders = [
    FuzzedReader("saved-result") { bytes in
      let report = try SavedReport.read([.init(name: "a.json", text: text(bytes))])
      if bytes.count.isMultiple(of: 8) { _ = try report.page() }
    },
    FuzzedReader("study-manifest") { bytes in
      let reader = try StudyManifestReader(manifest.write(bytes))
      for _ in 0..<256 { guard try reader.next() != nil else { return } }
    },
  ]

  private static let manifest = ScratchFile("manifest.jsonl")
}
