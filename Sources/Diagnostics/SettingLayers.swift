import Yams

/// Files that complete each other: a value is the first file's that has it, and errors name that file.
extension Settings {
  /// These values, and those of `parts` for keys that are not here, section by section. A value that is no section hides
  /// the sections below it.
  ///
  /// - Parameter parts: the first that has a key gives its value.
  public func over(_ parts: [Settings]) -> Settings {
    let lower = parts.flatMap(\.layers).map { layer in
      var copy = layer
      copy.isPart = true
      return copy
    }
    return Settings(layers: layers + lower, path: path, newValues: newValues)
  }

  /// These values but those of some keys at the top.
  public func without(_ keys: Set<String>) -> Settings {
    let kept = layers.map { layer in
      var copy = layer
      copy.mapping = layer.mapping.without(keys)
      return copy
    }
    return Settings(layers: kept, path: path, newValues: newValues)
  }

  /// These values but one of a section's.
  public func without(_ key: String, in section: String) -> Settings {
    let kept = layers.map { layer in
      var copy = layer
      if let inner = layer.value(of: section)?.mapping {
        copy.mapping = layer.mapping.with(.mapping(inner.without([key])), forKey: section)
      }
      return copy
    }
    return Settings(layers: kept, path: path, newValues: newValues)
  }

  /// These values as the section `key` of a mapping that has nothing else.
  public func nested(under key: String) -> Settings {
    let outer = layers.map { layer in
      Layer(
        fileName: layer.fileName, line: layer.line,
        mapping: Node.Mapping([(Node(key), .mapping(layer.mapping))]))
    }
    return Settings(layers: outer, path: path, newValues: newValues)
  }

  /// These values at the top of a file, as a part that others lie over.
  public func raised() -> Settings { Settings(layers: layers, path: "", newValues: nil) }
}
