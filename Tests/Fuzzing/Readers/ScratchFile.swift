import Foundation

/// A file for readers that open one: in the folder that `FUZZ_SCRATCH` names, written anew for each input.
struct ScratchFile: Sendable {
  private static let root = ProcessInfo.processInfo.environment["FUZZ_SCRATCH"] ?? NSTemporaryDirectory()

  let path: String
  /// Where it lies.
  let folder: String
  private let others: [String: [UInt8]]

  /// - Parameters:
  ///   - name: some formats go by it; folders before slashes are made.
  ///   - others: files beside it that stay as they are.
  init(_ name: String, beside others: [String: [UInt8]] = [:]) {
    path = "\(Self.root)/\(name)"
    folder = (path as NSString).deletingLastPathComponent
    self.others = others
  }

  /// - Returns: the path.
  @discardableResult
  func write(_ bytes: [UInt8]) -> String {
    if !Self.write(bytes, to: path) {
      try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      for (name, content) in others { precondition(Self.write(content, to: "\(folder)/\(name)"), "no room: \(name)") }
      precondition(Self.write(bytes, to: path), "no room: \(path)")
    }
    return path
  }

  private static func write(_ bytes: [UInt8], to path: String) -> Bool {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return Foundation.write(descriptor, bytes, bytes.count) == bytes.count
  }
}
