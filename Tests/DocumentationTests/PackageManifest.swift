import Foundation

/// The targets of `Package.swift`, read as text.
struct PackageManifest {
  struct Target {
    var name: String
    /// Modules it depends on, in order, products of other packages included.
    var dependencies: [String]
  }

  /// Targets of `Sources/`, in order.
  var rooms: [Target]

  init() throws {
    let text = try Document.lines(of: "Package.swift").joined(separator: "\n")
    let declarations = text.components(separatedBy: "\n    .").dropFirst().filter {
      $0.contains(#/^(target|executableTarget|systemLibrary)\(/#) && !$0.contains("path:")
    }
    rooms = declarations.compactMap { declaration in
      guard let name = declaration.firstMatch(of: #/name: "([^"]+)"/#)?.1 else { return nil }
      let list = declaration.firstMatch(of: #/dependencies: \[(?s)(.*?)\]/#)?.1 ?? ""
      let names = list.replacing(#/\.product\(name: ("[^"]+"), package: "[^"]+"\)/#) { $0.1 }
      return Target(name: String(name), dependencies: names.matches(of: #/"([^"]+)"/#).map { String($0.1) })
    }
  }
}
