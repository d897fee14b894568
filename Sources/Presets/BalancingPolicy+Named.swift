import Files
import Foundation
import LoadBalancing
import Replay

extension BalancingPolicy {
  /// The policy of a file or of a name in `policies/`, such as `eplb` or `eplb:window=16,steps=16`. Files that it names
  /// are looked up beside it.
  ///
  /// - Throws: `InputError` with the file and line of what is wrong.
  public init(named name: String) throws {
    let (path, settings) = try PresetCatalog.settings(name, in: PresetCatalog.policies)
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    func sibling(_ file: String) -> String {
      file.hasPrefix("/") ? file : folder.appendingPathComponent(file).relativePath
    }
    try self.init(
      settings: settings, loadFile: { try readText(sibling($0)) },
      loadHistory: { try RecordedLoad(reading: sibling($0), threads: 1).load })
  }
}
