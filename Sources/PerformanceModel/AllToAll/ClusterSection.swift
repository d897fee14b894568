import Diagnostics

/// What one communication model reads of a cluster file: a section of its own.
///
/// A model's line in `AllToAllModels` names its section. Every cluster file may have it, whichever model prices there.
public protocol ClusterSection: Equatable, Sendable {
  /// The section's key at the top of a cluster file, such as `roundRobin`.
  static var key: String { get }

  /// - Throws: `InputError` with the line of what is missing, unknown or out of range.
  init(settings: Settings) throws(InputError)

  /// What `init(settings:)` reads back to six significant digits: one line, `{links: 1, …}`.
  var text: String { get }

  /// The same while something else uses the links: what has a bandwidth keeps `fraction` of it, latencies stay.
  func leaving(_ fraction: Double) -> Self
}

/// The sections of a cluster, at most one of each type.
public struct ClusterSections: Equatable, Sendable {
  private var byKey: [String: any ClusterSection] = [:]

  /// - Parameter sections: of different types.
  public init(_ sections: [any ClusterSection] = []) {
    for section in sections { byKey[type(of: section).key] = section }
    precondition(byKey.count == sections.count, "two sections of one key")
  }

  /// Reads those of `types` that the file has.
  init(_ settings: Settings, _ types: [any ClusterSection.Type]) throws(InputError) {
    for type in types { byKey[type.key] = try settings.optionalSection(type.key).map(type.init(settings:)) }
  }

  /// Nil where the cluster does not have it.
  public subscript<Section: ClusterSection>(type: Section.Type) -> Section? {
    get { byKey[type.key] as? Section }
    set { byKey[type.key] = newValue }
  }

  func leaving(_ fraction: Double) -> ClusterSections {
    var copy = self
    copy.byKey = byKey.mapValues { $0.leaving(fraction) }
    return copy
  }

  /// The section that `key` names as a line of a cluster file; nil where the cluster does not have it.
  func line(_ key: String) -> String? { byKey[key].map { "\(key): \($0.text)" } }

  public static func == (one: ClusterSections, other: ClusterSections) -> Bool {
    one.byKey.count == other.byKey.count && one.byKey.allSatisfy { $1.equals(other.byKey[$0]) }
  }
}

extension ClusterSection {
  fileprivate func equals(_ other: (any ClusterSection)?) -> Bool { other as? Self == self }
}
