import Foundation

/// A file for readers that open one: in the folder that `FUZZ_SCRATCH` names, written anew for each input.
struct ScratchFile: Sendable {
  private static let folder = ProcessInfo.processInfo.environment["FUZZ_SCRATCH"] ?? NSTemporaryDirectory()

  let path: String

  /// - Parameters:
  ///   - name: some formats go by it; a folder's name before a slash is made.
  ///   - content: of a file that stays as it is.
  init(_ name: String, content: [UInt8] = []) {
    path = "\(Self.folder)/\(name)"
    let parent = (path as NSString).deletingLastPathComponent
    try? FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
    if !content.isEmpty { write(content) }
  }

  /// - Returns: the path.
  @discardableResult
  func write(_ bytes: [UInt8]) -> String {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    defer { close(descriptor) }
    precondition(descriptor >= 0 && Foundation.write(descriptor, bytes, bytes.count) == bytes.count, "no room: \(path)")
    return path
  }
}
