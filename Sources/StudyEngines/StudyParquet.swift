import Diagnostics

/// A study's results as Parquet, by way of `python/expert_replay/parquet.py`, which has pyarrow.
public enum StudyParquet {
  /// Whether a file's name asks for it.
  public static func isMeant(by path: String) -> Bool { path.hasSuffix(".parquet") }

  /// Becomes the program that writes it.
  ///
  /// - Parameters:
  ///   - store: what results were collected into.
  ///   - path: for replays; the other tables are beside it, `x.settings.parquet` and so on.
  /// - Throws: `InputError` (missing): no Python, or no package.
  public static func write(store: String, to path: String) throws -> Never {
    try PythonModule(name: "parquet", purpose: "Parquet", extra: "parquet")
      .replaceThisProcess(["--output", path, "--", store])
  }
}
